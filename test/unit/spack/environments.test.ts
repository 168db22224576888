import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readConfiguration } from '../../../main/spack/config/configuration.ts'
import { listEnvironments, readEnvironment, unconcretized } from '../../../main/spack/environment/environments.ts'
import { parseLockfile } from '../../../main/spack/environment/lockfile.ts'
import { layerOrder } from '../../../main/spack/spec/graph.ts'
import { fixtureText, folderWith, instanceWith, refusal } from './fixtures.ts'

const arch = { platform: 'linux', platform_os: 'debian12', target: 'x86_64' }
const node = (name: string, hash: string, more = {}) => ({ name, version: '1', arch, hash, ...more })

function lockfile(version: number, more: object): string {
  return JSON.stringify({ _meta: { 'file-type': 'spack-lockfile', 'lockfile-version': version }, ...more })
}

describe('the environment of the lab', () => {
  it('has its specs as written, its roots in order and fifteen packages', async () => {
    const folder = await folderWith({
      'spack.yaml': fixtureText('tools.yaml'),
      'spack.lock': fixtureText('tools.lock'),
    })
    const environment = await readEnvironment(undefined, folder)
    const written = 'vim nano figlet hello less lua cowsay sed zstd relockit sqlite'.split(' ')
    expect(environment).toMatchObject({ folder, specs: written, view: true, lock: { version: 5 } })
    expect(environment.lock?.graph.nodes.size).toBe(15)
    expect(environment.lock?.roots.map((root) => root.spec)).toEqual(
      'zstd nano hello figlet lua sed vim cowsay sqlite less relockit'.split(' '),
    )
  })
})

describe('what is requested and not concretized yet', () => {
  const asked = async (specs: string) =>
    unconcretized(
      await readEnvironment(
        undefined,
        await folderWith({ 'spack.yaml': `spack: {specs: ${specs}}\n`, 'spack.lock': fixtureText('tools.lock') }),
      ),
    )

  it('is a package that the lockfile has no root for, however it is written', async () => {
    expect(await asked('[vim@9 +x, builtin.sqlite]')).toEqual([])
    expect(await asked('[vim, hdf5@1.14 +mpi, ncurses]')).toEqual(['hdf5@1.14 +mpi', 'ncurses'])
  })

  it('is not looked for in definitions and matrices', async () => {
    expect(await asked('[$mpis, {matrix: [[hdf5], [+mpi]]}, vim]')).toEqual([])
  })
})

describe('finding an environment', () => {
  const files = {
    'spack/var/spack/environments/sample/spack.yaml': 'spack:\n  specs: [zlib]\n',
    'spack/var/spack/environments/sample/spack.lock': lockfile(5, { roots: [], concrete_specs: {} }),
    'spack/var/spack/environments/group/inner/spack.yaml': 'spack: {specs: []}\n',
    'spack/var/spack/environments/.hidden/spack.yaml': 'spack: {}\n',
    'projects/mine/spack.yaml': 'spack:\n',
    'projects/locked/spack.lock': lockfile(5, {
      roots: [{ hash: 'z', spec: 'zlib' }],
      concrete_specs: { z: node('zlib', 'z') },
    }),
  }

  it('lists the named ones', async () => {
    const instance = await instanceWith(files)
    expect(await listEnvironments(instance, await readConfiguration(instance))).toEqual([
      { name: 'group/inner', folder: '/spack/var/spack/environments/group/inner', concretized: false },
      { name: 'sample', folder: '/spack/var/spack/environments/sample', concretized: true },
    ])
  })

  it('looks where config:environments_root says', async () => {
    const instance = await instanceWith({
      ...files,
      'spack/etc/spack/config.yaml': 'config: {environments_root: /projects}\n',
    })
    expect((await listEnvironments(instance, await readConfiguration(instance))).map(({ name }) => name)).toEqual([
      'mine',
    ])
    expect((await readEnvironment(instance, 'mine')).folder).toBe('/projects/mine')
  })

  it('takes a name, a folder or the spack.yaml in it', async () => {
    const instance = await instanceWith(files)
    expect(await readEnvironment(instance, 'sample')).toMatchObject({ name: 'sample', specs: ['zlib'] })
    expect(await readEnvironment(instance, '/projects/mine')).toMatchObject({
      name: 'mine',
      specs: [],
      lock: undefined,
    })
    expect(await readEnvironment(instance, '/projects/mine/spack.yaml')).toMatchObject({ name: 'mine' })
  })

  it('shows a lockfile that stands alone', async () => {
    const environment = await readEnvironment(await instanceWith(files), '/projects/locked')
    expect(environment).toMatchObject({ name: 'locked', specs: ['zlib'] })
    expect(environment.lock?.graph.roots).toEqual(['z'])
  })

  it('names the known ones when there is none of that name', async () => {
    const error = await refusal(readEnvironment(await instanceWith(files), 'nothing'))
    expect(error).toMatchObject({
      code: 'environment-not-found',
      message: expect.stringContaining('nothing'),
      hint: expect.stringContaining('group/inner, sample'),
    })
  })
})

describe('spack.yaml', () => {
  const specsOf = async (yaml: string) => {
    const folder = await folderWith({ 'spack.yaml': yaml })
    return (await readEnvironment(undefined, folder)).specs
  }

  it('keeps matrices and references to definitions as written, and opens groups', async () => {
    const yaml = [
      'spack:',
      '  definitions:',
      '  - compilers: ["%gcc", "%clang"]',
      '  specs:',
      '  - zlib@1.3 +shared',
      '  - $packages',
      '  - matrix: [[hdf5, netcdf], ["%gcc"]]',
      '  - group: tools',
      '    specs: [vim, nano]',
    ].join('\n')
    const matrix = '{ matrix: [ [ hdf5, netcdf ], [ "%gcc" ] ] }'
    expect(await specsOf(yaml)).toEqual(['zlib@1.3 +shared', '$packages', matrix, 'vim', 'nano'])
  })

  it('names line and column when it is not YAML', async () => {
    const folder = await folderWith({ 'spack.yaml': 'spack:\n  specs:\n  - "unclosed\n' })
    expect(await refusal(readEnvironment(undefined, folder))).toMatchObject({
      code: 'config-invalid',
      details: { file: join(folder, 'spack.yaml'), line: 4, column: 1 },
    })
  })

  it('is refused when it has no spack section', async () => {
    await expect(specsOf('specs: [zlib]\n')).rejects.toMatchObject({ code: 'config-invalid' })
  })

  it('has a fingerprint that follows its content', async () => {
    const fingerprint = async (yaml: string) =>
      (await readEnvironment(undefined, await folderWith({ 'spack.yaml': yaml }))).manifestFingerprint
    const [one, same, other] = [
      await fingerprint('spack: {}'),
      await fingerprint('spack: {}'),
      await fingerprint('spack: {view: no}'),
    ]
    expect(one).toBe(same)
    expect(one).not.toBe(other)
  })
})

describe('spack.lock', () => {
  it.each([
    ['v5.lock', 5, 4],
    ['v6.lock', 6, 5],
  ])('%s is read with its own spec version', (name, version, specVersion) => {
    const lock = parseLockfile(fixtureText(name), name)
    expect(lock).toMatchObject({ version, graph: { specVersion } })
    const answers = specVersion === 4 ? 'expected-spack-0.22.json' : 'expected-spack-1.1.json'
    expect(layerOrder(lock.graph, lock.graph.roots)).toEqual(JSON.parse(fixtureText(answers)).rootLayers)
  })

  it.each([
    [7, 5],
    [8, 6],
  ])('of version %i holds specs of version %i, its roots in groups', (version, specVersion) => {
    const text = lockfile(version, {
      roots: [{ hash: 'z', spec: 'zlib', group: 'libraries' }],
      concrete_specs: { z: node('zlib', 'z', { provided_virtuals: ['zlib-api'] }) },
    })
    const lock = parseLockfile(text, 'spack.lock')
    expect(lock).toMatchObject({ roots: [{ group: 'libraries' }], graph: { specVersion, roots: ['z'] } })
  })

  it('of version 1 has its hashes as keys only, and names around its nodes', () => {
    const text = lockfile(1, {
      roots: [{ hash: 'top', spec: 'app' }],
      concrete_specs: {
        top: { app: { version: '2', arch, dependencies: { zlib: { hash: 'low', type: ['build', 'link'] } } } },
        low: { zlib: { version: '1', arch } },
      },
    })
    const { graph } = parseLockfile(text, 'spack.lock')
    expect(layerOrder(graph, graph.roots)).toEqual(['low', 'top'])
    expect(graph.nodes.get('top')).toMatchObject({ name: 'app', version: '2', hash: 'top' })
  })

  it.each([
    [2, (name: string, key: string) => ({ [name]: { hash: key, type: ['link'] } })],
    [3, (name: string, key: string) => [{ name, build_hash: key, type: ['link'] }]],
  ])('of version %i keys its specs by build hash; only DAG hashes come out', (version, dependencies) => {
    const stored = (name: string, hash: string, more = {}) => {
      const { name: _, ...rest } = node(name, hash, more)
      return version === 2 ? { [name]: rest } : { name, ...rest }
    }
    const text = lockfile(version, {
      roots: [{ hash: 'build-app', spec: 'app' }],
      concrete_specs: {
        'build-app': stored('app', 'dag-app', { dependencies: dependencies('zlib', 'build-zlib') }),
        'build-zlib': stored('zlib', 'dag-zlib'),
        'build-zlib-again': stored('zlib', 'dag-zlib'),
      },
    })
    const { graph, roots } = parseLockfile(text, 'spack.lock')
    expect([...graph.nodes.keys()]).toEqual(['dag-app', 'dag-zlib'])
    expect(roots).toEqual([{ hash: 'dag-app', spec: 'app', group: undefined }])
    expect(layerOrder(graph, graph.roots)).toEqual(['dag-zlib', 'dag-app'])
  })

  it('takes in the environments that it includes, each root once', () => {
    const part = (name: string, more = {}) => ({
      roots: [{ hash: name, spec: name }],
      concrete_specs: { [name]: node(name, name) },
      ...more,
    })
    const text = lockfile(5, {
      ...part('own'),
      include_concrete: {
        '/env/one': part('one', { include_concrete: { '/env/deep': part('deep') } }),
        '/env/own': part('own'),
      },
    })
    const { graph, roots } = parseLockfile(text, 'spack.lock')
    expect(roots.map(({ hash }) => hash)).toEqual(['own', 'one', 'deep', 'own'])
    expect(graph.roots).toEqual(['own', 'one', 'deep'])
    expect([...graph.nodes.keys()].sort()).toEqual(['deep', 'one', 'own'])
  })

  it.each([
    ['is cut off', '{"_meta": {', 'lockfile-invalid'],
    ['is something else', '{"a": 1}', 'lockfile-invalid'],
    [
      'has a root without a spec',
      lockfile(5, { roots: [{ hash: 'x', spec: 'x' }], concrete_specs: {} }),
      'lockfile-invalid',
    ],
    ['is newer than known', lockfile(9, { roots: [], concrete_specs: {} }), 'lockfile-too-new'],
    ['holds newer specs', '{"_meta":{"lockfile-version":8,"specfile-version":7},"roots":[]}', 'spec-too-new'],
  ])('that %s is a clear error', (_what, text, code) => {
    expect(() => parseLockfile(text, '/env/spack.lock')).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining('/env/spack.lock') }),
    )
  })

  it('of 3,000 packages opens well under half a second', async () => {
    const specs = Array.from({ length: 3_000 }, (_, i) => {
      const dependencies = [1, 2, 3, 5, 8].flatMap((back) =>
        i >= back
          ? [{ name: `p${i - back}`, hash: `h${i - back}`, parameters: { deptypes: ['link'], virtuals: [] } }]
          : [],
      )
      return [`h${i}`, node(`p${i}`, `h${i}`, { parameters: { shared: true }, dependencies })] as const
    })
    const roots = [{ hash: 'h2999', spec: 'p2999' }]
    const folder = await folderWith({ 'spack.lock': lockfile(6, { roots, concrete_specs: Object.fromEntries(specs) }) })
    const times: number[] = []
    for (let i = 0; i < 3; i += 1) {
      const start = performance.now()
      const { lock } = await readEnvironment(undefined, folder)
      expect(lock && layerOrder(lock.graph, lock.graph.roots)).toHaveLength(3_000)
      times.push(performance.now() - start)
    }
    expect(Math.min(...times)).toBeLessThan(500)
  })
})
