import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BuiltCli, buildCli, type CliResult } from '../support/cli.ts'
import { generateStore } from '../support/generate-store.ts'
import { missingMounts, withReadOnly } from '../support/mounts.ts'

const execute = promisify(execFile)
const noMounts = await missingMounts()

let cli: BuiltCli
let home: string
let spack: string
beforeAll(async () => {
  cli = await buildCli()
  home = await cli.folder()
  spack = join(home, 'spack')
  await put(join(spack, 'lib/spack/spack/__init__.py'), '__version__ = "1.1.0"\n')
  await put(join(spack, 'etc/spack/config.yaml'), 'config: {}\n')
})
afterAll(() => cli.remove())

async function put(file: string, text: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
  return file
}

const strata = (...args: readonly string[]): Promise<CliResult> => cli.run(args, { home, env: { SPACK_ROOT: spack } })
const read = (file: string): Promise<string> => readFile(file, 'utf8')

describe('strata env', () => {
  it('creates, adds, changes and removes, each with its difference and the commands that do the same', async () => {
    const created = await strata('env', 'create', 'tools', '--add', 'zlib', '--yes')
    const file = join(spack, 'var/spack/environments/tools/spack.yaml')
    expect(created).toMatchObject({ code: 0, stderr: '' })
    expect(created.stdout).toContain(`+  - zlib\n`)
    expect(created.stdout).toContain(`written: ${file}\n`)
    const added = await strata('env', 'add', '--env', 'tools', 'hdf5 +mpi', '--yes')
    expect(added.stdout).toContain('\n   - zlib\n+  - hdf5 +mpi\n   view: true\n')
    expect(added.stdout).toContain(
      "$ strata env add 'hdf5 +mpi' --env tools\n  as Spack does it: spack -e tools add 'hdf5 +mpi'\n",
    )
    await strata('env', 'change', '--env', 'tools', 'zlib', 'zlib@1.3', '--yes')
    await strata('env', 'remove', '--env', 'tools', 'hdf5', '-y')
    await strata('env', 'view', '--env', 'tools', 'off', '-y')
    expect(await read(file)).toContain('specs:\n  - zlib@1.3\n  view: false\n')
  })

  it('names to Spack the folder of a spack.yaml, in words that a shell reads back', async () => {
    const file = await put(join(home, 'a b/spack.yaml'), 'spack:\n  specs: []\n')
    const { stdout } = await strata('env', 'add', '--env', file, 'zlib', '--dry-run')
    expect(stdout).toContain(`Then run: spack -e '${dirname(file)}' concretize\n`)
    expect(stdout).toContain(`as Spack does it: spack -e '${dirname(file)}' add zlib\n`)
  })

  it('writes nothing for --dry-run, nor where nobody can be asked', async () => {
    const file = await put(join(home, 'dry/spack.yaml'), 'spack:\n  specs: []\n')
    const env = dirname(file)
    expect(await strata('env', 'add', '--env', env, 'zlib', '--dry-run')).toMatchObject({ code: 0 })
    const refused = await strata('env', 'add', '--env', env, 'zlib')
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('Add --yes to write it') })
    expect(refused.stdout).toContain('+  - zlib')
    expect(await read(file)).toBe('spack:\n  specs: []\n')
    expect(await readdir(env)).toEqual(['spack.yaml'])
    const json = await strata('env', 'add', '--env', env, 'zlib', '--json', '--yes')
    expect(JSON.parse(json.stdout)).toMatchObject({
      plan: { scope: 'env:dry', empty: false },
      result: { file, merged: false },
    })
  })

  it('edits with the editor of the user, and with a file', async () => {
    const file = await put(join(home, 'edited/spack.yaml'), '# keep\nspack:\n  specs: []\n')
    const env = dirname(file)
    const editor = "sed -i 's/specs: .*/specs: [cmake]/'"
    const run = await cli.run(['env', 'edit', '--env', env, '--yes'], { home, env: { EDITOR: editor } })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(await read(file)).toBe('# keep\nspack:\n  specs: [cmake]\n')
    const other = await put(join(home, 'other.yaml'), 'spack:\n  spec: [a]\n')
    const from = await strata('env', 'edit', '--env', env, '--from', other, '--dry-run')
    expect(from.stdout).toContain(`problem: ${file}:2:3: there is no spec\n  Did you mean specs?`)
    expect(await strata('env', 'edit', '--env', env, '--yes')).toMatchObject({ code: 2 })
  })

  it('writes what Spack would refuse only with --force where nobody is asked, and prints one document', async () => {
    const file = await put(join(home, 'forced/spack.yaml'), 'spack:\n  specs: []\n')
    const other = await put(join(home, 'refused.yaml'), 'spack:\n  spec: [a]\n  views: true\n')
    const edit = ['env', 'edit', '--env', dirname(file), '--from', other]
    const why = `nothing was written, since Spack would refuse the file: ${file}:2:3: there is no spec, and 1 more problem`
    const refused = await strata(...edit, '--yes')
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining(why) })
    expect(refused.stdout).toContain(`problem: ${file}:3:3: there is no views`)
    const json = await strata(...edit, '--yes', '--json')
    expect(JSON.parse(json.stdout)).toMatchObject({
      error: { code: 'config-invalid', details: { line: 2, column: 3 } },
    })
    expect(JSON.parse((await strata(...edit, '--json')).stdout)).toMatchObject({ error: { code: 'usage' } })
    expect(await read(file)).toBe('spack:\n  specs: []\n')
    expect(await strata(...edit, '--yes', '--force')).toMatchObject({ code: 0, stderr: '' })
    expect(await read(file)).toBe(await read(other))
    // What was wrong before does not hinder an edit of something else.
    expect(await strata('env', 'view', '--env', dirname(file), 'off', '--yes')).toMatchObject({ code: 0 })
  })

  it('puts what was typed together with what somebody else wrote meanwhile, and keeps what it cannot write', async () => {
    const file = await put(join(home, 'shared/spack.yaml'), 'spack:\n  specs:\n  - zlib\n  # a view\n  view: true\n')
    const edit = (mine: string, theirs: string): Promise<CliResult> =>
      cli.run(['env', 'edit', '--env', dirname(file), '--yes'], {
        home,
        env: { EDITOR: `sed -i '${theirs}' ${file}; sed -i '${mine}'`, TMPDIR: home },
      })
    expect(await edit('s/zlib/cmake/', 's/true/false/')).toMatchObject({ code: 0, stderr: '' })
    expect(await read(file)).toBe('spack:\n  specs:\n  - cmake\n  # a view\n  view: false\n')
    const refused = await edit('s/cmake/mine/', 's/cmake/theirs/')
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('was changed by somebody else') })
    expect(await read(file)).toContain('theirs')
    const kept = /What you typed is in (\S+);/.exec(refused.stderr)?.[1] ?? ''
    expect(await read(kept)).toContain('mine')
  })

  it('writes nothing where the editor leaves no file, nor a text that is not UTF-8', async () => {
    const text = '# caf\u00e9\nspack:\n  specs: []\n'
    const file = await put(join(home, 'odd/spack.yaml'), text)
    const gone = await cli.run(['env', 'edit', '--env', dirname(file), '--yes'], { home, env: { EDITOR: 'rm' } })
    expect(gone).toMatchObject({ code: 130, stderr: expect.stringContaining('the editor left no file') })
    const latin = join(home, 'latin1.yaml')
    await writeFile(latin, Buffer.from(text, 'latin1'))
    const refused = await strata('env', 'edit', '--env', dirname(file), '--from', latin, '--yes')
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining(`${latin} is not UTF-8`) })
    expect(await read(file)).toBe(text)
  })

  it('checks a file: 1 when Spack would refuse it', async () => {
    const file = await put(join(home, 'bad/spack.yaml'), 'spack:\n  view: 3\n  view: true\n')
    const found = await strata('env', 'check', '--env', dirname(file))
    expect(found).toMatchObject({ code: 1, stderr: '' })
    expect(found.stdout).toContain(`${file}:3:3: view is there twice, first in line 2`)
    await writeFile(file, 'spack:\n  specs: []\n')
    expect(await strata('env', 'check', '--env', dirname(file))).toMatchObject({ code: 0 })
  })

  it.skipIf(noMounts !== undefined)('says which folder may not be written to', async () => {
    const file = await put(join(home, 'locked/spack.yaml'), 'spack:\n  specs: []\n')
    const words = [process.execPath, cli.file, 'env', 'add', '--env', dirname(file), 'zlib', '--yes']
    const [program = '', ...args] = withReadOnly(dirname(file), words)
    const failed = await execute(program, args, {
      env: { PATH: process.env.PATH, HOME: home, STRATA_HOME: join(home, 's') },
    }).then(
      () => undefined,
      (error: unknown) => error as { stdout: string; stderr: string; code: number },
    )
    expect(failed).toMatchObject({ code: 1 })
    expect(failed?.stdout).toContain(`problem: ${dirname(file)} may not be written to`)
    expect(failed?.stderr).toContain('permission-denied')
    expect(await readdir(dirname(file))).toEqual(['spack.yaml'])
  })
})

describe('strata mirror', () => {
  it('adds, lists, changes and removes', async () => {
    const file = await put(join(home, 'mirrored/spack.yaml'), 'spack:\n  specs: []   # none\n')
    const env = dirname(file)
    const options = ['--unsigned', '--username', 'me', '--password-variable', 'TOKEN', '--yes']
    const added = await strata('mirror', 'add', '--env', env, 'cache', 'oci://ghcr.io/me/cache', ...options)
    expect(added).toMatchObject({ code: 0, stderr: '' })
    expect(added.stdout).toContain(
      'mirror add --unsigned --oci-username me --oci-password-variable TOKEN cache oci://ghcr.io/me/cache',
    )
    const listed = await strata('mirror', 'list', '--env', env)
    expect(listed.stdout).toMatch(
      /^cache +oci:\/\/ghcr\.io\/me\/cache +me, password in \$TOKEN +unsigned +env:mirrored .*spack\.yaml:4$/m,
    )
    await strata('mirror', 'set', '--env', env, 'cache', '--autopush', '--push', 'oci://ghcr.io/me/push', '--yes')
    expect(await read(file)).toBe(
      'spack:\n  specs: []   # none\n  mirrors:\n    cache:\n      url: oci://ghcr.io/me/cache\n      signed: false\n      access_pair:\n        id: me\n        secret_variable: TOKEN\n      push: oci://ghcr.io/me/push\n      autopush: true\n',
    )
    const one = await strata('mirror', 'set', '--env', env, 'cache', '--url', 'oci://h/one', '--no-login', '--yes')
    expect(one).toMatchObject({ code: 0, stderr: '' })
    // Spack's own command would leave the URL that is pushed to.
    expect(one.stdout).not.toContain('spack mirror set')
    expect(await read(file)).toBe(
      'spack:\n  specs: []   # none\n  mirrors:\n    cache:\n      url: oci://h/one\n      signed: false\n      autopush: true\n',
    )
    expect(await strata('mirror', 'set', '--env', env, 'cache', '--no-login', '--username', 'me')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--no-login'),
    })
    expect(await strata('mirror', 'add', '--env', env, 'cache', 'oci://h/x', '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is a mirror cache already'),
    })
    await strata('mirror', 'only', '--env', env, 'on', '--yes')
    expect(await read(file)).toContain('\n  mirrors::\n    cache:\n')
    await strata('mirror', 'only', '--env', env, 'off', '--yes')
    await strata('mirror', 'remove', '--env', env, 'cache', '--yes')
    expect(await read(file)).toBe('spack:\n  specs: []   # none\n  mirrors: {}\n')
  })

  it('writes a password for an old Spack into the file, and shows it to nobody', async () => {
    const old = join(home, 'old')
    await put(join(old, 'lib/spack/spack/__init__.py'), '__version__ = "0.22.5"\n')
    const args = [
      'mirror',
      'add',
      '--scope',
      'site',
      'c',
      'oci://h/x',
      '--unsigned',
      '--username',
      'me',
      '--password-stdin',
      '--yes',
    ]
    const run = await cli.run(args, { home, env: { SPACK_ROOT: old }, input: 'wonderful-secret\n' })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).not.toContain('wonderful-secret')
    expect(run.stdout).toContain('warning: ')
    expect(await read(join(old, 'etc/spack/mirrors.yaml'))).toContain('access_pair: [me, wonderful-secret]')
  })
})

describe('strata padding', () => {
  it('says what there is, and sets it in a scope', async () => {
    const set = await strata('padding', '--set', '128', '--scope', 'site', '--yes')
    expect(set).toMatchObject({ code: 0, stderr: '' })
    expect(await read(join(spack, 'etc/spack/config.yaml'))).toBe('config:\n  install_tree:\n    padded_length: 128\n')
    const shown = await strata('padding')
    expect(shown.stdout).toMatch(/padded_length +128 \(site, .*config\.yaml:3\)/)
    expect(await strata('padding', '--length', 'x')).toMatchObject({ code: 2 })
  })

  it('says which packages would not get on in a longer store, and by how much', async () => {
    const store = await generateStore(join(home, 'made'), { packages: 3, packageBytes: 10 })
    const source = ['--spack', store.spack, '--env', store.environment]
    const length = join(store.spack, 'opt/spack').length
    const short = await strata('padding', ...source, '--into', '/s')
    expect(short).toMatchObject({ code: 0, stderr: '' })
    expect(short.stdout).toContain('Into /s (2 bytes):\nall 3 packages can be installed there\n')
    const longer = `/${'l'.repeat(length + 9)}`
    const long = await strata('padding', ...source, '--into', longer)
    expect(long.stdout).toContain('3 of 3 packages may fail: a path in a binary cannot grow.')
    expect(long.stdout.match(/10 bytes too long/g)).toHaveLength(3)
    const json = await strata('padding', ...source, '--into', longer, '--json')
    expect(JSON.parse(json.stdout)).toMatchObject({ target: { root: longer, length: length + 10, failing: 3 } })
  })
})
