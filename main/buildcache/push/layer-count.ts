import { closure, runTimeTypes, type SpecGraph } from '../../spack/spec/graph.ts'

/** How many layers an image of these roots has above its base. Cheaper than `layerOrder`: nothing is sorted. */
export function countLayers(graph: SpecGraph, roots: readonly string[]): number {
  let count = 0
  for (const hash of closure(graph, roots, runTimeTypes)) if (!graph.nodes.get(hash)?.external) count++
  return count
}
