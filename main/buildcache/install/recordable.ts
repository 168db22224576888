import { specTooNew } from '../../spack/spec/convert.ts'
import { hashedTypes } from '../../spack/spec/document.ts'
import { closure, dependencyTypes, type SpecGraph, type SpecNode } from '../../spack/spec/graph.ts'
import { StrataError } from '../../support/errors.ts'

/** The newest spec version among packages and all that is recorded with them. */
export function newestSpecVersion(graph: SpecGraph, hashes: readonly string[]): number {
  const nodes = [...closure(graph, hashes, dependencyTypes)].flatMap((hash) => graph.nodes.get(hash) ?? [])
  return nodes.reduce((newest, node) => Math.max(newest, node.specVersion), 0)
}

/**
 * Tells of each package why it could not be entered into a database of specs of `specVersion`, where `known` is recorded
 * already: with a package go those that it was built with, and one of a newer Spack, or of which nobody says anything, has
 * no place there. What only the database's write would find out is known so before anything is fetched.
 */
export function unrecordable(
  graph: SpecGraph,
  specVersion: number,
  known: { has(hash: string): boolean },
): (node: SpecNode) => StrataError | undefined {
  const flaws = new Map<string, StrataError>()
  for (const node of graph.nodes.values()) {
    const flaw = known.has(node.hash) ? undefined : flawOf(graph, node, specVersion, known)
    if (flaw) flaws.set(node.hash, flaw)
  }
  return ({ hash, buildSpec }) => {
    if (flaws.size === 0) return undefined
    const recorded = closure(graph, buildSpec ? [hash, buildSpec.hash] : [hash], hashedTypes(specVersion))
    const flawed = [...recorded].find((one) => flaws.has(one))
    return flawed === undefined ? undefined : flaws.get(flawed)
  }
}

function flawOf(
  graph: SpecGraph,
  node: SpecNode,
  specVersion: number,
  known: { has(hash: string): boolean },
): StrataError | undefined {
  if (node.specVersion > specVersion) return specTooNew(node, specVersion)
  const who = `${node.name}/${node.hash.slice(0, 7)}`
  const { buildSpec } = node
  if (buildSpec && !graph.nodes.has(buildSpec.hash)) {
    return undescribed(`${who} was spliced from ${buildSpec.name}/${buildSpec.hash.slice(0, 7)}`)
  }
  const types = hashedTypes(specVersion)
  const lost = node.edges.find(
    (edge) => edge.types.some((type) => types.includes(type)) && !graph.nodes.has(edge.hash) && !known.has(edge.hash),
  )
  return lost && undescribed(`${who} needs ${lost.name}/${lost.hash.slice(0, 7)}`)
}

function undescribed(what: string): StrataError {
  return new StrataError('spec-invalid', `${what}, of which the cache says nothing`, {
    hint: 'Bring the index of the cache up to date where it was made: spack buildcache update-index, or strata push --update-index.',
  })
}
