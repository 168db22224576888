import { kindOrder } from './kinds.ts'
import { ages, bytesSteps, type FacetKey, facetKeys, type TagRow, unknown } from './rows.ts'

/** What was chosen: rows have one of a facet's values, and that for each facet. None chosen means any. */
export type Chosen = Readonly<Partial<Record<FacetKey, ReadonlySet<string>>>>

export interface Filtered {
  readonly rows: readonly TagRow[]
  /** How many rows each value would show, with all other facets as they are. */
  readonly counts: Readonly<Record<FacetKey, ReadonlyMap<string, number>>>
}

/** The rows that hold every word and are chosen by every facet, and what else could be chosen: one pass over all. */
export function filterTags(all: readonly TagRow[], query: string, chosen: Chosen): Filtered {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const counts = emptyCounts()
  const active = facetKeys.filter((key) => (chosen[key]?.size ?? 0) > 0)
  const rows: TagRow[] = []
  for (const row of all) {
    if (!words.every((word) => row.text.includes(word))) continue
    // Nothing is allocated here for a row: this runs ten thousand times while one types.
    let missed = 0
    let only: FacetKey | undefined
    for (const key of active) {
      if (chosen[key]?.has(row.values[key])) continue
      missed += 1
      only = key
    }
    if (missed > 1) continue
    if (only !== undefined) {
      // A row that a single facet hides counts there: choosing its value would show it.
      count(counts[only], row.values[only])
      continue
    }
    for (const key of facetKeys) count(counts[key], row.values[key])
    rows.push(row)
  }
  return { rows, counts }
}

function count(counts: Map<string, number>, value: string): void {
  counts.set(value, (counts.get(value) ?? 0) + 1)
}

function emptyCounts(): Record<FacetKey, Map<string, number>> {
  return { kind: new Map(), name: new Map(), target: new Map(), compiler: new Map(), age: new Map(), size: new Map() }
}

export interface FacetOption {
  readonly value: string
  readonly count: number
}

const fixedOrder: Partial<Record<FacetKey, readonly string[]>> = {
  kind: kindOrder,
  age: ages.map((age) => age.word),
  size: bytesSteps.map((step) => step.word),
}

/** What a facet offers: ranges in their order, else the most frequent first; what is chosen stays though it counts nothing. */
export function facetOptions(
  key: FacetKey,
  counts: ReadonlyMap<string, number>,
  chosen: ReadonlySet<string> | undefined,
): readonly FacetOption[] {
  const values = new Set([...counts.keys(), ...(chosen ?? [])])
  const options = [...values].map((value) => ({ value, count: counts.get(value) ?? 0 }))
  const order = fixedOrder[key]
  const rank = (value: string) => (value === unknown ? Number.POSITIVE_INFINITY : (order?.indexOf(value) ?? 0))
  return options.toSorted((a, b) => {
    const apart = rank(a.value) === rank(b.value) ? 0 : rank(a.value) - rank(b.value)
    return apart || (order ? 0 : b.count - a.count) || (a.value < b.value ? -1 : 1)
  })
}

/** The choice with this value of a facet switched over. */
export function toggled(chosen: Chosen, key: FacetKey, value: string): Chosen {
  const next = new Set(chosen[key])
  if (!next.delete(value)) next.add(value)
  return { ...chosen, [key]: next }
}

export function anyChosen(chosen: Chosen): boolean {
  return facetKeys.some((key) => (chosen[key]?.size ?? 0) > 0)
}
