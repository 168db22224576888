import { join } from 'node:path'
import type { PathMapping } from '../../api/install.ts'
import { type Projections, projectedPath, projectionsOf } from '../../spack/projection.ts'
import { closure, dependencyTypes, runTimeTypes, type SpecGraph, type SpecNode } from '../../spack/spec/graph.ts'
import type { Target } from './target.ts'

/** The prefix of each package in the target: where its record says that it is, else where the projections put it. */
export function prefixesIn(target: Target, graph: SpecGraph, databaseVersion: number): (node: SpecNode) => string {
  const projections: Projections = projectionsOf(target.configuration, databaseVersion)
  return (node) => {
    const record = target.database?.records.get(node.hash)
    if (record?.installed && record.path !== undefined) return record.path
    return join(target.store.paddedRoot, projectedPath(projections, graph, node))
  }
}

/**
 * The prefix here of everything that a package's files may name, by the DAG hash that they name it by: itself and its
 * run-time closure. The files of a spliced package name what it was built with: that is led to what took its place.
 */
export function namedPrefixes(
  graph: SpecGraph,
  node: SpecNode,
  prefixOf: (hash: string) => string | undefined,
): Readonly<Record<string, string>> {
  const named: Record<string, string> = {}
  const replaced = replacedBy(graph, node)
  for (const hash of closure(graph, [node.hash], runTimeTypes)) {
    const prefix = prefixOf(hash)
    if (prefix === undefined) continue
    named[hash] = prefix
    const built = replaced.get(hash)
    if (built !== undefined) named[built] ??= prefix
  }
  return named
}

/**
 * What in a spliced package's build each package of its closure took the place of, by DAG hash; empty for a package that is
 * as it was built. It is the package of the same name, else one that provided all that the new one provides, of several
 * the newest (Spack's `relocate_package`, "analog", and `_splice_match`).
 */
function replacedBy(graph: SpecGraph, { hash, buildSpec }: SpecNode): ReadonlyMap<string, string> {
  const replaced = new Map<string, string>()
  if (buildSpec === undefined) return replaced
  const built = closure(graph, [buildSpec.hash], ['link', 'run', 'test'])
  const provided = virtualsIn(graph, hash)
  const providedThen = virtualsIn(graph, buildSpec.hash)
  const candidates = [...built].flatMap((one) => graph.nodes.get(one) ?? []).sort(byVersion)
  for (const one of closure(graph, [hash], runTimeTypes)) {
    if (built.has(one)) continue
    const name = graph.nodes.get(one)?.name
    const virtuals = provided.get(one)
    const analog =
      candidates.find((other) => other.name === name) ??
      candidates.find((other) => virtuals && [...virtuals].every((word) => providedThen.get(other.hash)?.has(word)))
    if (analog) replaced.set(one, analog.hash)
  }
  return replaced
}

/** The virtual packages that each package below `root` provides there to others. */
function virtualsIn(graph: SpecGraph, root: string): ReadonlyMap<string, ReadonlySet<string>> {
  const provided = new Map<string, Set<string>>()
  for (const parent of closure(graph, [root], dependencyTypes)) {
    for (const { hash, virtuals } of graph.nodes.get(parent)?.edges ?? []) {
      if (virtuals.length > 0) provided.set(hash, new Set([...(provided.get(hash) ?? []), ...virtuals]))
    }
  }
  return provided
}

function byVersion(a: SpecNode, b: SpecNode): number {
  return b.version.localeCompare(a.version, 'en', { numeric: true })
}

/**
 * The old and the new path of a package and of those of its dependencies whose old path is known. Which paths a spliced
 * package names instead of its dependencies', only its layer tells.
 */
export function mappingsOf(
  graph: SpecGraph,
  node: SpecNode,
  known: {
    readonly oldPrefix: (hash: string) => string | undefined
    readonly newPrefix: (hash: string) => string | undefined
  },
): PathMapping[] {
  const named = node.buildSpec ? [node.hash] : closure(graph, [node.hash], runTimeTypes)
  return [...named].flatMap((hash): PathMapping[] => {
    const from = known.oldPrefix(hash)
    const to = known.newPrefix(hash)
    if (from === undefined || to === undefined) return []
    const kind = hash === node.hash ? 'package' : 'dependency'
    return [{ kind, name: graph.nodes.get(hash)?.name, old: from, new: to }]
  })
}

/** Whether strings in binaries have room for the new paths: they can be made shorter, never longer. */
export function relocationOf(node: SpecNode, mappings: readonly PathMapping[]): 'fits' | 'tight' | 'unknown' {
  if (node.buildSpec || !mappings.some((one) => one.kind === 'package')) return 'unknown'
  const longer = mappings.some((one) => Buffer.byteLength(one.new) > Buffer.byteLength(one.old))
  return longer ? 'tight' : 'fits'
}
