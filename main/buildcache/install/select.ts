import { closure, type DependencyType, type SpecGraph } from '../../spack/spec/graph.ts'
import { StrataError } from '../../support/errors.ts'
import { findPackage } from '../find-package.ts'

/** Which packages an install is about. */
export interface InstallSelection {
  /** What was asked for, in the order given. */
  readonly roots: readonly string[]
  /** The roots and what they need, dependencies first. */
  readonly chosen: readonly string[]
}

/** Which part of a cache, or which environment's roots. */
export interface Asked {
  readonly specs: readonly string[]
  readonly all: boolean
  /** Roots of an environment's lockfile. */
  readonly lockRoots: readonly string[]
  readonly buildDependencies: boolean
}

/**
 * Chooses as `spack install --cache-only` does: the roots with their link and run dependencies, and those that were
 * needed to build them on request. `cached` holds what the cache can give: names are looked up among these.
 * Throws `package-not-found`, and `usage` when nothing was named or a name fits several packages.
 */
export function selectInstalls(graph: SpecGraph, cached: ReadonlySet<string>, asked: Asked): InstallSelection {
  const roots = rootsOf(graph, cached, asked)
  if (asked.all && roots.length === 0) throw new StrataError('package-not-found', 'there are no packages in this cache')
  if (roots.length === 0) {
    throw new StrataError('usage', 'nothing was named to be installed', {
      hint: 'Name packages, an environment (--env), or everything in the cache (--all).',
    })
  }
  const types: DependencyType[] = asked.buildDependencies ? ['link', 'run', 'build'] : ['link', 'run']
  return { roots, chosen: dependenciesFirst(graph, roots, types) }
}

function rootsOf(graph: SpecGraph, cached: ReadonlySet<string>, asked: Asked): readonly string[] {
  if (asked.all) return [...cached]
  if (asked.specs.length === 0) return asked.lockRoots
  const nodes = new Map([...graph.nodes].filter(([hash]) => cached.has(hash)))
  return [...new Set(asked.specs.map((spec) => findPackage({ ...graph, nodes }, spec).hash))]
}

/** The closure of the roots, each package after all that it needs. */
function dependenciesFirst(
  graph: SpecGraph,
  roots: readonly string[],
  types: readonly DependencyType[],
): readonly string[] {
  const wanted = closure(graph, roots, types)
  const order = new Set<string>()
  const entered = new Set<string>()
  // A stack of our own: a chain of dependencies may be long.
  const stack = [...roots].reverse().map((hash) => ({ hash, leaving: false }))
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { hash, leaving } = top
    if (leaving) order.add(hash)
    if (leaving || entered.has(hash) || !wanted.has(hash)) continue
    entered.add(hash)
    stack.push({ hash, leaving: true })
    for (const edge of graph.nodes.get(hash)?.edges ?? []) {
      if (edge.types.some((type) => types.includes(type))) stack.push({ hash: edge.hash, leaving: false })
    }
  }
  return [...order]
}
