import type { DependencyType, SpecGraph, SpecNode } from '../../main/spack/spec/graph.ts'

/** A package of a made-up graph; its DAG hash is its key: `vim`, or `zlib-old` for a second version of zlib. */
export interface MadePackage {
  /** The key up to its first dash when absent. */
  readonly name?: string
  readonly version?: string
  readonly target?: string
  readonly os?: string
  readonly external?: boolean
  /** Keys of dependencies: needed by link and run, or `key:run`, `key:build,link`. */
  readonly needs?: readonly string[]
}

/** A small spec graph to compose from; keys stand for DAG hashes. */
export function madeGraph(packages: Readonly<Record<string, MadePackage>>, specVersion = 4): SpecGraph {
  const name = (key: string): string => packages[key]?.name ?? key.split('-')[0] ?? key
  const nodes = Object.entries(packages).map(([hash, made]): [string, SpecNode] => {
    const edges = (made.needs ?? []).map((need) => {
      const [key = '', types] = need.split(':')
      return {
        hash: key,
        name: name(key),
        types: (types?.split(',') ?? ['link', 'run']) as DependencyType[],
        virtuals: [],
      }
    })
    const { version = '1.0', target = 'x86_64', os = 'debian12' } = made
    const node: SpecNode = {
      hash,
      name: name(hash),
      version,
      platform: 'linux',
      os,
      target,
      edges,
      parameters: {},
      raw: {},
      specVersion,
    }
    return [hash, made.external ? { ...node, external: { path: '/usr' } } : node]
  })
  return { nodes: new Map(nodes), roots: [], specVersion }
}
