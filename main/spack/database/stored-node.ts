import { StrataError } from '../../support/errors.ts'
import type { JsonObject } from '../json.ts'
import { hashedTypes } from '../spec/document.ts'
import type { SpecEdge, SpecNode } from '../spec/graph.ts'

/**
 * A node as a database of specs of `specVersion` stores it (Spack's `_add` and `to_node_dict`), whatever version its
 * cache had. A newer Spack that takes a spec of v4 into its database drops `compiler` and remembers it in `annotations`.
 * Throws `spec-too-new` for a node that the Spack of that database could not read.
 */
export function storedNode(node: SpecNode, graphVersion: number, specVersion: number): JsonObject {
  // A cache that several Spacks have pushed to mixes versions: a node that names its compiler is of v4 at most.
  const nodeVersion = node.raw.compiler === undefined ? graphVersion : Math.min(graphVersion, 4)
  if (nodeVersion > specVersion) {
    throw new StrataError(
      'spec-too-new',
      `${node.name}/${node.hash.slice(0, 7)} is a spec of version ${nodeVersion}; the store's database holds version ${specVersion}`,
      {
        hint: 'It was built by a newer Spack than the one of this store: install it into a store of that Spack.',
        details: { version: nodeVersion, supported: specVersion },
      },
    )
  }
  const { dependencies: _, build_spec, annotations, hash: __, ...rest } = node.raw
  const { compiler: ___, ...modern } = rest
  const edges = trackedEdges(node, specVersion)
  const notes = specVersion >= 5 && nodeVersion < 5 ? annotationsOf(node, nodeVersion) : annotations
  // In the order in which Spack writes the keys.
  return {
    ...(specVersion >= 5 ? modern : rest),
    ...(edges.length > 0 && { dependencies: edges.map(storedEdge) }),
    ...(build_spec !== undefined && { build_spec }),
    ...(notes !== undefined && { annotations: notes }),
    hash: node.hash,
  }
}

/** The edges that a database keeps and counts: those that the DAG hash covers. */
export function trackedEdges(node: SpecNode, specVersion: number): readonly SpecEdge[] {
  const tracked = hashedTypes(specVersion)
  return node.edges.filter((edge) => edge.types.some((type) => tracked.includes(type)))
}

function storedEdge({ name, hash, types, virtuals }: SpecEdge): JsonObject {
  return { name, hash, parameters: { deptypes: types, virtuals } }
}

function annotationsOf(node: SpecNode, nodeVersion: number): JsonObject {
  const { compiler } = node
  const text = compiler && `${compiler.name}@=${compiler.version}`
  return { original_specfile_version: nodeVersion, ...(text !== undefined && { compiler: text }) }
}
