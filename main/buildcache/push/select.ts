import { closure, type DependencyType, layerOrder, type SpecGraph } from '../../spack/spec/graph.ts'
import { findPackage } from '../find-package.ts'

/** Which packages a push is about. Hashes are DAG hashes of the graph. */
export interface Selection {
  /** What was asked for: the environment's roots, or the packages named. In the order given. */
  readonly roots: readonly string[]
  /** Everything that the push is about, dependencies first; externals, which stay where they are, before them. */
  readonly chosen: ReadonlySet<string>
}

/**
 * Chooses as `spack buildcache push` does: the roots and all their dependencies, or with `only: 'package'` just the
 * roots; without build dependencies the link, run and test edges are followed.
 * `specs` name packages (`name`, `name@version`, `/hash`) instead of the roots.
 * Throws `package-not-found`, and `usage` for a name that fits several packages (listing them).
 */
export function selectPackages(
  graph: SpecGraph,
  roots: readonly string[],
  options: { readonly specs: readonly string[]; readonly only: 'all' | 'package'; readonly buildDependencies: boolean },
): Selection {
  const asked = options.specs.length > 0 ? options.specs.map((spec) => findPackage(graph, spec).hash) : roots
  if (options.only === 'package') return { roots: asked, chosen: inOrder(graph, new Set(asked)) }
  const types: DependencyType[] = ['link', 'run', 'test']
  if (options.buildDependencies) types.push('build')
  return { roots: asked, chosen: inOrder(graph, closure(graph, asked, types)) }
}

function inOrder(graph: SpecGraph, hashes: ReadonlySet<string>): ReadonlySet<string> {
  const externals = [...hashes].filter((hash) => graph.nodes.get(hash)?.external)
  return new Set([...externals, ...layerOrder(graph, [...hashes]).filter((hash) => hashes.has(hash))])
}
