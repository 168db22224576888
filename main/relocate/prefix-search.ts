import { type Mapping, startsAt } from './prefix-map.ts'

/** A place where an old path stands. */
export interface Occurrence {
  readonly at: number
  readonly mapping: Mapping
}

/**
 * Finds the old paths of a package in bytes. A path that begins with another one can only stand where that one does, and in
 * a real store all of them begin with its root: so one or two strings are searched for instead of dozens.
 */
export class PrefixSearch {
  /** Length of the longest old path. */
  readonly longest: number
  private readonly mappings: readonly Mapping[]
  private readonly needles: readonly Buffer[]

  constructor(mappings: readonly Mapping[]) {
    this.mappings = mappings
    this.needles = fewestNeedles(mappings.map(({ from }) => from))
    this.longest = Math.max(0, ...mappings.map(({ from }) => from.length))
  }

  /** Every occurrence in ascending order, overlapping ones too, each with the first mapping that matches there. */
  *in(bytes: Buffer): Generator<Occurrence> {
    const pending = this.needles.map((needle) => ({ needle, at: bytes.indexOf(needle) })).filter(({ at }) => at !== -1)
    for (;;) {
      const next = pending.reduce<(typeof pending)[number] | undefined>(
        (first, each) => (each.at !== -1 && (first === undefined || each.at < first.at) ? each : first),
        undefined,
      )
      if (next === undefined) return
      const { at } = next
      const mapping = this.mappings.find(({ from }) => startsAt(bytes, at, from))
      if (mapping !== undefined) yield { at, mapping }
      next.at = bytes.indexOf(next.needle, at + 1)
    }
  }
}

/** The paths without those that begin with another of them. */
export function fewestNeedles(paths: readonly Buffer[]): Buffer[] {
  const unique = [...new Map(paths.map((path) => [path.toString('latin1'), path])).values()]
  return unique.filter((path) => !unique.some((other) => other !== path && startsAt(path, 0, other)))
}
