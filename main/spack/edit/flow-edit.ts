import { endingOf, indentationAt, lineEnd, lineStart, nextLine } from './lines.ts'
import type { Splice } from './splice.ts'

/** From and to of one entry between brackets or braces. */
type Span = readonly [start: number, end: number]

/** Puts an entry behind the last one: on its line, or on a line of its own where the last one has one. */
export function appendToFlow(
  text: string,
  entries: readonly Span[],
  [start]: readonly [number, number, number],
  added: string,
): readonly Splice[] {
  const last = entries.at(-1)
  if (!last) return [{ start: start + 1, end: start + 1, text: added }]
  const [from, to] = last
  if (!standsAlone(text, from)) return [{ start: to, end: to, text: `, ${added}` }]
  const line = `${endingOf(text)}${indentationAt(text, from)}${added}`
  const behind = lineEnd(text, to)
  // A comment behind the last entry stays on its line.
  const comma = commaAfter(text, to) !== undefined
  if (comma) return [{ start: behind, end: behind, text: `${line},` }]
  if (!/^\s*(#.*)?$/.test(text.slice(to, behind))) return [{ start: to, end: to, text: `, ${added}` }]
  return [
    { start: to, end: to, text: ',' },
    { start: behind, end: behind, text: line },
  ]
}

/** Puts an entry before the first one: on its line, or on a line of its own where the first one has one. */
export function prependToFlow(
  text: string,
  entries: readonly Span[],
  [start]: readonly [number, number, number],
  added: string,
): readonly Splice[] {
  const from = entries[0]?.[0]
  if (from === undefined || !standsAlone(text, from)) {
    const at = from ?? start + 1
    return [{ start: at, end: at, text: from === undefined ? added : `${added}, ` }]
  }
  const behind = lineEnd(text, start)
  return [{ start: behind, end: behind, text: `${endingOf(text)}${indentationAt(text, from)}${added},` }]
}

/** Takes an entry away with one comma: its whole line where it is alone on it. */
export function removeFromFlow(
  text: string,
  entries: readonly Span[],
  index: number,
  range: readonly [number, number, number],
): readonly Splice[] {
  const [start, end] = entries[index] ?? [range[0], range[0]]
  const comma = commaAfter(text, end)
  const behind = comma ?? end
  const next = entries[index + 1]
  const before = entries[index - 1]
  if (standsAlone(text, start) && /^\s*(#.*)?$/.test(text.slice(behind, lineEnd(text, behind)))) {
    const line = { start: lineStart(text, start), end: nextLine(text, behind), text: '' }
    // Where the last entry had no comma behind it, the new last one has none either.
    const last = before && next === undefined && comma === undefined ? before[1] : undefined
    return last === undefined ? [line] : [{ start: last, end: commaAfter(text, last) ?? last, text: '' }, line]
  }
  if (next) return [{ start, end: text.slice(behind, next[0]).includes('\n') ? behind : next[0], text: '' }]
  if (before) return [{ start: before[1], end, text: '' }]
  return [{ start, end: behind, text: '' }]
}

/** Whether only blanks stand before it on its line. */
function standsAlone(text: string, offset: number): boolean {
  return /^\s*$/.test(text.slice(lineStart(text, offset), offset))
}

/** Behind the comma that follows, if one does. */
function commaAfter(text: string, offset: number): number | undefined {
  const found = /^\s*,/.exec(text.slice(offset, offset + 200))
  return found ? offset + found[0].length : undefined
}
