import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FileEditPlan, FileEditRequestInput, FileEditResult } from '../../main/api/spack-files.ts'
import { clean } from '../../main/support/redact.ts'
import { type Machine, startMachine } from '../support/push/machine.ts'

let folder: string
let spack: string
let machine: Machine
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-files-'))
  spack = join(folder, 'spack')
  await put('spack/bin/spack', '')
  await put('spack/lib/spack/spack/__init__.py', '__version__ = "1.1.0"\n')
  await put('spack/etc/spack/mirrors.yaml', '# of the site\nmirrors:\n  low: https://example.org\n')
  machine = await startMachine(folder, { env: { SPACK_ROOT: spack } })
})
afterEach(async () => {
  await machine.close()
  await rm(folder, { recursive: true, force: true })
})

async function put(name: string, text: string): Promise<string> {
  const file = join(folder, name)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
  return file
}

const plan = (request: FileEditRequestInput): Promise<FileEditPlan> => machine.engine.call('edit.plan', request)
const apply = ({ id }: FileEditPlan): Promise<FileEditResult> => machine.engine.call('edit.apply', { plan: id })
const read = (file: string): Promise<string> => readFile(file, 'utf8')
const manifest = (name: string): string => join(spack, 'var/spack/environments', name, 'spack.yaml')

describe('creating environments', () => {
  it('makes a named one as Spack does, with roots and without a view', async () => {
    const made = await plan({
      edit: { kind: 'create', place: 'named', name: 'tools', specs: ['zlib@1.2', 'hdf5 +mpi'], view: false },
    })
    expect(made).toMatchObject({
      file: manifest('tools'),
      creates: true,
      checks: [],
      command: "strata env create tools --add zlib@1.2 --add 'hdf5 +mpi' --without-view",
      spackCommand: "spack env create --without-view tools && spack -e tools add zlib@1.2 'hdf5 +mpi'",
    })
    expect(made.diff).toContain('--- /dev/null\n')
    expect(await apply(made)).toMatchObject({ created: 'tools', merged: false })
    expect(await read(manifest('tools'))).toMatch(
      /^# .*\nspack:\n {2}# one root a line\n {2}specs:\n {2}- zlib@1.2\n {2}- hdf5 \+mpi\n {2}view: false\n {2}concretizer:\n {4}unify: true\n$/,
    )
    const { instances } = await machine.engine.call('workspace.read', {})
    expect(instances[0]?.environments.map((one) => one.name)).toEqual(['tools'])
  })

  it('refuses names that are taken or that Spack would not take, and folders that are environments', async () => {
    await put('here/spack.lock', '{}')
    const create = (place: 'named' | 'folder', name: string): Promise<unknown> =>
      plan({ edit: { kind: 'create', place, name, specs: [] } })
    await put('spack/var/spack/environments/tools/x', '')
    await expect(create('named', 'tools')).rejects.toMatchObject({ code: 'environment-exists' })
    await expect(create('named', 'a b')).rejects.toMatchObject({ code: 'usage' })
    await expect(create('folder', join(folder, 'here'))).rejects.toMatchObject({ code: 'environment-exists' })
    await apply(await plan({ edit: { kind: 'create', place: 'folder', name: join(folder, 'new'), specs: [] } }))
    expect(await read(join(folder, 'new/spack.yaml'))).toContain('  specs: []\n  view: true\n')
  })

  it('writes nothing over an environment that appeared meanwhile', async () => {
    const made = await plan({ edit: { kind: 'create', place: 'named', name: 'tools', specs: [] } })
    await put('spack/var/spack/environments/tools/spack.yaml', 'mine')
    await expect(apply(made)).rejects.toMatchObject({ code: 'file-changed' })
    expect(await read(manifest('tools'))).toBe('mine')
  })
})

describe('a file that was changed since it was read', () => {
  const base = 'spack:\n  # roots\n  specs:\n  - zlib\n  - cmake\n  view: true\n  concretizer:\n    unify: true\n'

  it('gets the change as well, where the two lie apart', async () => {
    const file = await put('env/spack.yaml', base)
    const made = await plan({ environment: dirname(file), edit: { kind: 'add-specs', specs: ['hdf5'] } })
    await writeFile(file, base.replace('unify: true', 'unify: false # mine').replace('- zlib', '- zlib@1.2'))
    expect(await apply(made)).toMatchObject({ merged: true })
    expect(await read(file)).toBe(
      base
        .replace('unify: true', 'unify: false # mine')
        .replace('- zlib', '- zlib@1.2')
        .replace('- cmake\n', '- cmake\n  - hdf5\n'),
    )
  })

  it('stays as it is where they do not', async () => {
    const file = await put('env/spack.yaml', base)
    const environment = dirname(file)
    const made = await plan({ environment, edit: { kind: 'change-spec', from: 'zlib', to: 'zlib@1.3' } })
    const theirs = base.replace('- zlib', '- zlib@1.2')
    await writeFile(file, theirs)
    await expect(apply(made)).rejects.toMatchObject({ code: 'file-changed' })
    expect(await read(file)).toBe(theirs)
    await expect(apply(made)).rejects.toMatchObject({ code: 'plan-stale' })
  })

  it('is merged line by line with a text from an editor', async () => {
    const file = await put('env/spack.yaml', base)
    const environment = dirname(file)
    const { digest } = await machine.engine.call('environment.text', { environment })
    const mine = base.replace('- cmake', '- cmake@3.20')
    const made = await plan({ environment, edit: { kind: 'text', text: mine, digest } })
    await writeFile(file, base.replace('unify: true', 'unify: false'))
    expect(await apply(made)).toMatchObject({ merged: true })
    expect(await read(file)).toBe(mine.replace('unify: true', 'unify: false'))
    const late = await plan({ environment, edit: { kind: 'text', text: 'spack: {}\n' } })
    await writeFile(file, base)
    await expect(apply(late)).rejects.toMatchObject({ code: 'file-changed' })
    await expect(plan({ environment, edit: { kind: 'text', text: mine, digest } })).resolves.toBeDefined()
    await writeFile(file, `${base}\n`)
    await expect(plan({ environment, edit: { kind: 'text', text: mine, digest } })).rejects.toMatchObject({
      code: 'file-changed',
    })
  })
})

describe('mirrors', () => {
  it('are shown with their line, and changed in the file that they come from', async () => {
    const file = await put(
      'env/spack.yaml',
      'spack:\n  include: [./more]\n  specs: []\n  mirrors:\n    own: {url: oci://h/own, signed: false}\n',
    )
    await put('env/more/mirrors.yaml', 'mirrors:\n  incl:\n    url: s3://b # here\n')
    const environment = dirname(file)
    const { mirrors, scopes } = await machine.engine.call('mirrors.read', { environment })
    expect(mirrors.map(({ name, place }) => [name, place?.file.slice(folder.length), place?.line])).toEqual([
      ['own', '/env/spack.yaml', 5],
      ['incl', '/env/more/mirrors.yaml', 2],
      ['low', '/spack/etc/spack/mirrors.yaml', 3],
    ])
    expect(scopes[0]).toEqual({ scope: 'env:env', file, writable: true })
    const set = (name: string) =>
      plan({ environment, edit: { kind: 'set-mirror', name, settings: { autopush: true } } })
    await apply(await set('incl'))
    await apply(await set('low'))
    expect(await read(join(folder, 'env/more/mirrors.yaml'))).toBe(
      'mirrors:\n  incl:\n    url: s3://b # here\n    autopush: true\n',
    )
    expect(await read(join(spack, 'etc/spack/mirrors.yaml'))).toBe(
      '# of the site\nmirrors:\n  low:\n    url: https://example.org\n    autopush: true\n',
    )
  })

  it('say what they hide, and go to the scope that was asked for', async () => {
    const file = await put('env/spack.yaml', 'spack:\n  specs: []\n')
    const edit = { kind: 'add-mirror', name: 'low', settings: { url: 'oci://h/x', signed: false } } as const
    const made = await plan({ environment: dirname(file), edit })
    expect(made.findings.map((one) => one.message).join()).toContain('It stands over the mirror low of the scope site')
    const user = await plan({ scope: 'user', edit: { ...edit, name: 'mine' } })
    expect(user).toMatchObject({ scope: 'user', file: join(folder, 'home/.spack/mirrors.yaml'), creates: true })
    await apply(user)
    expect(await read(user.file)).toBe('mirrors:\n  mine:\n    url: oci://h/x\n    signed: false\n')
    await expect(plan({ scope: 'nowhere', edit })).rejects.toMatchObject({
      code: 'usage',
      hint: expect.stringContaining('user'),
    })
  })

  it('are refused where one name is there twice, with the line, whoever asks', async () => {
    const text = 'spack:\n  specs: []\n  mirrors:\n    a: oci://h/1\n    b: oci://h/2\n    a: oci://h/3\n'
    const file = await put('env/spack.yaml', text)
    const environment = dirname(file)
    const { checks } = await machine.engine.call('environment.text', { environment })
    expect(checks).toMatchObject([{ severity: 'problem', line: 6, column: 5 }])
    const twice = { code: 'config-invalid', message: expect.stringContaining(`${file}:6:5: `) }
    await expect(machine.engine.call('mirrors.read', { environment })).rejects.toMatchObject(twice)
    await expect(plan({ environment, edit: { kind: 'remove-mirror', name: 'a' } })).rejects.toMatchObject(twice)
    await expect(plan({ environment, edit: { kind: 'add-specs', specs: ['zlib'] } })).rejects.toMatchObject(twice)
    expect(await read(file)).toBe(text)
  })

  it('of an include that is not there are missing, and the rest is shown with a word about it', async () => {
    const file = await put(
      'env/spack.yaml',
      'spack:\n  include:\n  - ./gone\n  - path: ./also-gone\n    optional: true\n  specs: []\n  mirrors:\n    own: s3://b\n',
    )
    const environment = dirname(file)
    const { mirrors } = await machine.engine.call('mirrors.read', { environment })
    expect(mirrors.map(({ name }) => name)).toEqual(['own', 'low'])
    const { findings } = await machine.engine.call('environment.read', { environment })
    const words = findings.map(({ message }) => message).filter((message) => message.includes('include'))
    expect(words).toEqual([expect.stringContaining(`the include ${folder}/env/gone is not there`)])
    await apply(await plan({ environment, edit: { kind: 'add-specs', specs: ['zlib'] } }))
    expect(await read(file)).toContain('  specs:\n  - zlib\n')
  })

  it('show no secret in a difference, and keep none that moves to the keychain where there is no keychain', async () => {
    const text =
      'spack:\n  specs: []\n  mirrors:\n    m:\n      url: oci://h.example/x\n      signed: false\n      access_pair: [me, sup3rs3cret]\n'
    const file = await put('env/spack.yaml', text)
    const environment = dirname(file)
    const variable = await plan({
      environment,
      edit: { kind: 'hide-secret', name: 'm', to: 'variable', variable: 'PW' },
    })
    expect(variable.diff).toContain('-      access_pair: [me, ***]')
    expect(JSON.stringify(variable)).not.toContain('sup3rs3cret')
    const keychain = await plan({ environment, edit: { kind: 'hide-secret', name: 'm', to: 'keychain' } })
    await expect(apply(keychain)).rejects.toMatchObject({ code: 'no-keychain' })
    expect(await read(file)).toBe(text)
    await apply(variable)
    expect(await read(file)).toContain('      access_pair:\n        id: me\n        secret_variable: PW\n')
    expect(clean('sup3rs3cret')).toBe('***')
  })
})

describe('where there is no Spack', () => {
  const manifestOf = (url: string) => `spack:\n  specs: [zlib]\n  mirrors:\n    lab: ${url}\n`
  const readMirrors = async (text: string) => {
    const file = await put('env/spack.yaml', text)
    const bare = await startMachine(join(folder, 'bare'))
    try {
      const ref = { environment: dirname(file) }
      return {
        list: await bare.engine.call('mirrors.read', ref),
        environment: await bare.engine.call('environment.read', ref),
      }
    } finally {
      await bare.close()
    }
  }

  it('an environment still has the mirrors that its own file names', async () => {
    const { list, environment } = await readMirrors(manifestOf('oci://ghcr.io/me/cache'))
    expect(list.mirrors).toMatchObject([{ name: 'lab', place: { scope: 'env:env', line: 4 } }])
    expect(environment.mirrors).toMatchObject([
      { name: 'lab', fetchUrl: 'oci://ghcr.io/me/cache', scope: `env:env (${join(folder, 'env/spack.yaml')}:4)` },
    ])
    expect(environment.spack).toBeUndefined()
  })

  it('a file that cannot be read is not one without mirrors', async () => {
    await expect(readMirrors('spack:\n\tspecs: []\n')).rejects.toMatchObject({ code: 'config-invalid' })
  })
})

describe('a manifest for an editor', () => {
  it('comes with its roots and what is wrong with it, an include that is not there too', async () => {
    const file = await put(
      'env/spack.yaml',
      'spack:\n  include:\n  - $env/gone.yaml\n  specs:\n  - zlib\n  vieww: true\n',
    )
    const found = await machine.engine.call('environment.text', { environment: dirname(file) })
    expect(found.roots).toEqual([{ kind: 'spec', text: 'zlib', line: 5 }])
    expect(found.checks.map(({ line, column, message }) => [line, column, message])).toEqual([
      [3, 5, `the include $env/gone.yaml is not there (${folder}/env/gone.yaml)`],
      [6, 3, 'there is no vieww'],
    ])
  })

  it('is warned about where its pipeline pushes to a mirror that no scope has', async () => {
    const ci = '  ci:\n    pipeline-gen:\n    - build-job: {tags: [small]}\n  specs: []\n'
    const environment = dirname(await put('env/spack.yaml', `spack:\n${ci}`))
    const check = (text: string) => machine.engine.call('environment.check', { environment, text })
    const warned = [
      { severity: 'warning', line: 2, column: 3, message: expect.stringContaining('buildcache-destination') },
    ]
    const own = '  mirrors:\n    buildcache-destination: s3://b\n'
    expect(await check(`spack:\n${ci}`)).toMatchObject(warned)
    expect(await check(`spack:\n${ci}${own}`)).toEqual([])
    expect(await check(`spack:\n${ci}${own.replace('-dest', '-desti')}`)).toMatchObject(warned)
    await put('spack/etc/spack/mirrors.yaml', own.replaceAll(/^ {2}/gm, ''))
    expect(await check(`spack:\n${ci}`)).toEqual([])
    expect(await check(`spack:\n${ci}  mirrors::\n    a: s3://b\n`)).toMatchObject(warned)
    await put('spack/lib/spack/spack/__init__.py', '__version__ = "0.22.5"\n')
    expect(await check(`spack:\n${ci}  mirrors::\n    a: s3://b\n`)).toEqual([])
  })

  it('can be one that nobody can read, to be corrected', async () => {
    const file = await put('env/spack.yaml', 'spack:\n\tspecs: []\n')
    const environment = dirname(file)
    const { text, digest, checks } = await machine.engine.call('environment.text', { environment })
    expect(checks).toMatchObject([{ severity: 'problem', line: 2, column: 1 }])
    const made = await plan({ environment, edit: { kind: 'text', text: text.replace('\t', '  '), digest } })
    expect(made).toMatchObject({ checks: [], diff: expect.stringContaining('+  specs: []') })
    await apply(made)
    expect(await read(file)).toBe('spack:\n  specs: []\n')
    await expect(
      plan({ environment: join(folder, 'none'), edit: { kind: 'add-specs', specs: ['a'] } }),
    ).rejects.toMatchObject({
      code: 'environment-not-found',
    })
  })
})

describe('the facts of an environment', () => {
  const scopes = async (environment: string) => {
    const { store, mirrors } = await machine.engine.call('environment.read', { environment })
    return { root: store?.rootScope, padding: store?.paddingScope, mirrors: mirrors.map(({ scope }) => scope) }
  }

  it('come with the scope, the file and the line that each is set in', async () => {
    const config = await put(
      'spack/etc/spack/config.yaml',
      'config:\n  install_tree:\n    root: /site/store\n    padded_length: 64\n',
    )
    const manifest = await put(
      'env/spack.yaml',
      'spack:\n  config:\n    install_tree: # mine\n      root: $env/store\n  mirrors:\n    own: s3://b\n  specs: []\n',
    )
    expect(await scopes(dirname(manifest))).toEqual({
      root: `env:env (${manifest}:4)`,
      padding: `site (${config}:4)`,
      mirrors: [`env:env (${manifest}:6)`, `site (${join(spack, 'etc/spack/mirrors.yaml')}:3)`],
    })
    await writeFile(config, 'config:\n  install_tree: /site/store\n')
    await writeFile(manifest, 'spack:\n  mirrors:: {}\n')
    expect(await scopes(dirname(manifest))).toEqual({ root: `site (${config}:2)`, mirrors: [] })
    await writeFile(config, 'config: {}\n')
    expect(await scopes(dirname(manifest))).toEqual({ mirrors: [] })
  })
})

describe('padding', () => {
  it('is read with the line that sets it, and written where it is asked for', async () => {
    const made = await plan({ scope: 'site', edit: { kind: 'set-padding', length: 128 } })
    expect(made.spackCommand).toBe('spack config --scope site add config:install_tree:padded_length:128')
    await apply(made)
    const report = await machine.engine.call('padding.read', { length: 200 })
    expect(report).toMatchObject({
      length: 128,
      setting: { value: 128, scope: 'site', line: 3 },
      packages: [],
      proposal: { length: 200, rebuild: [] },
    })
    expect(report.proposal?.paddedRoot).toHaveLength(200)
  })
})

describe('the text of an editor', () => {
  const base = 'spack:\n  # mine\n  specs:\n  - zlib\n  - cmake\n  view: true\n'
  const text = (typed: string, from: { digest: string }, merge?: string) => ({
    environment: 'tools',
    edit: { kind: 'text' as const, text: typed, digest: from.digest, base: merge },
  })

  it('is brought together with what somebody else wrote elsewhere, and refused where it is the same line', async () => {
    const file = await put('spack/var/spack/environments/tools/spack.yaml', base)
    const before = await machine.engine.call('environment.text', { environment: 'tools' })
    const typed = base.replace('# mine', '# ours')
    await writeFile(file, base.replace('view: true', 'view: false'))
    await expect(plan(text(typed, before))).rejects.toMatchObject({ code: 'file-changed' })
    const made = await plan(text(typed, before, base))
    expect(made.diff).not.toContain('-  view')
    await writeFile(file, base.replace('# mine', '# theirs'))
    await expect(plan(text(typed, before, base))).rejects.toMatchObject({ code: 'file-changed' })
    await writeFile(file, base.replace('view: true', 'view: false'))
    await apply(await plan(text(typed, before, base)))
    expect(await read(file)).toBe(typed.replace('view: true', 'view: false'))
  })

  it('comes with the view and unify, and the places that set them', async () => {
    const file = await put('spack/var/spack/environments/tools/spack.yaml', base)
    const site = await put('spack/etc/spack/concretizer.yaml', '# of the site\nconcretizer:\n  unify: when_possible\n')
    const there = await machine.engine.call('environment.text', { environment: 'tools' })
    expect(there.view).toMatchObject({ value: true, place: { file, line: 6, scope: 'env:tools' } })
    expect(there.unify).toMatchObject({ value: 'when_possible', place: { file: site, line: 3 } })
    await writeFile(file, 'spack:\n\tspecs: [vim]\n')
    expect(await machine.engine.call('environment.text', { environment: 'tools' })).toMatchObject({ roots: [] })
  })
})
