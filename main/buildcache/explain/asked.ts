import { constraintParts, matchesConstraint } from '../../spack/spec/constraint.ts'
import type { SpecGraph, SpecNode } from '../../spack/spec/graph.ts'
import { StrataError } from '../../support/errors.ts'
import { concretizeCommand } from '../push/command.ts'
import type { Source } from '../source.ts'

/** What is to be explained: a concrete package, or a spec of which nothing was concretized yet. */
export type Asked =
  | { readonly kind: 'concrete'; readonly node: SpecNode }
  | { readonly kind: 'abstract'; readonly spec: string; readonly name: string; readonly parts: readonly string[] }

/**
 * The packages that specs name among those of an environment, or among all that is installed: its roots where some fit, else
 * whatever fits. A spec that fits none stays abstract. Without specs all roots, or with `all` every package.
 * Throws `lockfile-missing` for an environment that is not concretized, and `usage` for what is no spec with a name.
 */
export function askedOf(source: Source, specs: readonly string[], all: boolean): readonly Asked[] {
  const { graph } = source
  const roots = rootsOf(source).flatMap((hash) => graph.nodes.get(hash) ?? [])
  if (specs.length === 0) {
    if (source.environment && !source.environment.lock) throw notConcretized(source.environment)
    const nodes = all ? [...graph.nodes.values()] : roots
    if (nodes.length > 0) return nodes.map((node) => ({ kind: 'concrete', node }))
    throw new StrataError('usage', 'nothing was named to be explained', {
      hint: 'Name an environment (--env), or specs: strata explain vim@9 --from REPOSITORY.',
    })
  }
  const asked = new Map<string, Asked>()
  for (const spec of specs) {
    const parts = partsOf(spec)
    const fits = (node: SpecNode): boolean => unmetParts(parts, graph, node).length === 0
    const fitting = roots.filter(fits)
    if (fitting.length === 0) fitting.push(...[...graph.nodes.values()].filter(fits))
    for (const node of fitting) asked.set(node.hash, { kind: 'concrete', node })
    if (fitting.length === 0) asked.set(spec, { kind: 'abstract', spec, name: nameIn(parts, spec), parts })
  }
  return [...asked.values()]
}

/** The environment's roots; without one what was installed on request. */
function rootsOf({ environment, database, roots }: Source): readonly string[] {
  if (environment) return [...new Set(roots)]
  return [...(database?.records.values() ?? [])].filter((one) => one.installed && one.explicit).map((one) => one.hash)
}

/** The parts of a spec, with what Spack prints in one word taken apart: `arch=linux-debian12-zen4`, `%c,cxx=gcc@13`. */
function partsOf(spec: string): readonly string[] {
  const hashes = spec.match(/\/[a-z0-9]+(?=\s|$)/g) ?? []
  const plain = spec
    .replace(/\/[a-z0-9]+(?=\s|$)/g, ' ')
    .replace(/(?<=^|\s)arch=([\w.]+)-([\w.]+)-([\w.]+)(?=\s|$)/g, 'platform=$1 os=$2 target=$3')
    .replace(/%(?:c|cxx)(?:,\w+)*=/g, '%')
  return [...constraintParts(plain), ...hashes]
}

/** The parts of a spec that a concrete one does not satisfy. What only Spack can tell counts as satisfied. */
export function unmetParts(parts: readonly string[], graph: SpecGraph, node: SpecNode): readonly string[] {
  return parts.filter((part) =>
    part.startsWith('/') ? !node.hash.startsWith(part.slice(1)) : matchesConstraint(part, graph, node) === false,
  )
}

function nameIn(parts: readonly string[], spec: string): string {
  const name = parts.find((part) => /^[\w-]+$/.test(part))
  if (name !== undefined) return name
  if (/^\/[a-z0-9]+$/.test(spec.trim()))
    throw new StrataError('package-not-found', `there is no package ${spec.trim()}`, {
      hint: 'A hash is looked up in the environment, or among what is installed: name it with --env.',
    })
  throw new StrataError('usage', `"${spec}" names no package`, { hint: 'Write a spec with a name: hdf5@1.14 +mpi.' })
}

function notConcretized({ name, folder }: { readonly name: string; readonly folder: string }): StrataError {
  return new StrataError('lockfile-missing', `the environment ${name} is not concretized`, {
    hint: `Run: ${concretizeCommand(folder)}`,
  })
}
