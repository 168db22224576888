import type { JsonObject } from '../json.ts'
import { nodeInVersion, storedEdge } from '../spec/convert.ts'
import { hashedTypes } from '../spec/document.ts'
import type { SpecEdge, SpecNode } from '../spec/graph.ts'

/**
 * A node as a database of specs of `specVersion` stores it (Spack's `_add` and `to_node_dict`), whatever version its
 * cache had. Throws `spec-too-new` for a node that the Spack of that database could not read.
 */
export function storedNode(node: SpecNode, specVersion: number): JsonObject {
  const raw = nodeInVersion(node, specVersion)
  const { dependencies: _, build_spec, annotations, hash: __, ...rest } = raw
  const edges = trackedEdges(node, specVersion)
  // In the order in which Spack writes the keys.
  return {
    ...rest,
    ...(edges.length > 0 && { dependencies: edges.map(storedEdge) }),
    ...(build_spec !== undefined && { build_spec }),
    ...(annotations !== undefined && { annotations }),
    hash: node.hash,
  }
}

/** The edges that a database keeps and counts: those that the DAG hash covers. */
export function trackedEdges(node: SpecNode, specVersion: number): readonly SpecEdge[] {
  const tracked = hashedTypes(specVersion)
  return node.edges.filter((edge) => edge.types.some((type) => tracked.includes(type)))
}
