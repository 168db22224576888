import { StrataError } from '../../support/errors.ts'
import type { JsonObject } from '../json.ts'
import { nodeInVersion } from './convert.ts'
import { type DependencyType, edgesInOrder, type SpecGraph } from './graph.ts'

/** The spec document that Spack stores beside a package: `nodes[0]` is the package, its dependencies follow. */
export interface SpecDocument {
  readonly spec: { readonly _meta: { readonly version: number }; readonly nodes: readonly JsonObject[] }
}

/**
 * The spec document of one node, its nodes as stored and in the order of Spack's `Spec.to_dict`: depth first, each node
 * before its dependencies, and after a spliced node the document of the spec that was built for it. It is of `version`,
 * that of the graph unless another is wanted. Throws `package-not-found` for a hash that the graph does not hold, and
 * `spec-too-new` for a node newer than `version`.
 */
export function specDocument(graph: SpecGraph, hash: string, version: number = graph.specVersion): SpecDocument {
  if (!graph.nodes.has(hash)) throw new StrataError('package-not-found', `no package with the hash ${hash}`)
  const listed = new Map<string, JsonObject>()
  addNodes(graph, hash, listed, version)
  return { spec: { _meta: { version }, nodes: [...listed.values()] } }
}

function addNodes(graph: SpecGraph, root: string, listed: Map<string, JsonObject>, version: number): void {
  const types = hashedTypes(version)
  const visited = new Set<string>()
  const waiting = [root]
  for (let hash = waiting.pop(); hash !== undefined; hash = waiting.pop()) {
    const node = graph.nodes.get(hash)
    if (node === undefined || visited.has(hash)) continue
    visited.add(hash)
    if (!listed.has(hash)) listed.set(hash, nodeInVersion(node, version))
    if (node.buildSpec !== undefined) addNodes(graph, node.buildSpec.hash, listed, version)
    for (const edge of [...edgesInOrder(graph, node, types)].reverse()) waiting.push(edge.hash)
  }
}

/** The edge types that the DAG hash covers, and so the document: test dependencies joined with spec v5 (Spack 1.0). */
export function hashedTypes(specVersion: number): readonly DependencyType[] {
  return specVersion >= 5 ? ['build', 'link', 'run', 'test'] : ['build', 'link', 'run']
}
