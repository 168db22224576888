import { join } from 'node:path'
import type { PathMapping } from '../../api/install.ts'
import { type Projections, projectedPath, projectionsOf } from '../../spack/projection.ts'
import { closure, runTimeTypes, type SpecGraph, type SpecNode } from '../../spack/spec/graph.ts'
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
 * run-time closure. The files of a spliced package name what it was built with: that is led to what took its place, the
 * package of the same name (Spack's `relocate_package`, "analog").
 */
export function namedPrefixes(
  graph: SpecGraph,
  node: SpecNode,
  prefixOf: (hash: string) => string | undefined,
): Readonly<Record<string, string>> {
  const named: Record<string, string> = {}
  const own = closure(graph, [node.hash], runTimeTypes)
  for (const hash of own) {
    const prefix = prefixOf(hash)
    if (prefix !== undefined) named[hash] = prefix
  }
  if (node.buildSpec === undefined) return named
  const replaced = closure(graph, [node.buildSpec.hash], runTimeTypes)
  for (const hash of own) {
    const prefix = prefixOf(hash)
    const name = graph.nodes.get(hash)?.name
    const analog = replaced.has(hash) ? hash : [...replaced].find((one) => graph.nodes.get(one)?.name === name)
    if (prefix !== undefined && analog !== undefined) named[analog] ??= prefix
  }
  return named
}

/** The old and the new path of a package and of those of its dependencies whose old path is known. */
export function mappingsOf(
  graph: SpecGraph,
  node: SpecNode,
  known: {
    readonly oldPrefix: (hash: string) => string | undefined
    readonly newPrefix: (hash: string) => string | undefined
  },
): PathMapping[] {
  return [...closure(graph, [node.hash], runTimeTypes)].flatMap((hash): PathMapping[] => {
    const from = known.oldPrefix(hash)
    const to = known.newPrefix(hash)
    if (from === undefined || to === undefined) return []
    const kind = hash === node.hash ? 'package' : 'dependency'
    return [{ kind, name: graph.nodes.get(hash)?.name, old: from, new: to }]
  })
}

/** Whether strings in binaries have room for the new paths: they can be made shorter, never longer. */
export function relocationOf(mappings: readonly PathMapping[]): 'fits' | 'tight' | 'unknown' {
  if (!mappings.some((one) => one.kind === 'package')) return 'unknown'
  const longer = mappings.some((one) => Buffer.byteLength(one.new) > Buffer.byteLength(one.old))
  return longer ? 'tight' : 'fits'
}
