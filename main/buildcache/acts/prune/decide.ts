import { formatDuration, plural } from '../../../api/format.ts'
import type { Digest } from '../../../registry/digest.ts'
import { type DependencyType, runTimeTypes, type SpecGraph } from '../../../spack/spec/graph.ts'
import { compareVersions } from '../../../spack/spec/version.ts'
import { reach } from './reachability.ts'

/** A package of the cache. */
export interface CachedPackage {
  readonly tag: string
  readonly digest: Digest
  readonly hash: string
  readonly name: string
  readonly version: string
  /** When it was packed, in milliseconds since 1970; undefined when nothing says so. */
  readonly madeAt: number | undefined
}

export interface PruneRules {
  /** DAG hashes that are kept, and why. */
  readonly named: ReadonlyMap<string, string>
  readonly newest: number | undefined
  readonly days: number | undefined
  readonly buildDependencies: boolean
  /** Milliseconds since 1970. */
  readonly now: number
}

export interface PruneDecision {
  /** Tag → why it is kept. */
  readonly kept: ReadonlyMap<string, string>
  readonly dropped: readonly CachedPackage[]
  /** Kept only because nothing says how old they are. */
  readonly ageless: number
}

const DAY = 24 * 3600 * 1000
const AGELESS = 'nothing says when it was made'

/** Decides which packages stay: what the rules name, with all that it needs. Pure. */
export function decidePrune(
  graph: Pick<SpecGraph, 'nodes'>,
  packages: readonly CachedPackage[],
  rules: PruneRules,
): PruneDecision {
  const roots = new Map(rules.named)
  const add = (hash: string, why: string): void => void (roots.has(hash) || roots.set(hash, why))
  for (const [hash, why] of newestOf(packages, rules)) add(hash, why)
  for (const [hash, why] of youngOf(packages, rules)) add(hash, why)
  const types: readonly DependencyType[] = rules.buildDependencies ? [...runTimeTypes, 'build'] : runTimeTypes
  const needed = reach(graph, roots.keys(), types)
  const names = new Map(packages.map((one) => [one.hash, `${one.name}@${one.version}`]))
  const kept = new Map<string, string>()
  for (const { tag, hash } of packages) {
    if (!needed.has(hash)) continue
    const by = needed.get(hash)
    kept.set(
      tag,
      roots.get(hash) ?? `needed by ${names.get(by ?? '') ?? graph.nodes.get(by ?? '')?.name ?? 'a kept package'}`,
    )
  }
  const ageless = [...roots.values()].filter((why) => why === AGELESS).length
  return { kept, dropped: packages.filter((one) => !kept.has(one.tag)), ageless }
}

/** Of each name all packages of its newest versions. */
function newestOf(packages: readonly CachedPackage[], { newest }: PruneRules): readonly (readonly [string, string])[] {
  if (newest === undefined) return []
  const why = newest === 1 ? 'the newest version' : `among the newest ${plural(newest, 'version')}`
  const byName = new Map<string, CachedPackage[]>()
  for (const one of packages) byName.set(one.name, [...(byName.get(one.name) ?? []), one])
  return [...byName.values()].flatMap((same) => {
    const versions = [...new Set(same.map((one) => one.version))].sort(compareVersions)
    const kept = new Set(versions.slice(-newest))
    return same.filter((one) => kept.has(one.version)).map((one) => [one.hash, why] as const)
  })
}

/** What was made within the days, and what may have been. */
function youngOf(
  packages: readonly CachedPackage[],
  { days, now }: PruneRules,
): readonly (readonly [string, string])[] {
  if (days === undefined) return []
  return packages.flatMap(({ hash, madeAt }): (readonly [string, string])[] => {
    if (madeAt === undefined) return [[hash, AGELESS]]
    const age = Math.max(0, now - madeAt)
    return age <= days * DAY
      ? [[hash, `made ${age < DAY ? formatDuration(age / 1000) : plural(Math.floor(age / DAY), 'day')} ago`]]
      : []
  })
}
