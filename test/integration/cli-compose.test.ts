import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ActPlan } from '../../main/api/acts.ts'
import type { CompositionPreview } from '../../main/api/compose.ts'
import type { ErrorCode } from '../../main/api/errors.ts'
import type { ActResult } from '../../main/api/models.ts'
import { digestOf } from '../../main/registry/digest.ts'
import { hdf5, seedPackages, zlib } from '../support/acts/seed-cache.ts'
import { type BuiltCli, buildCli, type CliResult } from '../support/cli.ts'
import { putForArchitecture } from '../support/other-platform.ts'
import { lookInto, readImages, tagsOf } from '../support/push/read.ts'

const execute = promisify(execFile)

let cli: BuiltCli
let home = ''
let cache = ''
beforeAll(async () => {
  cli = await buildCli()
  home = await cli.folder()
  cache = `oci-layout://${await cli.folder()}`
  await lookInto(cache, seedPackages)
})
afterAll(() => cli.remove())

const strata = (...args: string[]) => cli.run(args, { home })
const compose = (...args: string[]) => strata('compose', '--from', cache, ...args)

interface Report {
  readonly plan: ActPlan
  readonly state?: string
  readonly result?: ActResult
  readonly composition?: CompositionPreview
}
const reportOf = ({ stdout }: CliResult) => JSON.parse(stdout) as Report

/** A composition file in a folder of its own. */
async function saved(text: string): Promise<string> {
  const file = join(await cli.folder(), 'strata.yaml')
  await writeFile(file, text)
  return file
}

describe('wrong usage', () => {
  const from = ['--from', 'oci-layout:///nowhere']
  const cases: readonly (readonly [args: readonly string[], words: string, code: ErrorCode])[] = [
    [['compose', 'zlib', '--tag', 'x'], 'Name it with --from', 'usage'],
    [['compose', ...from, '--tag', 'x'], 'what to compose is missing', 'usage'],
    [['compose', ...from, 'zlib'], 'with --dry-run', 'usage'],
    [['compose', ...from, 'zlib', '--base-image', 'a', '--base-of', 'b'], 'cannot be used with', 'usage'],
    [['compose', '-f', 'x', '--image', 'b'], 'cannot be used with', 'usage'],
    [['compose', ...from, 'zlib', '--max-layers', '200'], 'from 1 to 127', 'usage'],
    [['compose', ...from, 'zlib', '--env', 'PATH'], 'NAME=VALUE', 'usage'],
    [['compose', ...from, 'zlib', '--command', 'a b'], 'JSON list', 'usage'],
    [['compose', ...from, 'zlib', '--created', 'now'], 'a time like', 'usage'],
    [['compose', ...from, 'zlib', '--tag', 'x', '--sqash'], 'Did you mean --squash?', 'usage'],
    [['compose', ...from, 'zlib', '--username', 'a', '--to-username', 'b'], 'strata login', 'usage'],
    [['combine', 'oci-layout:///nowhere', 'a'], '--tag', 'usage'],
    [['combine', 'oci-layout:///nowhere', '--tag', 'a'], 'image', 'usage'],
    [['export', 'oci-layout:///nowhere', 'out/'], ':TAG', 'usage'],
    [['export', 'oci-layout:///nowhere:a', 'no-such-thing'], 'for a docker archive', 'usage'],
  ]
  it.each(cases)('%j ends with 2 and says what to do', async (args, words, code) => {
    const said = await strata(...args)
    expect(said).toMatchObject({ code: 2, stdout: '' })
    expect(said.stderr).toContain(words)
    expect(reportOf(await strata(...args, '--json'))).toMatchObject({ error: { code, hint: expect.any(String) } })
  })

  it('shows the help of each command, no wider than a terminal', async () => {
    for (const command of ['compose', 'combine', 'export']) {
      const { code, stdout } = await strata(command, '--help')
      expect(code).toBe(0)
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
    }
  })
})

describe('strata compose', () => {
  it('shows what would come of it without a tag, and changes nothing', async () => {
    const before = await tagsOf(cache)
    const shown = await compose('hdf5', '--dry-run')
    expect(shown).toMatchObject({ code: 0, stderr: '' })
    expect(shown.stdout).toMatch(/root +hdf5@1.14 .*\n +zlib@1.3 .*hdf5 needs it/)
    expect(shown.stdout).toContain(`$ strata compose --from ${cache} hdf5`)
    const { composition } = reportOf(await compose('hdf5', '--dry-run', '--json'))
    expect(composition?.packages.map((one) => one.name)).toEqual(['zlib', 'hdf5'])
    expect(await tagsOf(cache)).toEqual(before)
  })

  it('publishes the layers of the cache as an image, and says how to use it', async () => {
    const made = await compose('hdf5', '--tag', 'made', '--label', 'a=b=c', '--entrypoint', '["h5", "-v"]')
    expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining('0 B of layers to send') })
    const image = (await readImages(cache)).get('made')
    expect(image?.manifest.layers.map((layer) => layer.digest)).toEqual([zlib, hdf5].map((one) => digestOf(one.layer)))
    expect(image?.config.config).toMatchObject({ Labels: { a: 'b=c' }, Entrypoint: ['h5', '-v'] })
    expect(made.stdout).toMatch(new RegExp(`^digest +${image?.digest}$`, 'm'))
    expect(made.stdout).toMatch(/^skopeo +skopeo copy /m)
  })

  it('runs the command that it shows', async () => {
    const words = ['lone', 'app', '--tag', 'shown', '--title', 'An app', '--env', 'A=$B', '--user', 'me', '--squash']
    const { plan } = reportOf(await compose(...words, '--dry-run', '--json'))
    const { stdout } = await execute('/bin/sh', [
      '-c',
      `set -f; strata() { for word; do printf '%s\\0' "$word"; done; }; ${plan.command}`,
    ])
    const again = reportOf(await strata(...stdout.split('\0').slice(0, -1), '--dry-run', '--json'))
    expect({ ...again.plan, id: '', madeAt: 0 }).toEqual({ ...plan, id: '', madeAt: 0 })
  })

  it('saves a composition that makes the same image, and adds to it what is said on the line', async () => {
    const file = join(await cli.folder(), 'strata.yaml')
    const first = reportOf(await compose('hdf5', '--tag', 'saved', '--title', 'Mine', '--save', file, '--json'))
    expect(await readFile(file, 'utf8')).toContain('title: Mine')
    const again = reportOf(await strata('compose', '-f', file, '--tag', 'saved-again', '--json'))
    expect(again.result?.image?.digest).toBe(first.result?.image?.digest)
    const more = reportOf(await strata('compose', '-f', file, 'lone', '--title', 'Yours', '--dry-run', '--json'))
    expect(more.plan.composition?.annotations).toMatchObject({ 'org.opencontainers.image.title': 'Yours' })
    expect(more.plan.composition?.roots.map((one) => one.spec)).toEqual(['hdf5', 'lone'])
    const other = reportOf(await strata('compose', '-f', file, 'lone', '--without', 'hdf5', '--dry-run', '--json'))
    expect(other.plan.composition?.packages.map((one) => one.name)).toEqual(['lone'])
  })

  it('writes nothing but the file when only that is asked for', async () => {
    const file = join(await cli.folder(), 'strata.yaml')
    const before = await tagsOf(cache)
    expect(await compose('hdf5', '--tag', 'never', '--dry-run', '--save', file)).toMatchObject({ code: 0 })
    expect(await readFile(file, 'utf8')).toMatch(/^roots:\n {2}- hdf5$/m)
    expect(await tagsOf(cache)).toEqual(before)
  })

  it.each([
    {
      text: 'roots: [zlib]\nbase-imag: debian:12\n',
      words: /strata\.yaml:2:1: .*"base-imag"/,
      hint: 'Did you mean base-image?',
    },
    { text: 'roots: zlib\n', words: /strata\.yaml:1:8: roots: expected a list/, hint: '' },
    { text: 'roots: [zlib\n', words: /strata\.yaml:2:1: /, hint: 'Correct the YAML' },
    { text: `roots: [zlib]\ntag: a b\n`, words: /strata\.yaml:2:6: tag: a tag is/, hint: '' },
  ])('says where $text is wrong', async ({ text, words, hint }) => {
    const { code, stderr } = await strata('compose', '-f', await saved(text), '--from', cache, '--tag', 'x')
    expect(code).not.toBe(0)
    expect(stderr).toMatch(words)
    expect(stderr).toContain(hint)
  })

  it('says that a file is not there, and what a file does not say', async () => {
    expect(await strata('compose', '-f', '/nonexistent/strata.yaml')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('/nonexistent/strata.yaml cannot be read'),
    })
    const bare = await saved('roots: [zlib]\n')
    const asked = [
      ['compose', '-f', bare, '--tag', 'x'],
      ['compose', '-f', bare, '--from', cache],
    ] as const
    const [noCache, noTag] = await Promise.all(asked.map((args) => strata(...args)))
    expect(noCache).toMatchObject({ code: 2, stderr: expect.stringContaining('--from') })
    expect(noTag).toMatchObject({ code: 2, stderr: expect.stringContaining('--tag') })
  })

  it('changes an image of the cache', async () => {
    const { plan } = reportOf(
      await compose('--image', 'tools', '--without', 'app', '--tag', 'fewer', '--dry-run', '--json'),
    )
    expect(plan.composition?.packages.map((one) => one.name)).toEqual(['lone'])
    const wrong = await compose('--image', 'tools', '--without', 'apq', '--tag', 'fewer')
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean app?') })
  })

  it('publishes nothing that something stands in the way of, and says what', async () => {
    const refused = await compose('zlibb', '--tag', 'refused')
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('Did you mean zlib?') })
    const said = expect.stringMatching(/^problem: .*zlibb/m)
    expect(refused.stdout).toEqual(said)
    expect(await compose('zlibb', '--dry-run')).toMatchObject({ code: 1, stdout: said, stderr: '' })
    expect(await tagsOf(cache)).not.toContain('refused')
    const spec = await compose('zlib', '--tag', 'zlib.spack')
    expect(spec).toMatchObject({ code: 2, stderr: expect.stringContaining('.spack') })
  })
})

describe('strata export and strata combine', () => {
  it('writes an image to a folder, by its end', async () => {
    const folder = await cli.folder()
    const exported = await cli.run(['export', `${cache}:tools`, 'out/'], { home, cwd: folder })
    expect(exported).toMatchObject({ code: 0, stdout: expect.stringContaining(`oci-layout://${folder}/out`) })
    const [one, other] = await Promise.all([readImages(cache), readImages(`oci-layout://${folder}/out`)])
    expect(other.get('tools')?.digest).toBe(one.get('tools')?.digest)
  })

  it('joins images under one tag, and shows the command', async () => {
    const other = { from: 'tools', tag: 'tools-arm64', architecture: 'arm64' }
    await lookInto(cache, (repository) => putForArchitecture(repository, other))
    const args = ['combine', cache, '--tag', 'joined', 'tools', 'tools-arm64']
    expect(reportOf(await strata(...args, '--dry-run', '--json')).plan.command).toBe(['strata', ...args].join(' '))
    const joined = await strata(...args)
    expect(joined).toMatchObject({ code: 0, stdout: expect.stringMatching(/^image +oci-layout:.*:joined$/m) })
    expect(await tagsOf(cache)).toContain('joined')
  })
})
