import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseLockfile } from '../../../main/spack/environment/lockfile.ts'
import { specDocument } from '../../../main/spack/spec/document.ts'
import { formatSpec, formatVariants } from '../../../main/spack/spec/format.ts'
import { closure, layerOrder, type SpecGraph, type SpecNode } from '../../../main/spack/spec/graph.ts'
import { readNodes } from '../../../main/spack/spec/read-nodes.ts'
import { targetFamily } from '../../../main/spack/spec/target.ts'
import { fixtureText, graphOf } from './fixtures.ts'

interface Expected {
  readonly format: Record<string, string>
  readonly documents: Record<string, string[]>
  readonly layers: Record<string, string[]>
  readonly rootLayers: string[]
  readonly reversedRootLayers: string[]
}

interface Stored {
  readonly manifest: { readonly layers: { readonly digest: string }[]; readonly annotations?: Record<string, string> }
  readonly config: { readonly spec?: { readonly nodes: { readonly hash: string }[] } }
}

const oci = JSON.parse(readFileSync(new URL('../../fixtures/lab/oci.json', import.meta.url), 'utf8')) as Record<
  string,
  Stored
>
const tools = parseLockfile(fixtureText('tools.lock'), 'spack.lock').graph
const a = 'a'.repeat(32)

function hashOfTag(tag: string): string {
  return /-([a-z0-9]{32})\.spack$/.exec(tag)?.[1] ?? ''
}

const packages = Object.entries(oci).filter(([tag]) => hashOfTag(tag) !== '')

describe('what Spack 0.22.5 pushed from the lab', () => {
  const ownLayer = new Map(packages.map(([tag, { manifest }]) => [manifest.layers.at(-1)?.digest, hashOfTag(tag)]))
  const layersOf = (stored: Stored | undefined) => stored?.manifest.layers.map(({ digest }) => ownLayer.get(digest))

  it.each(packages)('has the layers of %s in our order', (tag, stored) => {
    expect(layerOrder(tools, [hashOfTag(tag)])).toEqual(layersOf(stored))
  })

  it('has the layers of the environment image in our order of the roots', () => {
    expect(layerOrder(tools, tools.roots)).toEqual(layersOf(oci.tools))
  })

  it.each(packages)('has our spec document in the config of %s, byte for byte', (tag, { config }) => {
    expect(JSON.stringify(specDocument(tools, hashOfTag(tag)).spec)).toBe(JSON.stringify(config.spec))
  })

  it.each(packages)('describes %s as we do', (tag, { manifest }) => {
    expect(formatSpec(tools, hashOfTag(tag))).toBe(manifest.annotations?.['org.opencontainers.image.description'])
  })
})

describe.each([
  ['0.22.5', 'index-v7.json', 4, 'expected-spack-0.22.json'],
  ['1.1.0', 'index-v8.json', 5, 'expected-spack-1.1.json'],
])('a graph with every difficulty, as Spack %s itself sees it', (_spack, index, specVersion, answers) => {
  const graph = graphOf(index, specVersion)
  const expected = JSON.parse(fixtureText(answers)) as Expected

  it('formats every spec alike', () => {
    const ours = Object.fromEntries([...graph.nodes.keys()].map((hash) => [hash, formatSpec(graph, hash)]))
    expect(ours).toEqual(expected.format)
  })

  it('lists the nodes of every document alike', () => {
    const hashes = (hash: string) => specDocument(graph, hash).spec.nodes.map((node) => node.hash)
    expect(Object.fromEntries([...graph.nodes.keys()].map((hash) => [hash, hashes(hash)]))).toEqual(expected.documents)
  })

  it('stacks the layers of every package and of several roots alike', () => {
    expect(Object.fromEntries([...graph.nodes.keys()].map((hash) => [hash, layerOrder(graph, [hash])]))).toEqual(
      expected.layers,
    )
    const roots = ['a', 'p', 's'].map((letter) => letter.repeat(32))
    expect(layerOrder(graph, roots)).toEqual(expected.rootLayers)
    expect(layerOrder(graph, roots.toReversed())).toEqual(expected.reversedRootLayers)
  })
})

describe('one model for all spec versions', () => {
  const common = { version: '1', arch: { platform: 'linux', platform_os: 'debian12', target: 'zen2' } }

  it('reads dependencies of v1, v2 and v4 alike', () => {
    const leaf = ['leafhash', { name: 'leaf', ...common, hash: 'leafhash' }] as const
    const edge = { name: 'leaf', hash: 'leafhash', types: ['build', 'link'] }
    const types = ['build', 'link']
    const versions: readonly unknown[] = [
      { top: { ...common, dependencies: { leaf: { hash: 'leafhash', type: types } } } },
      { name: 'top', ...common, dependencies: [{ name: 'leaf', build_hash: 'leafhash', type: types }] },
      { name: 'top', ...common, dependencies: [{ name: 'leaf', hash: 'leafhash', parameters: { deptypes: types } }] },
    ]
    for (const top of versions) {
      const { nodes } = readNodes([leaf, ['tophash', top]], 'file', () => 3)
      expect(nodes.get('tophash')).toMatchObject({ name: 'top', version: '1', target: 'zen2', os: 'debian12' })
      expect(nodes.get('tophash')?.edges).toEqual([{ ...edge, virtuals: [] }])
    }
  })

  it('takes the compiler from the node, else from who provides c, else from the annotation', () => {
    expect(graphOf('index-v7.json', 4).nodes.get(a)?.compiler).toEqual({ name: 'gcc', version: '11.4.0' })
    expect(graphOf('index-v8.json', 5).nodes.get(a)?.compiler).toEqual({ name: 'gcc', version: '11.4.0' })
    const annotated = { name: 'x', ...common, annotations: { original_specfile_version: 4, compiler: 'gcc@=12.2.0' } }
    expect(readNodes([['h', annotated]], 'file', () => 5).nodes.get('h')?.compiler).toEqual({
      name: 'gcc',
      version: '12.2.0',
    })
    expect(readNodes([['h', { name: 'x', ...common }]], 'file', () => 5).nodes.get('h')?.compiler).toBeUndefined()
  })

  it('keeps externals apart and out of the layers', () => {
    const graph = graphOf('index-v8.json', 5)
    expect(graph.nodes.get('l'.repeat(32))?.external).toEqual({ path: '/usr' })
    expect(closure(graph, [a], ['link', 'run'])).toContain('l'.repeat(32))
    expect(layerOrder(graph, [a])).not.toContain('l'.repeat(32))
  })

  it('names the file and the spec when a dependency has no hash', () => {
    const broken = { name: 'x', ...common, dependencies: [{ name: 'y' }] }
    expect(() => readNodes([['h', broken]], '/some/index.json', () => 5)).toThrow('/some/index.json: the spec x/h')
  })

  it('shows variants without flags', () => {
    const node = graphOf('index-v8.json', 5).nodes.get('z'.repeat(32))
    expect(node && formatVariants(node)).toBe('+pic+shared build_system=makefile')
  })

  it.each([
    ['x86_64_v3', 'x86_64'],
    ['skylake_avx512', 'x86_64'],
    ['zen5', 'x86_64'],
    ['neoverse_v2', 'aarch64'],
    ['armv8.6a', 'aarch64'],
    ['m1', 'aarch64'],
    ['power9le', 'ppc64le'],
    ['power9', 'ppc64'],
    ['sparc64', 'sparc64'],
  ])('knows that %s is of the family %s', (target, family) => {
    expect(targetFamily(target)).toBe(family)
  })
})

describe('layerOrder', () => {
  /** Nodes 0…n-1; an edge only goes to a smaller number, so that there are no circles. */
  const graphs = fc
    .array(
      fc.array(fc.record({ to: fc.nat(), type: fc.constantFrom('build', 'link', 'run', 'test') }), { maxLength: 5 }),
      {
        minLength: 1,
        maxLength: 40,
      },
    )
    .map((nodes) =>
      made(
        nodes.map((edges, i) => (i === 0 ? [] : edges.map(({ to, type }) => ({ to: to % i, type: type as 'link' })))),
      ),
    )

  it('puts every dependency before its dependents, each once, and nothing else', () => {
    fc.assert(
      fc.property(graphs, fc.constantFrom(4, 5), fc.infiniteStream(fc.nat()), (stored, specVersion, picks) => {
        const graph = { ...stored, specVersion }
        const names = [...graph.nodes.keys()]
        const roots = names.map(() => names[Number(picks.next().value) % names.length] ?? '').slice(0, 4)
        const order = layerOrder(graph, roots)
        const place = new Map(order.map((hash, i) => [hash, i]))
        expect(place.size).toBe(order.length)
        expect(new Set(order)).toEqual(closure(graph, roots, ['link', 'run']))
        for (const hash of order) {
          for (const edge of graph.nodes.get(hash)?.edges ?? []) {
            if (edge.types.some((type) => type === 'link' || type === 'run')) {
              expect(place.get(edge.hash)).toBeLessThan(place.get(hash) ?? -1)
            }
          }
        }
      }),
    )
  })

  it('orders a chain of 50,000 packages', () => {
    const graph = made(
      Array.from({ length: 50_000 }, (_, i) => (i === 0 ? [] : [{ to: i - 1, type: 'link' as const }])),
    )
    expect(layerOrder(graph, ['n49999'])).toHaveLength(50_000)
    expect(specDocument(graph, 'n49999').spec.nodes).toHaveLength(50_000)
  })
})

function made(edges: readonly (readonly { to: number; type: 'link' }[])[]): SpecGraph {
  const nodes = edges.map((list, i): [string, SpecNode] => {
    const hash = `n${i}`
    const targets = list.map(({ to, type }) => ({ hash: `n${to}`, name: `n${to}`, types: [type], virtuals: [] }))
    const raw = { name: hash, hash }
    return [
      hash,
      {
        ...raw,
        version: '1',
        platform: 'linux',
        os: 'o',
        target: 't',
        parameters: {},
        edges: targets,
        raw,
        specVersion: 4,
      },
    ]
  })
  return { nodes: new Map(nodes), roots: [], specVersion: 4 }
}
