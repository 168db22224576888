import { closure, type DependencyType, layerOrder, type SpecGraph, type SpecNode } from '../../spack/spec/graph.ts'
import { StrataError } from '../../support/errors.ts'

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

/** The one package that a spec names: `name`, `name@version`, `name/hash` or `/hash` (a beginning will do). */
export function findPackage(graph: SpecGraph, spec: string): SpecNode {
  const parsed = /^([a-zA-Z0-9_.-]+)?(?:@=?([^/]+))?(?:\/([a-z0-9]+))?$/.exec(spec.trim())
  if (!parsed || spec.trim() === '') {
    throw new StrataError('usage', `"${spec}" does not name a package`, {
      hint: 'Write a name, name@version or /hash.',
    })
  }
  const [, name, version, hash] = parsed
  const found = [...graph.nodes.values()].filter(
    (node) =>
      (name === undefined || node.name === name) &&
      (version === undefined || node.version === version) &&
      (hash === undefined || node.hash.startsWith(hash)),
  )
  const [first, ...others] = found
  if (!first) {
    throw new StrataError('package-not-found', `there is no package ${spec}`, { hint: didYouMean(graph, name) })
  }
  if (others.length > 0) {
    const list = found.map((node) => `${node.name}@${node.version}/${node.hash.slice(0, 7)}`)
    throw new StrataError('usage', `${spec} fits ${found.length} packages`, {
      hint: `Say which: ${list.slice(0, 8).join(', ')}${list.length > 8 ? ', …' : ''}.`,
    })
  }
  return first
}

function didYouMean(graph: SpecGraph, name: string | undefined): string | undefined {
  if (name === undefined) return undefined
  const names = new Set([...graph.nodes.values()].map((node) => node.name))
  const near = [...names].filter((one) => one.includes(name) || name.includes(one)).sort()
  return near.length > 0 ? `Did you mean ${near.slice(0, 5).join(', ')}?` : undefined
}
