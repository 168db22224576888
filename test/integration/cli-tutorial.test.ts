import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BuiltCli, buildCli } from '../support/cli.ts'
import { forgetImages, missingContainers, runInPodman } from '../support/containers.ts'
import { imageIn, installedIn, printed, pulled, tagsIn } from '../support/tutorial/effects.ts'
import { missingForTutorial, openStage, type Stage } from '../support/tutorial/stage.ts'

/** The commands by which the README does Spack's tutorial on binary caches, one after the other. */
const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
const [, block = ''] = /The same on the command line[\s\S]*?```sh\n([\s\S]*?)```/.exec(readme) ?? []
const commands = block.trim().split('\n')

const skip = await missingForTutorial()

describe.skipIf(skip)(`the README's tutorial${skip ? ` (skipped: ${skip})` : ''}`, { timeout: 120_000 }, () => {
  let stage: Stage
  let cli: BuiltCli
  let noContainers: string | undefined
  beforeAll(async () => {
    cli = await buildCli()
    stage = await openStage()
    noContainers = await missingContainers(pulled(stage.base))
  }, 120_000)
  afterAll(async () => {
    if (!noContainers) await forgetImages(pulled(stage.base), pulled(`${stage.cache}:tools`))
    await stage.close()
    await cli.remove()
  })

  /** A command as it is given on the stage, with its questions answered. */
  function wordsOf(command: string): readonly string[] {
    const there: Readonly<Record<string, string>> = {
      '~/tools': stage.project,
      'oci://ghcr.io/me/cache': stage.cache,
      'debian:12': stage.base,
      '/srv/spack': stage.elsewhere,
      '/projects/climate-model/software': stage.farAway,
    }
    const [, ...words] = command.split(' ').map((word) => there[word] ?? word)
    return ['env', 'mirror', 'padding'].includes(words[0] ?? '') ? [...words, '--yes'] : words
  }

  it.each(commands)('%s', async (command) => {
    const { code, stdout, stderr } = await cli.run(wordsOf(command), { home: stage.home, env: stage.env })
    expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, ''])
  })

  it('leaves an environment of two packages, with a mirror, padding and a workflow', () => {
    const manifest = readFileSync(join(stage.project, 'spack.yaml'), 'utf8')
    expect(manifest).toContain('  - less\n  - figlet\n')
    expect(manifest).toContain(`    my-registry:\n      url: ${stage.cache}\n      signed: false\n`)
    expect(manifest).toContain('padded_length: 128')
    const workflow = readFileSync(join(stage.project, '.github/workflows/spack-tools.yml'), 'utf8')
    expect(workflow).toContain(`CACHE: ${stage.cache}`)
  })

  it('leaves packages that run: where they were built, in the other Spack, and at the longer path', async () => {
    for (const store of [stage.store, stage.elsewhereStore, stage.farAway]) {
      expect(await printed(store, 'less', '--version')).toContain('less 590')
    }
    expect(Object.keys(installedIn(stage.farAway))).toEqual(['less', 'ncurses'])
  })

  it('leaves a cache of four packages, and an image of both', async ({ skip: leaveOut }) => {
    expect(await tagsIn(stage)).toEqual([
      'figlet-2.2.5',
      'gmake-4.3',
      'index.spack',
      'less-590',
      'ncurses-6.4',
      'tools',
    ])
    expect(await imageIn(stage, 'tools')).toMatchObject({ layers: 4, path: expect.stringMatching(/figlet-.*less-/) })
    if (noContainers) leaveOut(noContainers)
    const image = pulled(`${stage.cache}:tools`)
    expect(await runInPodman(image, 'less', '--version')).toContain('less 590')
    expect(await runInPodman(image, 'figlet', 'hi')).toContain("| '_ \\")
  })
})
