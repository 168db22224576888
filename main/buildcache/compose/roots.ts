import type { Finding } from '../../api/models.ts'
import type { SpecNode } from '../../spack/spec/graph.ts'
import { StrataError } from '../../support/errors.ts'
import type { Catalog } from '../catalog.ts'
import { didYouMean } from '../find-package.ts'
import { fitsSpec } from '../match-packages.ts'

/** Packages that a message names. */
const NAMED = 8

/** A root as it was asked for, and what it turned out to be. */
export type ResolvedRoot =
  | { readonly spec: string; readonly hash: string }
  | { readonly spec: string; readonly hash: undefined; readonly error: StrataError }

/**
 * The one package that each spec names: among those that the cache has a tag of; among all that it knows of when none of
 * these fits, so that one can say what is missing. Errors: `package-not-found` for a spec that fits nothing, `usage` for
 * one that fits several or that only Spack understands.
 */
export function resolveRoots(specs: readonly string[], catalog: Catalog): readonly ResolvedRoot[] {
  const byName = new Map<string, SpecNode[]>()
  const all = [...catalog.graph.nodes.values()]
  for (const node of all) {
    const same = byName.get(node.name)
    if (same) same.push(node)
    else byName.set(node.name, [node])
  }
  return specs.map((spec) => {
    // Fifty roots are not compared with two thousand packages each where they say which few may be meant.
    const [, name] = /^([\w-]+)(?![\w-]*=)/.exec(spec.trim()) ?? []
    const known = name === undefined ? all : (byName.get(name) ?? [])
    const tagged = known.filter((node) => catalog.tags.has(node.hash))
    return resolveRoot(spec.trim(), catalog, tagged, known)
  })
}

function resolveRoot(
  spec: string,
  { graph }: Catalog,
  tagged: readonly SpecNode[],
  known: readonly SpecNode[],
): ResolvedRoot {
  const fitting = (nodes: readonly SpecNode[]): SpecNode[] | undefined => {
    const answers = nodes.map((node) => fitsSpec(spec, graph, node))
    return answers.includes(undefined) ? undefined : nodes.filter((_, i) => answers[i])
  }
  const failed = (error: StrataError): ResolvedRoot => ({ spec, hash: undefined, error })
  const found = fitting(tagged)
  if (!found) return failed(notUnderstood(spec))
  const [first, ...others] = found
  if (first) return others.length === 0 ? { spec, hash: first.hash } : failed(severalFit(spec, found))
  const [only, ...more] = fitting(known) ?? []
  return only && more.length === 0 ? { spec, hash: only.hash } : failed(nothingFits(spec, graph))
}

function notUnderstood(spec: string): StrataError {
  return new StrataError('usage', `"${spec}" is no spec that Strata understands`, {
    hint: 'Write a name, name@version, %compiler, target=…, +variant, ^dependency or /hash.',
  })
}

function nothingFits(spec: string, graph: Catalog['graph']): StrataError {
  const name = /^[\w-]+/.exec(spec)?.[0]
  return new StrataError('package-not-found', `There is no package ${spec} in the cache`, {
    hint: didYouMean(graph, name) ?? 'Push it to this cache first, or look what there is with: strata list REPOSITORY',
  })
}

function severalFit(spec: string, found: readonly SpecNode[]): StrataError {
  const names = found.map((node) => `${node.name}@${node.version}/${node.hash.slice(0, 7)}`).sort()
  const more = names.length - NAMED
  return new StrataError('usage', `${spec} fits ${found.length} packages of the cache`, {
    hint: `Say which: ${names.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}.`,
  })
}

/** What is wrong with the roots, as findings: each stands in the way of publishing. */
export function rootFindings(roots: readonly ResolvedRoot[]): Finding[] {
  return roots.flatMap((root) => (root.hash === undefined ? [asProblem(root.error)] : []))
}

export function asProblem({ message, hint }: StrataError): Finding {
  return { severity: 'problem', message, hint }
}
