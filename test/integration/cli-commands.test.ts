import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readVersion } from '../../app/assets.ts'
import type { ErrorCode } from '../../main/api/errors.ts'
import { type BuiltCli, buildCli, type CliResult } from '../support/cli.ts'
import { sampleEnvironment, sampleSpack, unpackSample } from '../support/sample.ts'

const execute = promisify(execFile)

let cli: BuiltCli
let home: string
let sysroot: string
/** A Spack with an environment of the sample's name and nothing installed. */
let spack: string
beforeAll(async () => {
  cli = await buildCli()
  home = await cli.folder()
  sysroot = join(await cli.folder(), 'root')
  await unpackSample(sysroot)
  const folder = `var/spack/environments/${sampleEnvironment}`
  const yaml = 'spack:\n  specs: [less]\n'
  spack = await folderOf({
    'etc/spack/config.yaml': '',
    [`${folder}/spack.yaml`]: yaml,
    [`${folder}/spack.lock`]: await lockOf(),
  })
})
afterAll(() => cli.remove())

const lockOf = (): Promise<string> =>
  readFile(join(sysroot, sampleSpack, 'var/spack/environments', sampleEnvironment, 'spack.lock'), 'utf8')

/** A folder with these files. */
async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await cli.folder()
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, name), content)
  }
  return folder
}

/** Standard output as the one JSON document that it has to be. */
function documentOf({ stdout }: CliResult): Record<string, unknown> {
  expect(stdout.endsWith('}\n')).toBe(true)
  return JSON.parse(stdout)
}

describe('help and version', () => {
  it('answers --help in less than 200 ms, the best of five', async () => {
    const results: CliResult[] = []
    for (let i = 0; i < 5; i += 1) results.push(await cli.run(['--help'], { home }))
    expect(Math.min(...results.map((one) => one.took))).toBeLessThan(200)
    expect(results[0]).toMatchObject({ code: 0, stderr: '' })
    expect(results[0]?.stdout).toMatch(/^Usage: strata /)
  })

  it('says its version', async () => {
    expect(await cli.run(['--version'], { home })).toMatchObject({ code: 0, stdout: `${readVersion()}\n`, stderr: '' })
  })

  it('shows every command that it knows, none wider than a terminal', async () => {
    for (const args of [
      ['push'],
      ['env', 'list'],
      ['env', 'show'],
      ['cache'],
      ['cache', 'clear'],
      ['login'],
      ['logout'],
      ['whoami'],
      ['list'],
      ['show'],
      ['diff'],
      ['serve'],
    ]) {
      const { code, stdout } = await cli.run([...args, '--help'], { home })
      expect(code).toBe(0)
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
    }
  })

  it('shows the help and fails when no command is given', async () => {
    const result = await cli.run([], { home })
    expect(result).toMatchObject({ code: 2, stdout: '' })
    expect(result.stderr).toContain('Usage: strata')
  })
})

describe('wrong usage', () => {
  const target = ['--env', sampleEnvironment, '--to', 'oci-layout:///nowhere']
  const cases: readonly (readonly [args: readonly string[], words: string, code: ErrorCode])[] = [
    [['psuh'], 'Did you mean push?', 'usage'],
    [['push', '--dryrun'], 'Did you mean --dry-run?', 'usage'],
    [['env', 'shwo'], 'Did you mean show?', 'usage'],
    [['cache', 'claer'], 'strata cache clear', 'usage'],
    [['push', ...target, '--jobs', '0'], 'a whole number from 1 to 512', 'usage'],
    [['push', ...target, '--jobs', 'x'], 'a whole number from 1 to 512', 'usage'],
    [['push', ...target, '--only', 'foo'], 'Allowed choices are package', 'usage'],
    [['push', ...target, '--sample'], 'cannot be used with', 'usage'],
    [['push', ...target, '--token-stdin', '--username', 'me'], 'cannot be used with', 'usage'],
    [['push', ...target, '--password-stdin'], '--password-stdin goes with --username', 'usage'],
    [['push', ...target, '--username', 'me'], 'the password on standard input is empty', 'usage'],
    [['push', '--env', 'tools'], 'Name a registry, a folder or a mirror with --to', 'usage'],
    [['push', '--to', 'oci-layout:///nowhere'], 'Name an environment with --env', 'usage'],
    [['push', '--env', sampleEnvironment, '--to', 'oci://ghcr.io/no name'], 'cannot be part of', 'reference-invalid'],
    [['push', ...target, '--tag', 'not a tag'], 'is not a tag', 'tag-invalid'],
    [['push', ...target, '--tag', 'mine.spack'], 'ends in .spack', 'tag-invalid'],
    [['push', ...target, 'no such'], 'does not name a package', 'usage'],
    [['env', 'show'], 'which environment is missing', 'usage'],
  ]
  it.each(cases)('%j ends with 2 and says what to do', async (args, words, code) => {
    const env = args.includes('show') ? undefined : { SPACK_ROOT: spack }
    const [said, json] = await Promise.all([cli.run(args, { home, env }), cli.run([...args, '--json'], { home, env })])
    expect(said).toMatchObject({ code: 2, stdout: '' })
    expect(said.stderr).toContain(words)
    expect(said.stderr).toMatch(/^error: .+\n {2}\S/)
    expect(json).toMatchObject({ code: 2, stderr: '' })
    expect(documentOf(json)).toMatchObject({ error: { code, message: expect.any(String), hint: expect.any(String) } })
  })

  it.each(['99999', '-1', 'http'])('refuses to serve at port %s', async (port) => {
    const result = await cli.run(['serve', '--port', port], { home })
    expect(result).toMatchObject({ code: 2, stdout: '' })
    expect(result.stderr).toContain('a whole number from 0 to 65535')
  })
})

describe('strata env', () => {
  it('lists the environments of the Spack that is named, and of that one alone', async () => {
    const one = await folderOf({
      'bin/spack': '',
      'var/spack/environments/one/spack.yaml': 'spack:\n  specs: [zlib]\n',
      'var/spack/environments/two/spack.yaml': 'spack:\n  specs: [zlib]\n',
      'var/spack/environments/two/spack.lock': await lockOf(),
    })
    const other = await folderOf({ 'bin/spack': '' })
    const listed = await cli.run(['env', 'list', '--spack', one], { home, env: { SPACK_ROOT: other } })
    expect(listed).toMatchObject({ code: 0, stderr: '' })
    expect(listed.stdout).toMatch(/one +not concretized +\S+\/one\n +two +concretized +\S+\/two\n/)
    expect(listed.stdout).not.toContain(other)
    const found = documentOf(await cli.run(['env', 'list', '--json'], { home, env: { SPACK_ROOT: one } }))
    expect(found).toMatchObject({ instances: [{ root: one, foundBy: 'SPACK_ROOT' }] })
  })

  it('refuses a folder that is no Spack', async () => {
    const result = await cli.run(['env', 'list', '--spack', '/nonexistent'], { home })
    expect(result).toMatchObject({ code: 1, stdout: '' })
    expect(result.stderr).toContain('spack-not-found')
  })

  it('shows an environment below a sysroot, with sizes', async () => {
    const args = ['env', 'show', sampleEnvironment, '--sysroot', sysroot, '--spack', sampleSpack, '--sizes']
    const shown = await cli.run(args, { home })
    expect(shown).toMatchObject({ code: 0, stderr: '' })
    expect(shown.stdout).toMatch(/^ +store .*\[padded to 128\].* \(.*config\.yaml:\d+\)/m)
    expect(shown.stdout).toMatch(/root +less@590 +rdhbsi4 +gcc@12\.2\.0 +x86_64 +installed +883 KiB\n/)
    expect(shown.stdout).toContain('5 roots · 8 of 8 packages installed · 8.6 MiB on disk')
    expect(documentOf(await cli.run([...args, '--json'], { home }))).toMatchObject({ name: sampleEnvironment })
  })

  it('takes the active environment of the shell, and a lockfile alone', async () => {
    const folder = await folderOf({ 'spack.lock': await lockOf() })
    const shown = await cli.run(['env', 'show'], { home, env: { SPACK_ENV: folder } })
    expect(shown.code).toBe(0)
    expect(shown.stdout).toContain('5 roots · 0 of 8 packages installed')
    expect(shown.stdout).toContain('No Spack was found on this machine')
  })

  it('says that an environment is not concretized', async () => {
    const folder = await folderOf({ 'spack.yaml': 'spack:\n  specs: [zlib]\n' })
    const shown = await cli.run(['env', 'show', '.'], { home, cwd: folder })
    expect(shown.code).toBe(0)
    expect(shown.stdout).toMatch(/warning: The environment is not concretized\n {2}Run: spack -e /)
  })

  it('names line and column of what is wrong in a spack.yaml', async () => {
    const folder = await folderOf({ 'spack.yaml': 'spack:\n  specs: [zlib\n  view: true\n' })
    const shown = await cli.run(['env', 'show', folder], { home })
    expect(shown).toMatchObject({ code: 1, stdout: '' })
    expect(shown.stderr).toMatch(/spack\.yaml.*(:\d+:\d+|line \d+)/)
    expect(shown.stderr).toContain('config-invalid')
  })

  it('refuses a lockfile that is newer than known', async () => {
    const lock = JSON.parse(await lockOf())
    lock._meta['lockfile-version'] = 99
    const folder = await folderOf({ 'spack.lock': JSON.stringify(lock) })
    const shown = await cli.run(['env', 'show', folder, '--json'], { home })
    expect(shown).toMatchObject({ code: 1, stderr: '' })
    expect(documentOf(shown)).toMatchObject({ error: { code: 'lockfile-too-new' } })
  })

  it('ends quietly when its reader has gone', async () => {
    const lock = JSON.parse(await lockOf())
    const [hash, spec] = Object.entries<Record<string, unknown>>(lock.concrete_specs)[0] ?? ['', {}]
    for (let i = 0; i < 5000; i += 1) {
      const other = `${String(i)
        .padStart(6, '2')
        .replace(/[0189]/g, 'q')}${hash.slice(6)}`.slice(0, 32)
      lock.concrete_specs[other] = { ...spec, hash: other }
    }
    const folder = await folderOf({ 'spack.lock': JSON.stringify(lock) })
    for (const json of ['', '--json']) {
      const pipe = `"$0" "$1" env show "$2" ${json} | head -c 20; echo " \${PIPESTATUS[0]}"`
      const options = { env: { PATH: '/usr/bin:/bin', HOME: home, STRATA_HOME: join(home, 'strata') } }
      const { stdout, stderr } = await execute('bash', ['-c', pipe, process.execPath, cli.file, folder], options)
      expect(stderr).toBe('')
      expect(stdout).toMatch(/ 0\n$/)
    }
  })
})

describe('strata cache', () => {
  it('says how full the blob store is, and empties it', async () => {
    const own = await cli.folder()
    const source = ['--sysroot', sysroot, '--spack', sampleSpack, '--env', sampleEnvironment]
    await cli.run(['push', ...source, '--to', `oci-layout://${own}/layout`], { home: own })
    const before = documentOf(await cli.run(['cache', '--json'], { home: own }))
    expect(before).toMatchObject({ folder: join(own, 'strata/cache/blobs'), layers: 8 })
    expect((await cli.run(['cache'], { home: own })).stdout).toMatch(
      /\nd?[\d.]+ MiB of at most 20\.0 GiB in \d+ blobs, 8 /,
    )
    const cleared = await cli.run(['cache', 'clear'], { home: own })
    expect(cleared.stdout).toMatch(/^Freed [\d.]+ MiB in /)
    expect(documentOf(await cli.run(['cache', '--json'], { home: own }))).toMatchObject({ layers: 0, bytes: 0 })
  })
})

describe('files of its own', () => {
  it('lie under STRATA_HOME and nowhere else', async () => {
    const empty = await cli.folder()
    const strata = await cli.folder()
    const cwd = await cli.folder()
    const env = { HOME: empty, STRATA_HOME: strata, TMPDIR: join(cwd, '..') }
    const result = await cli.run(['push', '--sample'], { home: empty, env, cwd })
    expect(result.code).toBe(0)
    expect(await readdir(empty)).toEqual([])
    expect(await readdir(cwd)).toEqual([])
    expect((await readdir(strata)).sort()).toEqual(['cache', 'settings.json', 'state'])
  })
})
