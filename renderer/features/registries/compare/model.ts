import type { ImageComparison, ImageDetail, ImageLayer } from '../../../../main/api/catalog.ts'
import { layerName } from '../image/layers.ts'

type Pair = ImageComparison['layers'][number]
type Change = Pair['change']

/** A row of the two stacks, or several equal ones folded into one. */
export interface CompareRow {
  readonly key: string
  readonly change: Change
  /** Bottom first; one unless they are folded. */
  readonly pairs: readonly Pair[]
  /** What the left and the right band are called; undefined where a side has none. */
  readonly left: string | undefined
  readonly right: string | undefined
  readonly leftBytes: number
  readonly rightBytes: number
}

// Fewer equal layers than these are all shown: they are the context.
const foldFrom = 4

/** The two stacks as rows, top first; runs of equal layers fold into one unless `unfolded`. */
export function compareRows(comparison: ImageComparison, unfolded: boolean): readonly CompareRow[] {
  const rows: CompareRow[] = []
  let run: Pair[] = []
  const close = (): void => {
    if (run.length >= foldFrom && !unfolded) rows.push(folded(run))
    else rows.push(...run.map((pair) => rowOf(comparison, pair)))
    run = []
  }
  for (const pair of comparison.layers) {
    if (pair.change === 'same') run.push(pair)
    else {
      close()
      rows.push(rowOf(comparison, pair))
    }
  }
  close()
  return rows.toReversed()
}

function rowOf({ left, right }: ImageComparison, pair: Pair): CompareRow {
  const name = (image: ImageDetail, layer: ImageLayer | undefined) => layer && layerName(image, layer)
  return {
    key: `${pair.left?.digest ?? ''} ${pair.right?.digest ?? ''}`,
    change: pair.change,
    pairs: [pair],
    left: name(left, pair.left),
    right: name(right, pair.right),
    leftBytes: pair.left?.bytes ?? 0,
    rightBytes: pair.right?.bytes ?? 0,
  }
}

function folded(pairs: readonly Pair[]): CompareRow {
  const bytes = pairs.reduce((sum, { left }) => sum + (left?.bytes ?? 0), 0)
  const words = `${pairs.length} equal layers`
  return {
    key: `fold ${pairs[0]?.left?.digest}`,
    change: 'same',
    pairs,
    left: words,
    right: words,
    leftBytes: bytes,
    rightBytes: bytes,
  }
}

const least = 26
const most = 88

/** Height of a row in pixels: by the square root of its larger side, as in the layer stack. A fold is one line. */
export function rowHeights(rows: readonly CompareRow[]): readonly number[] {
  const roots = rows.map((row) => (row.pairs.length > 1 ? 0 : Math.sqrt(Math.max(row.leftBytes, row.rightBytes))))
  const largest = Math.max(1, ...roots)
  return roots.map((root) => Math.round(Math.max(least, (most * root) / largest)))
}

/** What a row says to a screen reader. */
export const changeWords = {
  same: 'in both',
  changed: 'changed',
  added: 'only in the second',
  removed: 'only in the first',
} as const satisfies Record<Change, string>

export const packageWords = {
  same: 'same',
  version: 'other version',
  build: 'other build',
  added: 'added',
  removed: 'removed',
} as const satisfies Record<ImageComparison['packages'][number]['change'], string>

const packageOrder = { removed: 0, version: 1, build: 2, added: 3, same: 4 } as const

/** What differs first, equal packages last; by name among equals. */
export function packageRows(comparison: ImageComparison): ImageComparison['packages'] {
  return comparison.packages.toSorted(
    (a, b) => packageOrder[a.change] - packageOrder[b.change] || a.name.localeCompare(b.name),
  )
}

/** How many packages of each kind of change there are. */
export function packageCounts(comparison: ImageComparison): Readonly<Record<keyof typeof packageWords, number>> {
  const counts = { same: 0, version: 0, build: 0, added: 0, removed: 0 }
  for (const { change } of comparison.packages) counts[change] += 1
  return counts
}

/** Lines of a list of paths that only one side has; of another value both sides as they are. */
export function envLines(left: string | undefined, right: string | undefined) {
  const [a, b] = [parts(left), parts(right)]
  return { left: a.filter((line) => !b.includes(line)), right: b.filter((line) => !a.includes(line)) }
}

function parts(value: string | undefined): readonly string[] {
  if (value === undefined) return []
  return value.includes(':/') ? value.split(':').filter(Boolean) : [value]
}
