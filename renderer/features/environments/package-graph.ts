import type { PackageSummary } from '../../../main/api/models.ts'

/** Packages that depend on each other: an environment's, an image's. */
export interface PackageSet {
  readonly name: string
  readonly packages: readonly PackageSummary[]
}

/** Packages by hash and who depends on whom, both ways: made once a set, read by every view. */
export interface PackageGraph {
  readonly byHash: ReadonlyMap<string, PackageSummary>
  readonly dependents: ReadonlyMap<string, readonly PackageSummary[]>
}

const graphs = new WeakMap<PackageSet, PackageGraph>()

/** The graph of these packages; the same object gets the same graph. */
export function packageGraph(environment: PackageSet): PackageGraph {
  const known = graphs.get(environment)
  if (known) return known
  const byHash = new Map(environment.packages.map((p) => [p.hash, p]))
  const dependents = new Map<string, PackageSummary[]>()
  for (const parent of environment.packages) {
    for (const { hash } of parent.dependencies) {
      const parents = dependents.get(hash)
      if (parents) parents.push(parent)
      else dependents.set(hash, [parent])
    }
  }
  const graph = { byHash, dependents }
  graphs.set(environment, graph)
  return graph
}

/**
 * Why a package is here: the shortest path from a root down to it, the root first. A root's own path is itself;
 * empty when no root leads to it.
 */
export function pathFromRoot(graph: PackageGraph, hash: string): readonly PackageSummary[] {
  const start = graph.byHash.get(hash)
  if (!start) return []
  const below = new Map<string, PackageSummary | undefined>([[hash, undefined]])
  let front = [start]
  while (front.length > 0) {
    const root = front.find((p) => p.root)
    if (root) return walkDown(below, root)
    const next: PackageSummary[] = []
    for (const child of front) {
      for (const parent of graph.dependents.get(child.hash) ?? []) {
        if (below.has(parent.hash)) continue
        below.set(parent.hash, child)
        next.push(parent)
      }
    }
    front = next
  }
  return []
}

function walkDown(below: ReadonlyMap<string, PackageSummary | undefined>, root: PackageSummary): PackageSummary[] {
  const path = [root]
  let next = below.get(root.hash)
  while (next) {
    path.push(next)
    next = below.get(next.hash)
  }
  return path
}
