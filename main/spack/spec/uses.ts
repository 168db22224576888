import {
  type DependencyType,
  edgesInOrder,
  runTimeTypes,
  type SpecEdge,
  type SpecGraph,
  type SpecNode,
} from './graph.ts'

/** That one package needs another at run time. */
export interface Use {
  readonly by: SpecNode
  /** `link`, `run` or both. */
  readonly types: readonly DependencyType[]
}

/** For each package that is needed at run time by one of these, those that need it, in the order given. */
export function usesAmong(graph: SpecGraph, hashes: Iterable<string>): ReadonlyMap<string, readonly Use[]> {
  const found = new Map<string, Use[]>()
  for (const hash of hashes) {
    const by = graph.nodes.get(hash)
    for (const edge of by?.edges ?? []) {
      const types = runTime(edge)
      if (by === undefined || types.length === 0) continue
      const uses = found.get(edge.hash)
      if (uses) uses.push({ by, types })
      else found.set(edge.hash, [{ by, types }])
    }
  }
  return found
}

/**
 * For each dependency of the roots the use that brings it: that of the package nearest to a root, of several the one
 * that Spack walks first. A root has none: it was asked for.
 */
export function broughtBy(graph: SpecGraph, roots: readonly string[]): ReadonlyMap<string, Use> {
  const found = new Map<string, Use>()
  const queue = [...new Set(roots)]
  const seen = new Set(queue)
  // The queue grows while it is walked: breadth first.
  for (const hash of queue) {
    const by = graph.nodes.get(hash)
    if (by === undefined) continue
    for (const edge of edgesInOrder(graph, by, runTimeTypes)) {
      if (seen.has(edge.hash)) continue
      seen.add(edge.hash)
      found.set(edge.hash, { by, types: runTime(edge) })
      queue.push(edge.hash)
    }
  }
  return found
}

/**
 * Packages that need one another in a circle at run time, each needed by the one before it and the first by the last;
 * undefined when there are none, as in every graph that Spack wrote.
 */
export function findCircle(graph: SpecGraph, roots: readonly string[]): readonly SpecNode[] | undefined {
  const done = new Set<string>()
  const path: { readonly node: SpecNode; readonly edges: readonly SpecEdge[]; next: number }[] = []
  const onPath = new Map<string, number>()
  const enter = (hash: string): readonly SpecNode[] | undefined => {
    const start = onPath.get(hash)
    if (start !== undefined) return path.slice(start).map((step) => step.node)
    const node = graph.nodes.get(hash)
    if (node === undefined || done.has(hash)) return undefined
    onPath.set(hash, path.length)
    path.push({ node, edges: edgesInOrder(graph, node, runTimeTypes), next: 0 })
    return undefined
  }
  for (const root of roots) {
    enter(root)
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const edge = top.edges[top.next]
      top.next += 1
      if (edge === undefined) {
        path.pop()
        onPath.delete(top.node.hash)
        done.add(top.node.hash)
        continue
      }
      const circle = enter(edge.hash)
      if (circle) return circle
    }
  }
  return undefined
}

function runTime(edge: SpecEdge): readonly DependencyType[] {
  return edge.types.filter((type) => runTimeTypes.includes(type))
}
