import type { CatalogPackage } from '../api/catalog.ts'
import { matchesConstraint } from '../spack/spec/constraint.ts'
import { parseVariants } from '../spack/spec/format.ts'
import type { Compiler, SpecGraph, SpecNode } from '../spack/spec/graph.ts'
import { StrataError } from '../support/errors.ts'

/**
 * The packages of a cache that fit at least one of some specs, as Spack writes them: `name`, `@version`, `%compiler`,
 * `target=`, `os=`, `+variant`, `~variant`, `name=value`, `^dependency`, `/hash`, and these together.
 * Throws `usage` for what only Spack can tell.
 */
export function matchPackages(
  packages: readonly CatalogPackage[],
  specs: readonly string[],
): readonly CatalogPackage[] {
  const nodes = new Map(packages.map((one) => [one.hash, asNode(one)]))
  const graph: SpecGraph = {
    nodes,
    roots: [],
    specVersion: Math.max(2, ...packages.map((one) => one.specVersion ?? 4)),
  }
  for (const spec of specs) if (spec.trim() === '') throw unclear(spec)
  return packages.filter(({ hash }) => {
    const node = nodes.get(hash)
    return node !== undefined && specs.some((spec) => fitsOrThrow(spec, graph, node))
  })
}

function fitsOrThrow(spec: string, graph: SpecGraph, node: SpecNode): boolean {
  const answer = fitsSpec(spec, graph, node)
  if (answer === undefined) throw unclear(spec)
  return answer
}

/**
 * Whether a package is meant by a spec as `matchPackages` takes them; undefined for what only Spack can tell. A hash, or
 * its beginning, may stand by itself or at the end of a name: `/abc`, `hdf5@1.14/abc`.
 */
export function fitsSpec(spec: string, graph: SpecGraph, node: SpecNode): boolean | undefined {
  const hashes = [...spec.matchAll(/\/([a-z0-9]+)(?=\s|$)/g)].map((found) => found[1] ?? '')
  const rest = spec.replace(/\/[a-z0-9]+(?=\s|$)/g, '').trim()
  if (!hashes.every((hash) => node.hash.startsWith(hash))) return false
  if (rest !== '') return matchesConstraint(rest, graph, node)
  return hashes.length > 0 ? true : undefined
}

function unclear(spec: string): StrataError {
  return new StrataError('usage', `"${spec}" cannot be looked up in a cache`, {
    hint: 'What can: name, @version, %compiler@version, target=, os=, +variant, ~variant, name=value, ^dependency, /hash.',
  })
}

function asNode(one: CatalogPackage): SpecNode {
  const { hash, name, version, namespace, platform, os, target, dependencies } = one
  return {
    ...{ hash, name, version, namespace, platform, os, target, raw: {}, specVersion: one.specVersion ?? 4 },
    compiler: one.compiler === undefined ? undefined : compilerOf(one.compiler),
    edges: dependencies.map((edge) => ({ ...edge, name: '' })),
    parameters: parseVariants(one.variants),
  }
}

function compilerOf(text: string): Compiler {
  const at = text.indexOf('@')
  return at < 0 ? { name: text, version: '' } : { name: text.slice(0, at), version: text.slice(at + 1) }
}
