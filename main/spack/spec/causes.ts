import { compareNodes, type Difference, type DifferenceKind, type NodeComparison } from './difference.ts'
import type { SpecGraph, SpecNode } from './graph.ts'
import { targetFamily, targetOf } from './target.ts'
import { compareVersions } from './version.ts'

/** Why two builds have different DAG hashes: a difference, and where below them it lies. */
export interface Cause {
  readonly difference: Difference
  /** Names from the compared package down to the one that has the difference; a single one is the package itself. */
  readonly path: readonly string[]
  /** Further packages below with the same difference: another compiler is one cause, not fifty. */
  readonly also: readonly string[]
}

/** A package that might have been meant, and why it is another one. */
export interface Near {
  readonly node: SpecNode
  readonly causes: readonly Cause[]
  readonly distance: number
}

/** Compares specs of one graph with those of another; what was compared once is not compared again. */
export interface GraphComparison {
  /**
   * Every cause of two specs' hashes being different, followed through the dependencies, the nearest first. Empty for equal
   * hashes.
   */
  causes(wanted: SpecNode, cached: SpecNode): readonly Cause[]
  /** The packages that are most like the one that is wanted, the most alike first; at most `count`. */
  nearest(wanted: SpecNode, candidates: readonly SpecNode[], count: number): readonly Near[]
}

/** Differences that are the same choice wherever they are found. */
export const sharedChoices: ReadonlySet<DifferenceKind> = new Set([
  'platform',
  'os',
  'target',
  'libc',
  'compiler',
  'format',
])

/**
 * How far a difference puts two packages apart. What stops a package from running weighs most, then what its user chose
 * (version, compiler, variants), then what merely happened to differ. Below the package itself each weighs half: somebody
 * who wants hdf5 knows its variants, not those of its zlib.
 */
const weights: Readonly<Record<DifferenceKind, number>> = {
  platform: 1000,
  os: 60,
  target: 30,
  libc: 30,
  version: 100,
  compiler: 40,
  format: 25,
  variant: 10,
  provider: 10,
  flags: 5,
  patches: 5,
  namespace: 5,
  recipe: 5,
  external: 5,
  splice: 5,
  dependency: 3,
  edge: 1,
  stored: 1,
}
/** Another family of processors is as bad as another platform. */
const otherFamily = 1000
/** So many builds of one name are followed down to their causes, those that are most alike themselves. */
const followed = 8

export function compareGraphs(wanted: SpecGraph, cached: SpecGraph): GraphComparison {
  const known = new Map<string, NodeComparison>()
  const compare = (a: SpecNode, b: SpecNode): NodeComparison => {
    const key = `${a.hash} ${b.hash}`
    const before = known.get(key)
    if (before) return before
    const made = compareNodes({ graph: wanted, node: a }, { graph: cached, node: b })
    known.set(key, made)
    return made
  }
  const causes = (a: SpecNode, b: SpecNode): readonly Cause[] => {
    if (a.hash === b.hash) return []
    const found = new Map<string, { difference: Difference; path: readonly string[]; also: Set<string> }>()
    const queue: { readonly a: SpecNode; readonly b: SpecNode; readonly path: readonly string[] }[] = [
      { a, b, path: [a.name] },
    ]
    const seen = new Set([`${a.hash} ${b.hash}`])
    // The queue grows while it is walked: breadth first, so that the shortest way to a cause is the one that is told.
    for (const one of queue) {
      const { own, dependencies } = compare(one.a, one.b)
      for (const difference of own) {
        const key = keyOf(difference, one.a)
        const before = found.get(key)
        if (!before) found.set(key, { difference, path: one.path, also: new Set() })
        else if (before.path.at(-1) !== one.a.name) before.also.add(one.a.name)
      }
      for (const [left, right] of dependencies) {
        const [below, other] = [wanted.nodes.get(left), cached.nodes.get(right)]
        if (!below || !other || seen.has(`${left} ${right}`)) continue
        seen.add(`${left} ${right}`)
        queue.push({ a: below, b: other, path: [...one.path, below.name] })
      }
    }
    return [...found.values()].map(({ also, ...rest }) => ({ ...rest, also: [...also] }))
  }
  const ownDistance = (a: SpecNode, b: SpecNode): number =>
    compare(a, b).own.reduce((sum, difference) => sum + weightOf(difference, a, b), 0)
  const distanceOf = (found: readonly Cause[], a: SpecNode, b: SpecNode): number =>
    found.reduce((sum, { difference, path }) => sum + weightOf(difference, a, b) / (path.length > 1 ? 2 : 1), 0)
  return {
    causes,
    nearest: (node, candidates, count) =>
      candidates
        .map((one) => ({ one, apart: ownDistance(node, one) }))
        .sort((x, y) => x.apart - y.apart || newestFirst(x.one, y.one))
        .slice(0, followed)
        .map(({ one }): Near => {
          const found = causes(node, one)
          return { node: one, causes: found, distance: distanceOf(found, node, one) }
        })
        .sort((x, y) => x.distance - y.distance || newestFirst(x.node, y.node))
        .slice(0, count),
  }
}

function keyOf({ kind, subject = '', wanted = '', cached = '' }: Difference, at: SpecNode): string {
  return [kind, subject, wanted, cached, ...(sharedChoices.has(kind) ? [] : [at.hash])].join('\0')
}

function weightOf({ kind }: Difference, wanted: SpecNode, cached: SpecNode): number {
  if (kind !== 'target') return weights[kind]
  const [a, b] = [wanted, cached].map((node) => targetFamily(node.target, targetOf(node).parents))
  return a === b ? weights.target : otherFamily
}

function newestFirst(a: SpecNode, b: SpecNode): number {
  return compareVersions(b.version, a.version) || (a.hash < b.hash ? -1 : 1)
}
