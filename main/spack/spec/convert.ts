import { StrataError } from '../../support/errors.ts'
import type { JsonObject } from '../json.ts'
import type { SpecEdge, SpecNode } from './graph.ts'

/**
 * A node as files of specs of `version` hold it, whatever version it has itself: as Spack writes anew what it has read from
 * an older file. Throws `spec-too-new` for a node that a Spack of that version could not read.
 */
export function nodeInVersion(node: SpecNode, version: number): JsonObject {
  if (node.specVersion > version) throw specTooNew(node, version)
  if (version >= 5 && node.specVersion < 5) return withoutCompiler(withEdges(node), node.specVersion)
  if (version >= 6 || node.raw.provided_virtuals === undefined) return node.raw
  const { provided_virtuals: _, ...raw } = node.raw
  return raw
}

/** Why a node cannot go where specs are of `version`. */
export function specTooNew(node: SpecNode, version: number): StrataError {
  return new StrataError(
    'spec-too-new',
    `${node.name}/${node.hash.slice(0, 7)} is a spec of version ${node.specVersion}; the store's database holds version ${version}`,
    {
      hint: 'It was built by a newer Spack than the one of this store: install it into a store of that Spack.',
      details: { version: node.specVersion, supported: version },
    },
  )
}

/**
 * A stored node of spec version 4 or before as Spack 1.x writes it (`Spec.to_node_dict`): the compiler is no longer an
 * attribute but an annotation.
 */
export function withoutCompiler(raw: JsonObject, version: number): JsonObject {
  const { compiler, hash, ...rest } = raw
  const { name, version: number } = (compiler ?? {}) as { readonly name?: string; readonly version?: string }
  const annotations = {
    original_specfile_version: version,
    ...(name !== undefined && { compiler: `${name}@=${number}` }),
  }
  // In the order in which Spack writes the keys.
  return { ...rest, annotations, ...(hash !== undefined && { hash }) }
}

/** An edge as files of spec version 4 and later hold it. */
export function storedEdge({ name, hash, types, virtuals }: SpecEdge): JsonObject {
  return { name, hash, parameters: { deptypes: types, virtuals } }
}

function withEdges({ raw, edges }: SpecNode): JsonObject {
  return edges.length === 0 ? raw : { ...raw, dependencies: edges.map(storedEdge) }
}
