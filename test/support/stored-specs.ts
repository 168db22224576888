import type { Json, JsonObject } from '../../main/spack/json.ts'
import type { SpecGraph } from '../../main/spack/spec/graph.ts'
import { readNodes } from '../../main/spack/spec/read-nodes.ts'

/** A spec as Spack stores one, made up; what is not said is as in every other one. */
export interface SpecSketch {
  /** The key up to its first dash when absent. */
  readonly name?: string
  readonly version?: string
  readonly os?: string
  readonly platform?: string
  readonly target?: string
  /** Until spec v5: `gcc@12.2.0`. */
  readonly compiler?: string
  readonly namespace?: string
  /** Variants and flag lists. */
  readonly parameters?: JsonObject
  readonly external?: string
  /** `key`, `key:build` or `key:build:c,cxx`: another sketch, the edge's types (build and link) and its virtuals. */
  readonly needs?: readonly string[]
  /** Anything else that a node holds. */
  readonly more?: JsonObject
}

/** A key as a DAG hash: 32 letters of base32. */
export function hashOf(key: string): string {
  const letters = key.toLowerCase().replace(/[^a-z2-7]/g, '')
  // Spelled backwards, so that even the first letters tell two keys apart.
  return [...letters].reverse().join('').padEnd(32, 'a').slice(0, 32)
}

/** The stored nodes of sketches, by DAG hash, in the spec version. */
export function storedNodes(
  sketches: Readonly<Record<string, SpecSketch>>,
  specVersion: number,
): ReadonlyMap<string, JsonObject> {
  const nameOf = (key: string): string => sketches[key]?.name ?? key.split('-')[0] ?? key
  const nodes = Object.entries(sketches).map(([key, one]): [string, JsonObject] => {
    const { version = '1.0', os = 'debian12', platform = 'linux', target = 'x86_64_v3', needs = [] } = one
    const [compiler, compilerVersion] = (one.compiler ?? 'gcc@12.2.0').split('@')
    const dependencies = needs.map((need): Json => {
      const [to = '', types = 'build,link', virtuals = ''] = need.split(':')
      const parameters = { deptypes: types.split(','), virtuals: virtuals.split(',').filter((word) => word !== '') }
      return { name: nameOf(to), hash: hashOf(to), parameters }
    })
    const node: JsonObject = {
      name: nameOf(key),
      version,
      arch: { platform, platform_os: os, target },
      ...(specVersion < 5 && { compiler: { name: compiler, version: compilerVersion } }),
      namespace: one.namespace ?? 'builtin',
      parameters: { build_system: 'autotools', shared: true, ...one.parameters },
      ...(one.external !== undefined && { external: { path: one.external, module: null, extra_attributes: {} } }),
      ...one.more,
      dependencies,
      ...(specVersion >= 5 && { annotations: { original_specfile_version: specVersion } }),
      hash: hashOf(key),
    }
    return [hashOf(key), node]
  })
  return new Map(nodes)
}

/** Sketches as a graph. */
export function sketchedGraph(sketches: Readonly<Record<string, SpecSketch>>, specVersion = 4): SpecGraph {
  const { nodes } = readNodes(storedNodes(sketches, specVersion), 'sketches', () => specVersion)
  return { nodes, roots: [], specVersion }
}
