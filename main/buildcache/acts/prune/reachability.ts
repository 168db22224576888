import type { DependencyType, SpecGraph } from '../../../spack/spec/graph.ts'

/**
 * Everything that the roots need over edges of these types, the roots themselves included, and for each the one that was
 * found to need it first (`undefined` for a root). What a spliced package was made from is needed as well. A hash that the
 * graph does not describe is reached all the same: it may have a tag.
 */
export function reach(
  graph: Pick<SpecGraph, 'nodes'>,
  roots: Iterable<string>,
  types: readonly DependencyType[],
): ReadonlyMap<string, string | undefined> {
  const found = new Map<string, string | undefined>()
  for (const root of roots) found.set(root, undefined)
  // `found` grows while it is walked: it is its own queue.
  for (const hash of found.keys()) {
    const node = graph.nodes.get(hash)
    const edges = node?.edges.filter((edge) => edge.types.some((type) => types.includes(type))) ?? []
    const needed = [...edges.map((edge) => edge.hash), ...(node?.buildSpec ? [node.buildSpec.hash] : [])]
    for (const one of needed) if (!found.has(one)) found.set(one, hash)
  }
  return found
}
