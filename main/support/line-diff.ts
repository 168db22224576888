/** One stretch of lines that differ, with where it lies in both texts; lines count from 0. */
export interface Hunk {
  readonly oldStart: number
  readonly removed: readonly string[]
  readonly newStart: number
  readonly added: readonly string[]
}

/**
 * A text's lines, each with its ending, so that a changed ending is a difference and joining them gives the text back. The
 * last one is without when the text is.
 */
export function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

/**
 * The fewest lines to remove and add that turn one text into the other (Myers, "An O(ND) Difference Algorithm"). Texts that
 * differ in more than 500 lines are one hunk: nobody reads such a difference line by line.
 */
export function diffLines(before: string, after: string): readonly Hunk[] {
  const a = linesOf(before)
  const b = linesOf(after)
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let [endA, endB] = [a.length, b.length]
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA--
    endB--
  }
  const pairs = commonLines(a.slice(start, endA), b.slice(start, endB))
  const hunks: Hunk[] = []
  let [x, y] = [start, start]
  for (const [i, j] of [...pairs.map(([i, j]) => [i + start, j + start] as const), [endA, endB] as const]) {
    if (i > x || j > y) hunks.push({ oldStart: x, removed: a.slice(x, i), newStart: y, added: b.slice(y, j) })
    x = i + 1
    y = j + 1
  }
  return hunks
}

const mostDifferences = 500

/** The places of a longest common subsequence. */
function commonLines(a: readonly string[], b: readonly string[]): readonly (readonly [number, number])[] {
  const reached: Map<number, number>[] = []
  let furthest = new Map<number, number>([[1, 0]])
  for (let d = 0; d <= Math.min(a.length + b.length, mostDifferences); d++) {
    reached.push(furthest)
    const next = new Map(furthest)
    for (let k = -d; k <= d; k += 2) {
      let x = stepInto(furthest, k, d)
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++
      next.set(k, x)
      if (x >= a.length && x - k >= b.length) return trace(reached, a.length, b.length)
    }
    furthest = next
  }
  return []
}

function stepInto(furthest: ReadonlyMap<number, number>, k: number, d: number): number {
  const down = furthest.get(k + 1) ?? -1
  const right = furthest.get(k - 1) ?? -1
  return k === -d || (k !== d && right < down) ? down : right + 1
}

function trace(
  reached: readonly ReadonlyMap<number, number>[],
  endX: number,
  endY: number,
): readonly (readonly [number, number])[] {
  const pairs: [number, number][] = []
  let [x, y] = [endX, endY]
  for (let d = reached.length - 1; d >= 0; d--) {
    const furthest = reached[d] ?? new Map<number, number>()
    const k = x - y
    const down = k === -d || (k !== d && (furthest.get(k - 1) ?? -1) < (furthest.get(k + 1) ?? -1))
    const from = down ? k + 1 : k - 1
    const fromX = furthest.get(from) ?? 0
    const fromY = fromX - from
    while (x > fromX && y > fromY) pairs.push([--x, --y])
    if (d === 0) break
    x = fromX
    y = fromY
  }
  return pairs.reverse()
}

const context = 3

/** The difference as `diff -u` and git print it; empty for equal texts. */
export function unifiedDiff(
  before: string,
  after: string,
  names: { readonly old: string; readonly new: string },
): string {
  const hunks = diffLines(before, after)
  if (hunks.length === 0) return ''
  const old = linesOf(before)
  return [`--- ${names.old}`, `+++ ${names.new}`, ...grouped(hunks).flatMap((group) => describeGroup(group, old))].join(
    '\n',
  )
}

/** Hunks whose context would touch stand together. */
function grouped(hunks: readonly Hunk[]): readonly (readonly Hunk[])[] {
  const groups: Hunk[][] = []
  let end = Number.NEGATIVE_INFINITY
  for (const hunk of hunks) {
    if (hunk.oldStart - end <= 2 * context) groups.at(-1)?.push(hunk)
    else groups.push([hunk])
    end = hunk.oldStart + hunk.removed.length
  }
  return groups
}

function describeGroup(group: readonly Hunk[], old: readonly string[]): readonly string[] {
  const [first, last] = [group[0], group.at(-1)]
  if (!first || !last) return []
  const start = Math.max(0, first.oldStart - context)
  const end = Math.min(old.length, last.oldStart + last.removed.length + context)
  const grown = group.reduce((sum, hunk) => sum + hunk.added.length - hunk.removed.length, 0)
  const newStart = first.newStart - (first.oldStart - start)
  const lines: string[] = [`@@ -${span(start, end - start)} +${span(newStart, end - start + grown)} @@`]
  let at = start
  for (const hunk of group) {
    lines.push(...old.slice(at, hunk.oldStart).flatMap((line) => shown(' ', line)))
    lines.push(...hunk.removed.flatMap((line) => shown('-', line)), ...hunk.added.flatMap((line) => shown('+', line)))
    at = hunk.oldStart + hunk.removed.length
  }
  return [...lines, ...old.slice(at, end).flatMap((line) => shown(' ', line))]
}

function span(start: number, length: number): string {
  const from = length === 0 ? start : start + 1
  return length === 1 ? `${from}` : `${from},${length}`
}

function shown(sign: string, line: string): readonly string[] {
  const text = `${sign}${line.replace(/\r?\n$/, '')}`
  return line.endsWith('\n') ? [text] : [text, '\\ No newline at end of file']
}
