import { compareNodes, type Difference, type DifferenceKind, type NodeComparison } from './difference.ts'
import type { SpecGraph, SpecNode } from './graph.ts'
import { targetFamily, targetOf } from './target.ts'
import { compareVersions } from './version.ts'

/** Why two builds have different DAG hashes: a difference, and where below them it lies. */
export interface Cause {
  readonly difference: Difference
  /** Names from the compared package down to the one that has the difference; a single one is the package itself. */
  readonly path: readonly string[]
  /** Further packages below with the same difference, the first few: another compiler is one cause, not fifty. */
  readonly also: readonly string[]
  readonly alsoCount: number
}

/** Every cause of two hashes being different, followed through the dependencies; none for equal hashes. */
export interface Causes {
  /** The nearest, up to a number. */
  readonly causes: readonly Cause[]
  /** Of all of them. */
  readonly count: number
  readonly distance: number
}

/** A package that might have been meant, and why it is another one. */
export interface Near extends Causes {
  readonly node: SpecNode
}

/** Compares specs of one graph with those of another; what was compared once is not compared again. */
export interface GraphComparison {
  causes(wanted: SpecNode, cached: SpecNode): Causes
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

/** Causes that are told of a pair; thousands could be, and nobody reads more. */
const told = 20
/** Names beside a cause, likewise. */
const named = 8

/** Two specs that are compared, with the pairs that their dependencies make. */
interface Pair {
  readonly wanted: SpecNode
  readonly cached: SpecNode
  /** With a key that is the same for differences that are one cause. */
  readonly own: readonly { readonly difference: Difference; readonly key: string }[]
  /** Found out when somebody goes there. */
  below: readonly Pair[] | undefined
  readonly dependencies: NodeComparison['dependencies']
  /** The walk that came by last: a mark is cheaper than a set for each of thousands of walks. */
  walk: number
}

/** A step of a walk; the way to it is known by its steps. */
interface Step {
  readonly pair: Pair
  readonly from: Step | undefined
}

export function compareGraphs(wanted: SpecGraph, cached: SpecGraph): GraphComparison {
  const known = new Map<string, Pair>()
  let walks = 0
  const pairOf = (a: SpecNode, b: SpecNode): Pair => {
    const key = `${a.hash} ${b.hash}`
    const before = known.get(key)
    if (before) return before
    const { own, dependencies } = compareNodes({ graph: wanted, node: a }, { graph: cached, node: b })
    const keyed = own.map((difference) => ({ difference, key: keyOf(difference, a) }))
    const pair: Pair = { wanted: a, cached: b, own: keyed, below: undefined, dependencies, walk: 0 }
    known.set(key, pair)
    return pair
  }
  const below = (pair: Pair): readonly Pair[] => {
    pair.below ??= pair.dependencies.flatMap(([left, right]) => {
      const [a, b] = [wanted.nodes.get(left), cached.nodes.get(right)]
      return a && b ? [pairOf(a, b)] : []
    })
    return pair.below
  }
  const causes = (a: SpecNode, b: SpecNode): Causes => {
    const found = new Map<string, Found>()
    let distance = 0
    if (a.hash !== b.hash) {
      const walk = ++walks
      const first = pairOf(a, b)
      first.walk = walk
      const queue: Step[] = [{ pair: first, from: undefined }]
      // The queue grows while it is walked: breadth first, so that the shortest way to a cause is the one that is told.
      for (const step of queue) {
        for (const { difference, key } of step.pair.own) {
          const before = found.get(key)
          if (before) addName(before, step.pair.wanted.name)
          else {
            found.set(key, { difference, step, also: new Set(), alsoCount: 0 })
            distance += weightOf(difference, a, b) / (step.from ? 2 : 1)
          }
        }
        for (const pair of below(step.pair)) {
          if (pair.walk === walk) continue
          pair.walk = walk
          queue.push({ pair, from: step })
        }
      }
    }
    return { causes: firstOf(found.values()), count: found.size, distance }
  }
  const ownDistance = (a: SpecNode, b: SpecNode): number =>
    pairOf(a, b).own.reduce((sum, { difference }) => sum + weightOf(difference, a, b), 0)
  return {
    causes,
    nearest: (node, candidates, count) =>
      candidates
        .map((one) => ({ one, apart: ownDistance(node, one) }))
        .sort((x, y) => x.apart - y.apart || newestFirst(x.one, y.one))
        .slice(0, followed)
        .map(({ one }): Near => ({ node: one, ...causes(node, one) }))
        .sort((x, y) => x.distance - y.distance || newestFirst(x.node, y.node))
        .slice(0, count),
  }
}

interface Found {
  readonly difference: Difference
  readonly step: Step
  readonly also: Set<string>
  alsoCount: number
}

function addName(found: Found, name: string): void {
  if (found.step.pair.wanted.name === name || found.also.has(name)) return
  found.alsoCount += 1
  if (found.also.size < named) found.also.add(name)
}

function firstOf(found: Iterable<Found>): readonly Cause[] {
  const causes: Cause[] = []
  for (const { difference, step, also, alsoCount } of found) {
    if (causes.length === told) break
    causes.push({ difference, path: pathTo(step), also: [...also], alsoCount })
  }
  return causes
}

function pathTo(step: Step): readonly string[] {
  const path: string[] = []
  for (let at: Step | undefined = step; at; at = at.from) path.push(at.pair.wanted.name)
  return path.reverse()
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
