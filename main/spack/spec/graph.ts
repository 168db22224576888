import type { Json, JsonObject } from '../json.ts'

export const dependencyTypes = ['build', 'link', 'run', 'test'] as const
export type DependencyType = (typeof dependencyTypes)[number]

/** A dependency: from the node that holds it to `hash`. */
export interface SpecEdge {
  readonly hash: string
  readonly name: string
  readonly types: readonly DependencyType[]
  /** Virtual packages that the dependency provides to the dependent on this edge (`c`, `mpi`, …). */
  readonly virtuals: readonly string[]
}

export interface Compiler {
  readonly name: string
  readonly version: string
}

/** One concrete spec, whatever version of Spack wrote it. `hash` is the DAG hash as stored; we never compute one. */
export interface SpecNode {
  readonly hash: string
  readonly name: string
  readonly version: string
  readonly namespace?: string
  readonly platform: string
  readonly os: string
  readonly target: string
  readonly compiler?: Compiler
  /** Set when Spack did not build it: it has no prefix of its own to package. */
  readonly external?: { readonly path?: string; readonly modules?: readonly string[] }
  readonly edges: readonly SpecEdge[]
  /** Spliced specs only: the spec that was really built. */
  readonly buildSpec?: { readonly name: string; readonly hash: string }
  /** Variants and compiler flags, as stored. */
  readonly parameters: Readonly<Record<string, Json>>
  /** The node exactly as stored, for writing back. */
  readonly raw: JsonObject
  /** The version of the spec format in which it is stored; the files that make up one graph may differ in it. */
  readonly specVersion: number
}

export interface SpecGraph {
  readonly nodes: ReadonlyMap<string, SpecNode>
  /** DAG hashes of the specs that were asked for, in the file's order; empty for a database. */
  readonly roots: readonly string[]
  /** The version of the stored nodes, 2 to 6: of the newest, where they differ. */
  readonly specVersion: number
}

/** The edge types that matter at run time: what an image of a package has to hold. */
export const runTimeTypes: readonly DependencyType[] = ['link', 'run']

/**
 * Every node that can be reached from `hashes` over edges of the given types, those nodes themselves included.
 * Hashes that the graph does not hold are left out.
 */
export function closure(
  graph: SpecGraph,
  hashes: Iterable<string>,
  types: readonly DependencyType[],
): ReadonlySet<string> {
  const found = new Set<string>()
  const waiting = [...hashes]
  for (let hash = waiting.pop(); hash !== undefined; hash = waiting.pop()) {
    const node = graph.nodes.get(hash)
    if (node === undefined || found.has(hash)) continue
    found.add(hash)
    for (const edge of node.edges) if (hasType(edge, types)) waiting.push(edge.hash)
  }
  return found
}

/**
 * Every node from which one of `hashes` can be reached over edges of the given types, those themselves left out unless
 * they need one another: what would miss them.
 */
export function dependents(
  graph: SpecGraph,
  hashes: Iterable<string>,
  types: readonly DependencyType[],
): ReadonlySet<string> {
  const users = new Map<string, string[]>()
  for (const { hash, edges } of graph.nodes.values()) {
    for (const edge of edges) if (hasType(edge, types)) users.set(edge.hash, [...(users.get(edge.hash) ?? []), hash])
  }
  const found = new Set<string>()
  const waiting = [...hashes]
  for (let hash = waiting.pop(); hash !== undefined; hash = waiting.pop()) {
    for (const user of users.get(hash) ?? []) {
      if (found.has(user)) continue
      found.add(user)
      waiting.push(user)
    }
  }
  return found
}

/** The node's edges of the given types in the order in which Spack walks them (its `sort_edges`). */
export function edgesInOrder(graph: SpecGraph, node: SpecNode, types: readonly DependencyType[]): readonly SpecEdge[] {
  const edges = node.edges.filter((edge) => hasType(edge, types))
  return edges.length < 2 ? edges : edges.sort((a, b) => compareEdges(graph, a, b))
}

/**
 * The layers of an image of `roots`: their run-time closure, dependencies first and roots last, externals left out.
 *
 * It is the reverse of Spack's `traverse_nodes(roots, order="topo", deptype=("link", "run"))`, so that the same roots in
 * the same order give the same layers in the same order. That order is depth first up to spec v4 (Spack 0.2x) and as
 * breadth first as it can be since v5 (Spack 1.x).
 */
export function layerOrder(graph: SpecGraph, roots: readonly string[]): readonly string[] {
  const order = graph.specVersion < 5 ? depthFirst(graph, roots) : breadthFirst(graph, roots)
  return order.filter((hash) => graph.nodes.get(hash)?.external === undefined)
}

/** Post-order. An explicit stack: a chain of a few thousand dependencies must not overflow ours. */
function depthFirst(graph: SpecGraph, roots: readonly string[]): readonly string[] {
  const order: string[] = []
  const seen = new Set<string>()
  const path: { readonly node: SpecNode; readonly edges: readonly SpecEdge[]; next: number }[] = []
  const enter = (hash: string) => {
    const node = graph.nodes.get(hash)
    if (node === undefined || seen.has(hash)) return
    seen.add(hash)
    path.push({ node, edges: edgesInOrder(graph, node, runTimeTypes), next: 0 })
  }
  for (const root of roots) {
    enter(root)
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const edge = top.edges[top.next]
      top.next += 1
      if (edge !== undefined) {
        enter(edge.hash)
      } else {
        path.pop()
        order.push(top.node.hash)
      }
    }
  }
  return order
}

/** Kahn's algorithm from the roots down, reversed: a node comes up when the last of its dependents has. */
function breadthFirst(graph: SpecGraph, roots: readonly string[]): readonly string[] {
  const children = new Map<string, readonly string[]>()
  for (const hash of closure(graph, roots, runTimeTypes)) {
    const node = graph.nodes.get(hash)
    const edges = node === undefined ? [] : edgesInOrder(graph, node, runTimeTypes)
    children.set(
      hash,
      edges.map((edge) => edge.hash).filter((child) => graph.nodes.has(child)),
    )
  }
  const top = roots.filter((root) => children.has(root))
  const dependents = new Map<string, number>()
  for (const child of [top, ...children.values()].flat()) dependents.set(child, (dependents.get(child) ?? 0) + 1)
  const order: string[] = []
  const release = (hashes: readonly string[]) => {
    for (const hash of hashes) {
      const left = (dependents.get(hash) ?? 0) - 1
      dependents.set(hash, left)
      if (left === 0) order.push(hash)
    }
  }
  release(top)
  // `order` grows while it is walked: it is its own queue.
  for (const hash of order) release(children.get(hash) ?? [])
  return order.reverse()
}

function hasType(edge: SpecEdge, types: readonly DependencyType[]): boolean {
  return edge.types.some((type) => types.includes(type))
}

/** By name; two dependencies of one name by their types, and since spec v5 by their virtuals; else as stored. */
function compareEdges(graph: SpecGraph, a: SpecEdge, b: SpecEdge): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1
  const byType = typeBits(a) - typeBits(b)
  if (byType !== 0 || graph.specVersion < 5) return byType
  return compareLists(a.virtuals, b.virtuals)
}

/** Spack's `DepFlag`: build 1, link 2, run 4, test 8. */
function typeBits(edge: SpecEdge): number {
  return edge.types.reduce((bits, type) => bits | (1 << dependencyTypes.indexOf(type)), 0)
}

function compareLists(a: readonly string[], b: readonly string[]): number {
  for (const [i, left] of a.entries()) {
    const right = b[i]
    if (right === undefined) return 1
    if (left !== right) return left < right ? -1 : 1
  }
  return a.length - b.length
}
