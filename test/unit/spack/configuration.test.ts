import { describe, expect, it } from 'vitest'
import { readConfiguration } from '../../../main/spack/config/configuration.ts'
import { merge } from '../../../main/spack/config/merge.ts'
import { readMirrors } from '../../../main/spack/config/mirrors.ts'
import { prefixInspections } from '../../../main/spack/config/prefix-inspections.ts'
import { addPadding, storeOf } from '../../../main/spack/config/store.ts'
import { StrataError } from '../../../main/support/errors.ts'
import { clean } from '../../../main/support/redact.ts'
import { instanceWith, refusal } from './fixtures.ts'

const tree = (root: string) => `config:\n  install_tree:\n    root: ${root}\n`
const rootOf = ['config', 'install_tree', 'root']

describe('merging scopes', () => {
  it('merges mappings, puts the higher list in front, and replaces what differs in kind', () => {
    const low = { a: { x: 1, y: 2 }, list: ['old', 'both'], text: 'low' }
    const high = { a: { y: 3 }, list: ['new', 'both'], text: 'high' }
    expect(merge(low, high)).toEqual({ a: { y: 3, x: 1 }, list: ['new', 'both', 'old'], text: 'high' })
    expect(Object.keys(merge({ x: 1 }, { y: 2 }) as object)).toEqual(['y', 'x'])
  })

  it('does as the end of a key says', () => {
    expect(merge({ a: { x: 1 } }, { 'a:': { y: 2 } })).toEqual({ a: { y: 2 } })
    expect(merge({ l: [1], t: 'b' }, { 'l-': [2], 't+': 'a' })).toEqual({ l: [1, 2], t: 'ab' })
    expect(merge(undefined, { 'new:': { 'k:': 1 } })).toEqual({ new: { k: 1 } })
  })
})

describe('the scopes of Spack 0.22', () => {
  const files = {
    'spack/etc/spack/defaults/config.yaml': tree('$spack/opt/spack'),
    'spack/etc/spack/defaults/linux/config.yaml': tree('/defaults/linux'),
    'etc/spack/config.yaml': tree('/system'),
    'spack/etc/spack/config.yaml': tree('/site'),
    'home/me/.spack/config.yaml': tree('/user'),
    'home/me/.spack/linux/config.yaml': tree('/user/linux'),
    'env/spack.yaml': `spack:\n  specs: []\n  ${tree('$env/store').replaceAll('\n', '\n  ').trim()}\n`,
  }
  const readWithout = async (omitted: readonly string[], env = {}) => {
    const kept = Object.entries(files).filter(([name]) => !omitted.includes(name))
    const instance = await instanceWith(Object.fromEntries(kept), env)
    return readConfiguration(instance, { folder: '/env' })
  }

  it('lets each scope win over those below it', async () => {
    const order = Object.keys(files).reverse()
    const wins: unknown[] = []
    for (let i = 0; i < order.length; i += 1) wins.push((await readWithout(order.slice(0, i))).path(rootOf))
    const expected = ['/env/store', '/user/linux', '/user', '/site', '/system', '/defaults/linux', '/spack/opt/spack']
    expect(wins).toEqual(expected)
  })

  it('says which scope and file a value is from', async () => {
    const configuration = await readWithout(['env/spack.yaml'])
    expect(configuration.origin(rootOf)).toEqual({
      scope: 'user/linux',
      file: '/home/me/.spack/linux/config.yaml',
    })
    expect(configuration.origin(['config', 'nothing'])).toBeUndefined()
  })

  it('leaves out system and user, or looks for them elsewhere, as the environment says', async () => {
    const without = ['env/spack.yaml', 'home/me/.spack/linux/config.yaml']
    expect((await readWithout(without, { SPACK_DISABLE_LOCAL_CONFIG: '1' })).path(rootOf)).toBe('/site')
    expect((await readWithout(without, { SPACK_USER_CONFIG_PATH: '/etc/spack' })).path(rootOf)).toBe('/system')
  })
})

describe('the scopes of Spack 1.1', () => {
  it('are those that include.yaml names, the first one highest', async () => {
    const instance = await instanceWith({
      'spack/etc/spack/defaults/include.yaml': `include:\n- path: "\${platform}"\n  optional: true\n- path: base\n`,
      'spack/etc/spack/defaults/base/config.yaml': `${tree('/base')}  checksum: true\n`,
      'spack/etc/spack/defaults/linux/modules.yaml': 'modules:\n  prefix_inspections:\n    ./lib: [LD_LIBRARY_PATH]\n',
      'spack/etc/spack/include.yaml': [
        'include:',
        '- {name: user, path: ~/.spack, optional: true, path_override_env_var: SPACK_USER_CONFIG_PATH}',
        '- {name: site, path: $spack/etc/spack/site, optional: true}',
        '- {name: system, path: /etc/spack, optional: true, when: \'"SPACK_DISABLE_LOCAL_CONFIG" not in env\'}',
        '- {path: /nowhere}',
        '- {path: "https://example.org/config.yaml"}',
      ].join('\n'),
      'etc/spack/config.yaml': tree('/system'),
      'spack/etc/spack/site/config.yaml': tree('/site'),
      'home/me/.spack/config.yaml': tree('/user'),
    })
    const configuration = await readConfiguration(instance)
    expect(configuration.scopes.map((scope) => scope.name)).toEqual([
      'defaults:/spack/etc/spack/defaults/base',
      'defaults:/spack/etc/spack/defaults/linux',
      'defaults',
      'system',
      'site',
      'user',
      'spack',
    ])
    expect(configuration.path(rootOf)).toBe('/user')
    expect(configuration.get(['config', 'checksum'])).toBe(true)
    expect(prefixInspections(configuration, 'linux')).toEqual([['lib', ['LD_LIBRARY_PATH']]])
    expect(configuration.warnings).toEqual([
      '/spack/etc/spack: the include https://example.org/config.yaml is remote and is not read',
      '/spack/etc/spack: the include /nowhere is not there',
    ])
  })

  it('are warned about when they include each other', async () => {
    const instance = await instanceWith({ 'spack/etc/spack/include.yaml': 'include:\n- $spack/etc/spack\n' })
    expect(await refusal(readConfiguration(instance))).toMatchObject({ code: 'config-invalid' })
  })
})

describe('reading values', () => {
  it('substitutes Spack variables, environment variables and ~, and takes what is relative from its file', async () => {
    const instance = await instanceWith(
      {
        'etc/os-release': 'ID=debian\nVERSION_ID="12"\n',
        'spack/etc/spack/config.yaml': `config:\n  a: $SPACK/x\n  b: \${WHERE}/$os\n  c: ~/y\n  d: ../z\n  e: $arch/$unknown\n`,
      },
      { WHERE: '/w' },
    )
    const configuration = await readConfiguration(instance)
    const values = ['a', 'b', 'c', 'd', 'e'].map((key) => configuration.path(['config', key]))
    expect(values).toEqual(['/spack/x', '/w/debian12', '/home/me/y', '/spack/etc/z', '/spack/etc/spack/$arch/$unknown'])
  })

  it('knows only the variables that this Spack knows', async () => {
    const valueWith = async (version: string) => {
      const instance = await instanceWith({
        'spack/lib/spack/spack/__init__.py': `__version__ = "${version}"`,
        'spack/etc/spack/config.yaml': 'config: {a: /x/$spack_short_version/$spack_instance_id}\n',
      })
      return (await readConfiguration(instance)).path(['config', 'a'])
    }
    expect(await valueWith('0.22.5')).toBe('/x/$spack_short_version/$spack_instance_id')
    expect(await valueWith('1.1.0')).toMatch(/^\/x\/1\.1\/[a-z2-7]{7}$/)
  })

  it('cuts off lower scopes at `::`, also for the origin', async () => {
    const instance = await instanceWith({
      'spack/etc/spack/mirrors.yaml': 'mirrors:\n  low: oci://low/x\n',
      'home/me/.spack/mirrors.yaml': 'mirrors::\n  high: oci://high/x\n',
    })
    const configuration = await readConfiguration(instance)
    expect(configuration.get(['mirrors'])).toEqual({ high: 'oci://high/x' })
    expect(configuration.origin(['mirrors', 'low'])).toBeUndefined()
  })

  it('reads YAML 1.2 as Spack does: yes is a word', async () => {
    const instance = await instanceWith({ 'spack/etc/spack/config.yaml': 'config:\n  a: yes\n  b: 010\n' })
    expect((await readConfiguration(instance)).get(['config'])).toEqual({ a: 'yes', b: 10 })
  })

  it('names file, line and column of bad YAML', async () => {
    const instance = await instanceWith({ 'spack/etc/spack/config.yaml': 'config:\n  a: [1\n  b: 2\n' })
    const error = await refusal(readConfiguration(instance))
    expect(error).toBeInstanceOf(StrataError)
    expect(error).toMatchObject({
      code: 'config-invalid',
      details: { file: '/spack/etc/spack/config.yaml', line: 3, column: 3 },
    })
  })
})

describe('the store', () => {
  const labRoot = '/home/demo/spack/opt/spack'
  const unit = '__spack_path_placeholder__'

  it('is padded exactly as the lab is', () => {
    expect(addPadding(labRoot, 128)).toBe(`${labRoot}/${unit}/${unit}/${unit}/__spack_path_placeho`)
  })

  it.each([26, 27, 28, 29, 53, 54, 55, 56, 100])('has the asked length when %i characters longer', (more) => {
    expect(addPadding(labRoot, labRoot.length + more)).toHaveLength(labRoot.length + more)
    expect(addPadding(labRoot, labRoot.length + more)).not.toMatch(/\/$|\/\//)
  })

  it('stays when there is no room for padding', () => {
    expect(addPadding('/opt', 4)).toBe('/opt')
    expect(addPadding('/opt', 5)).toBe('/opt')
    expect(addPadding('/opt', 6)).toBe('/opt/_')
  })

  it('comes from install_tree with its padding and upstreams', async () => {
    const instance = await instanceWith({
      'spack/etc/spack/config.yaml': 'config:\n  install_tree:\n    root: /store\n    padded_length: 64\n',
      'spack/etc/spack/upstreams.yaml': 'upstreams:\n  site:\n    install_tree: /shared/store\n',
    })
    expect(await storeOf(await readConfiguration(instance), instance)).toEqual({
      root: '/store',
      paddedRoot: addPadding('/store', 64),
      sbangPath: '/store/bin/sbang',
      upstreams: ['/shared/store'],
    })
  })

  it('is where the disk has it padded when no configuration came along', async () => {
    const padded = addPadding('/spack/opt/spack', 90)
    const instance = await instanceWith({ [`${padded}/.spack-db/index.json`]: '{}' })
    const store = await storeOf(await readConfiguration(instance), instance)
    expect(store).toMatchObject({ root: '/spack/opt/spack', paddedRoot: padded })
  })

  it('understands the old text form with inline padding', async () => {
    const instance = await instanceWith({
      'spack/etc/spack/config.yaml': 'config:\n  install_tree: /store$padding:64\n',
    })
    const store = await storeOf(await readConfiguration(instance), instance)
    expect(store).toMatchObject({ root: '/store', paddedRoot: addPadding('/store', 64) })
  })
})

describe('mirrors', () => {
  it('are read in their short and long forms, each direction with its own settings first', async () => {
    const instance = await instanceWith({
      'spack/etc/spack/mirrors.yaml': [
        'mirrors:',
        '  short: oci://ghcr.io/me/cache',
        '  local: ./mirror',
        '  long:',
        '    url: oci://registry/x',
        '    signed: false',
        '    source: false',
        '    access_pair: {id: me, secret_variable: TOKEN}',
        '    push:',
        '      url: oci+http://127.0.0.1:5000/x',
        '      access_pair: [me, pa55word-in-a-file]',
        '  split:',
        '    fetch: https://example.org',
        '    push: {url: s3://bucket, access_token_variable: T}',
      ].join('\n'),
    })
    const mirrors = readMirrors(await readConfiguration(instance))
    const [short, local, long, split] = mirrors
    expect(short).toMatchObject({ fetch: { url: 'oci://ghcr.io/me/cache' }, binary: true, secretInFile: false })
    expect(short?.signed).toBeUndefined()
    expect(local?.fetch?.url).toBe('/spack/etc/spack/mirror')
    expect(long).toMatchObject({
      fetch: { credentials: { kind: 'login-variables', id: 'me', secretVariable: 'TOKEN' } },
      push: { url: 'oci+http://127.0.0.1:5000/x', credentials: { kind: 'login', id: 'me' } },
      signed: false,
      source: false,
      secretInFile: true,
      origin: { scope: 'site', file: '/spack/etc/spack/mirrors.yaml' },
    })
    expect(split).toMatchObject({
      fetch: { url: 'https://example.org' },
      push: { url: 's3://bucket', credentials: { kind: 'token-variable', tokenVariable: 'T' } },
    })
    expect(clean('it said pa55word-in-a-file')).toBe('it said ***')
  })
})

describe('prefix inspections', () => {
  it('are the built-in table unless the configuration has one', async () => {
    const table = prefixInspections(await readConfiguration(await instanceWith({})), 'linux')
    expect(table[0]).toEqual(['bin', ['PATH']])
    expect(table.at(-1)).toEqual(['', ['CMAKE_PREFIX_PATH']])
    expect(prefixInspections(undefined, 'darwin').at(-1)).toEqual(['lib64', ['DYLD_FALLBACK_LIBRARY_PATH']])
  })
})
