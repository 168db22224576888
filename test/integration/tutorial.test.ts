import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FileEditRequestInput } from '../../main/api/spack-files.ts'
import type { SpackRunRequestInput } from '../../main/api/spack-runs.ts'
import { runAct } from '../support/acts/run-act.ts'
import { forgetImages, missingContainers, runInPodman } from '../support/containers.ts'
import { endedJob } from '../support/ended-job.ts'
import { databaseOf, install } from '../support/install/installer.ts'
import { type Machine, startMachine } from '../support/push/machine.ts'
import { imageIn, installedIn, printed, pulled, tagsIn } from '../support/tutorial/effects.ts'
import { missingForTutorial, openStage, type Stage } from '../support/tutorial/stage.ts'

/** Spack's tutorial on binary caches, from an empty folder to a CI file: Spack builds, Strata does the rest. */

const skip = await missingForTutorial()

describe.skipIf(skip)(`the tutorial on binary caches${skip ? ` (skipped: ${skip})` : ''}`, { timeout: 120_000 }, () => {
  let stage: Stage
  let machine: Machine
  let noContainers: string | undefined
  beforeAll(async () => {
    stage = await openStage()
    machine = await startMachine(stage.home, { env: stage.env })
    noContainers = await missingContainers(pulled(stage.base))
  }, 120_000)
  afterAll(async () => {
    if (!noContainers) await forgetImages(pulled(stage.base), pulled(`${stage.cache}:tools`))
    await machine.close()
    await stage.close()
  })

  const here = () => ({ spack: stage.spack, environment: stage.project })
  const hashOf = (name: string) => databaseOf(stage.store)[name]?.hash

  async function edit(change: FileEditRequestInput['edit'], more: Partial<FileEditRequestInput> = {}): Promise<string> {
    const environment = change.kind === 'create' ? { spack: stage.spack } : here()
    const plan = await machine.engine.call('edit.plan', { ...environment, ...more, edit: change })
    expect(plan.checks).toEqual([])
    const { file } = await machine.engine.call('edit.apply', { plan: plan.id })
    return readFileSync(file, 'utf8')
  }
  async function spack(request: SpackRunRequestInput): Promise<string> {
    const { id } = await machine.engine.call('spack.plan', { ...here(), colours: false, ...request })
    const job = await endedJob(machine.engine, () => machine.engine.call('spack.run', { plan: id }))
    const { lines } = await machine.engine.call('spack.output', { job: job.id })
    const text = lines.map((line) => line.text).join('\n')
    expect([job.state, text]).toEqual(['done', expect.any(String)])
    return text
  }

  it('an environment is created, a package is added, and Spack builds it', async () => {
    await edit({ kind: 'create', place: 'folder', name: stage.project, specs: [] })
    expect(await edit({ kind: 'add-specs', specs: ['less'] })).toContain('\n  - less\n')
    expect(await spack({ action: 'concretize' })).toMatch(/Concretized less\n.*less@590[\s\S]*\^ncurses@6\.4/)
    expect(await spack({ action: 'install' })).toContain('less: Successfully installed less-590-')
    expect(Object.keys(installedIn(stage.store))).toEqual(['gmake', 'less', 'ncurses'])
    expect(await printed(stage.store, 'less', '--version')).toContain('less 590')
    expect(await spack({ action: 'find' })).toMatch(/\[\+\] less\n[\s\S]*less@590/)
  })

  it('a mirror is added and the packages are pushed to it', async () => {
    const settings = { url: stage.cache, signed: false }
    expect(await edit({ kind: 'add-mirror', name: 'my-registry', settings })).toContain(`url: ${stage.cache}`)
    const { job } = await machine.push({ ...here(), to: 'my-registry', updateIndex: true })
    expect(job.result?.failed).toEqual([])
    expect(await tagsIn(stage)).toEqual(['gmake-4.3', 'index.spack', 'less-590', 'ncurses-6.4'])
  })

  it('they become runnable on a base image, without being sent again', async () => {
    const before = stage.registry.received()
    const { plan, job } = await machine.push({ ...here(), to: 'my-registry', baseImage: stage.base, force: true })
    expect(plan.sums.build).toBe(0)
    expect(job.error).toBeUndefined()
    expect(stage.registry.received() - before).toBeLessThan(100_000)
    const tag = `less-590-${hashOf('less')}.spack`
    expect(await imageIn(stage, tag)).toMatchObject({ layers: 3, path: expect.stringContaining('/less-590-') })
    if (noContainers) return
    expect(await runInPodman(pulled(`${stage.cache}:${tag}`), 'less', '--version')).toContain('less 590')
  })

  it('another Spack installs them from the cache', async () => {
    const { result } = await install(machine.engine, {
      ...{ from: stage.cache, into: stage.elsewhere, specs: ['less'] },
    })
    expect(result.installed.map(({ name }) => name)).toEqual(['ncurses', 'less'])
    expect(await printed(stage.elsewhereStore, 'less', '--version')).toContain('less 590')
  })

  it('a second package is added, and both are published as one image', async () => {
    await edit({ kind: 'add-specs', specs: ['figlet'] })
    const built = (await spack({ action: 'install' })).match(/\w+: Successfully installed/g)
    expect(built).toEqual(['figlet: Successfully installed'])
    await machine.push({ ...here(), to: 'my-registry', updateIndex: true })
    const { plan, job } = await runAct(machine, {
      ...{ kind: 'compose', repository: stage.cache, roots: ['less', 'figlet'], base: stage.base, tag: 'tools' },
    })
    expect(plan.composition?.findings.filter(({ severity }) => severity === 'problem')).toEqual([])
    expect(job.acted?.bytes).toBe(0)
    expect(await imageIn(stage, 'tools')).toMatchObject({ layers: 4 })
    if (noContainers) return
    expect(await runInPodman(pulled(`${stage.cache}:tools`), 'figlet', 'hi')).toContain("| '_ \\")
  })

  it('with padding the packages can be moved to longer paths', async () => {
    const far = { from: stage.cache, into: stage.farAway, specs: ['figlet'] }
    const refused = await machine.engine.call('install.check', far)
    expect(refused.packages.map(({ relocation }) => relocation)).toEqual(['refused'])
    expect(await edit({ kind: 'set-padding', length: 128 })).toContain('padded_length: 128')
    // What the cache has was built with too little room.
    await spack({ action: 'install', noCache: true })
    const report = await machine.engine.call('padding.read', here())
    expect(report.longestRoot).toBe(128)
    await machine.push({ ...here(), to: 'my-registry', updateIndex: true, force: true })
    const { result } = await install(machine.engine, far)
    expect(result.failed).toEqual([])
    expect(await printed(stage.farAway, 'figlet', 'hi')).toContain("| '_ \\")
  })

  it('a CI file is written into the repository', async () => {
    const request = { ...here(), provider: 'github', to: 'my-registry', tag: 'tools' } as const
    const { files } = await machine.engine.call('ci.write', request)
    const [file = { path: '', text: '' }] = files
    expect(readFileSync(join(stage.project, file.path), 'utf8')).toBe(file.text)
    expect(existsSync(join(stage.project, 'spack.yaml'))).toBe(true)
  })
})
