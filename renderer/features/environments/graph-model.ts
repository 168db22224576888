import type { PackageSummary } from '../../../main/api/models.ts'
import { type PackageSet, packageGraph } from './package-graph.ts'

/** More nodes than this are neither readable nor quick to lay out. */
export const nodeLimit = 100

/** Whether a graph of so many packages runs from left to right: side by side, many names make an endless ribbon. */
export function sideways(count: number): boolean {
  return count > 30
}

export interface GraphSelection {
  readonly nodes: readonly PackageSummary[]
  readonly edges: readonly { readonly from: string; readonly to: string; readonly build: boolean }[]
  /** Reachable packages left out for the limit. */
  readonly folded: number
}

export interface GraphOptions {
  /** Draw edges that are for building only. */
  readonly build: boolean
  /** Start from this package, upwards and downwards, instead of from the roots. */
  readonly from?: string
  readonly limit?: number
}

/** What the graph shows: the packages nearest to where it starts, breadth first, up to the limit, and their edges. */
export function selectGraph(environment: PackageSet, options: GraphOptions): GraphSelection {
  const { byHash, dependents } = packageGraph(environment)
  const limit = options.limit ?? nodeLimit
  const start = options.from === undefined ? environment.packages.filter((p) => p.root) : [byHash.get(options.from)]
  const follows = (types: readonly string[]) => options.build || types.includes('link') || types.includes('run')
  const seen = new Set<PackageSummary>(start.filter((p) => p !== undefined))
  const below = (p: PackageSummary) => p.dependencies.filter((d) => follows(d.types)).map((d) => byHash.get(d.hash))
  const above = (p: PackageSummary) =>
    (dependents.get(p.hash) ?? []).filter((q) => q.dependencies.some((d) => d.hash === p.hash && follows(d.types)))
  walk(seen, below)
  if (options.from !== undefined)
    walk(
      seen,
      above,
      start.filter((p) => p !== undefined),
    )
  const nodes = [...seen].slice(0, limit)
  const chosen = new Set(nodes.map((p) => p.hash))
  const edges = nodes.flatMap((p) =>
    p.dependencies
      .filter((d) => chosen.has(d.hash) && follows(d.types))
      .map((d) => ({ from: p.hash, to: d.hash, build: !d.types.includes('link') && !d.types.includes('run') })),
  )
  return { nodes, edges, folded: seen.size - nodes.length }
}

function walk(
  seen: Set<PackageSummary>,
  next: (p: PackageSummary) => readonly (PackageSummary | undefined)[],
  start: Iterable<PackageSummary> = [...seen],
): void {
  let front = [...start]
  while (front.length > 0) {
    const found: PackageSummary[] = []
    for (const p of front.flatMap(next)) {
      if (!p || seen.has(p)) continue
      seen.add(p)
      found.push(p)
    }
    front = found
  }
}
