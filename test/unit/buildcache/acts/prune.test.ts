import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CachedPackage, decidePrune, type PruneRules } from '../../../../main/buildcache/acts/prune/decide.ts'
import { reach } from '../../../../main/buildcache/acts/prune/reachability.ts'
import { digestOf } from '../../../../main/registry/digest.ts'
import type { DependencyType, SpecEdge, SpecNode } from '../../../../main/spack/spec/graph.ts'

function node(hash: string, edges: readonly SpecEdge[] = [], more: Partial<SpecNode> = {}): SpecNode {
  return {
    ...{ hash, name: hash, version: '1', platform: '', os: '', target: '', parameters: {}, raw: {}, specVersion: 4 },
    edges,
    ...more,
  }
}
function edge(hash: string, ...types: DependencyType[]): SpecEdge {
  return { hash, name: hash, types, virtuals: [] }
}
function graphOf(...nodes: SpecNode[]): { readonly nodes: ReadonlyMap<string, SpecNode> } {
  return { nodes: new Map(nodes.map((one) => [one.hash, one])) }
}
function cached(hash: string, more: Partial<CachedPackage> = {}): CachedPackage {
  return {
    ...{ tag: `${hash}.spack`, digest: digestOf(Buffer.from(hash)), hash, name: hash, version: '1' },
    madeAt: undefined,
    ...more,
  }
}
const nothing: PruneRules = { named: new Map(), newest: undefined, days: undefined, buildDependencies: false, now: 0 }
const dropped = (...[graph, packages, rules]: Parameters<typeof decidePrune>): string[] =>
  decidePrune(graph, packages, rules).dropped.map((one) => one.hash)

/** A random graph, cycles included (a hostile config may hold one), of which some packages are in the cache. */
const arbitraryCache = fc.integer({ min: 1, max: 14 }).chain((size) => {
  const index = fc.integer({ min: 0, max: size - 1 })
  const types = fc.uniqueArray(fc.constantFrom<DependencyType>('build', 'link', 'run', 'test'), { minLength: 1 })
  return fc.record({
    size: fc.constant(size),
    edges: fc.array(fc.record({ from: index, to: index, types }), { maxLength: 40 }),
    splices: fc.array(fc.record({ from: index, to: index }), { maxLength: 3 }),
    described: fc.array(fc.boolean(), { minLength: size, maxLength: size }),
    inCache: fc.array(fc.boolean(), { minLength: size, maxLength: size }),
    named: fc.uniqueArray(index, { maxLength: 4 }),
    newest: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    days: fc.option(fc.integer({ min: 0, max: 10 }), { nil: undefined }),
    madeAt: fc.array(fc.option(fc.integer({ min: 0, max: 10 }), { nil: undefined }), {
      minLength: size,
      maxLength: size,
    }),
    names: fc.array(fc.constantFrom('a', 'b'), { minLength: size, maxLength: size }),
    buildDependencies: fc.boolean(),
  })
})

describe('prune', () => {
  it('never drops what something kept needs, and keeps nothing else', () => {
    fc.assert(
      fc.property(arbitraryCache, (cache) => {
        const { size, named, buildDependencies } = cache
        const wanted: DependencyType[] = buildDependencies ? ['link', 'run', 'build'] : ['link', 'run']
        const nodes = Array.from({ length: size }, (_, at) => {
          const edges = cache.edges.filter((one) => one.from === at).map((one) => edge(String(one.to), ...one.types))
          const splice = cache.splices.find((one) => one.from === at)
          return node(String(at), edges, splice && { buildSpec: { name: 'x', hash: String(splice.to) } })
        })
        const packages = nodes
          .filter((_, at) => cache.inCache[at])
          .map((one) =>
            cached(one.hash, {
              name: cache.names[Number(one.hash)],
              version: one.hash,
              madeAt: cache.madeAt[Number(one.hash)],
            }),
          )
        const graph = graphOf(...nodes.filter((_, at) => cache.described[at]))
        const rules = {
          named: new Map(named.map((at) => [String(at), 'named'])),
          newest: cache.newest,
          days: cache.days,
          buildDependencies,
          now: 10,
        }
        const decision = decidePrune(graph, packages, rules)
        const gone = new Set(decision.dropped.map((one) => one.hash))
        // Whatever stays has all it needs, said edge by edge and not by another walk.
        for (const one of graph.nodes.values()) {
          const stays =
            rules.named.has(one.hash) || packages.some((each) => each.hash === one.hash && !gone.has(one.hash))
          if (!stays) continue
          for (const { hash, types } of one.edges) {
            if (types.some((type) => wanted.includes(type))) expect(gone.has(hash)).toBe(false)
          }
          if (one.buildSpec) expect(gone.has(one.buildSpec.hash)).toBe(false)
        }
        for (const at of named) expect(gone.has(String(at))).toBe(false)
        expect(decision.kept.size + gone.size).toBe(packages.length)
        // And no more than that: without a rule about names and ages, what stays was reached from what was named.
        if (cache.newest === undefined && cache.days === undefined) {
          const reached = reach(graph, rules.named.keys(), wanted)
          for (const one of packages) expect(gone.has(one.hash)).toBe(!reached.has(one.hash))
        }
      }),
      { numRuns: 500 },
    )
  })

  const chain = graphOf(
    node('app', [edge('lib', 'link'), edge('tool', 'build')]),
    node('lib', [edge('absent', 'run')]),
    node('absent', [edge('base', 'link')]),
    node('base'),
    node('tool'),
  )
  const all = ['app', 'lib', 'base', 'tool', 'stray'].map((hash) => cached(hash))

  it('follows edges through what the cache does not have', () => {
    const rules = { ...nothing, named: new Map([['app', 'named']]) }
    expect(dropped(chain, all, rules)).toEqual(['tool', 'stray'])
    expect(dropped(chain, all, { ...rules, buildDependencies: true })).toEqual(['stray'])
    expect([...decidePrune(chain, all, rules).kept.values()]).toEqual(['named', 'needed by app@1', 'needed by absent'])
  })

  it('keeps all packages of the newest versions of each name', () => {
    const packages = [
      cached('old', { name: 'zlib', version: '1.9' }),
      cached('new', { name: 'zlib', version: '1.10' }),
      cached('twin', { name: 'zlib', version: '1.10' }),
      cached('only', { name: 'hdf5', version: '1.0' }),
    ]
    expect(dropped(graphOf(), packages, { ...nothing, newest: 1 })).toEqual(['old'])
    expect(dropped(graphOf(), packages, { ...nothing, newest: 2 })).toEqual([])
  })

  it('keeps what is young, and what may be', () => {
    const day = 24 * 3600 * 1000
    const packages = [
      cached('young', { madeAt: 9 * day }),
      cached('old', { madeAt: 7 * day }),
      cached('ahead', { madeAt: 11 * day }),
      cached('ageless'),
    ]
    const decision = decidePrune(graphOf(), packages, { ...nothing, days: 2, now: 10 * day })
    expect(decision.dropped.map((one) => one.hash)).toEqual(['old'])
    expect(decision.ageless).toBe(1)
  })
})
