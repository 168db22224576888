import { parseSgr, type Span, type Style } from './sgr.ts'

/** Characters of a line that are shown: nobody reads further, and shaping sixteen thousand takes a browser long. */
const shownAtMost = 2000

/** A piece of a line as it is drawn. */
export interface Piece extends Span {
  /** It is what one has searched for. */
  readonly found: boolean
}

export interface ShownLine {
  readonly pieces: readonly Piece[]
  /** Characters that are left out. */
  readonly more: number
}

/** A line as it is drawn: its colours, cut at a length that can be read, with what one searches for set apart. */
export function shownLine(text: string, words: string): ShownLine {
  const spans: Span[] = []
  let [length, more] = [0, 0]
  for (const span of parseSgr(text)) {
    const shown = span.text.slice(0, Math.max(0, shownAtMost - length))
    length += shown.length
    more += span.text.length - shown.length
    if (shown !== '') spans.push({ ...span, text: shown })
  }
  return { pieces: marked(spans, words), more }
}

function marked(spans: readonly Span[], words: string): readonly Piece[] {
  const places = words === '' ? [] : placesOf(spans.map((span) => span.text).join(''), words)
  const pieces: Piece[] = []
  let start = 0
  for (const { text, style } of spans) {
    pieces.push(...cut(text, style, start, places))
    start += text.length
  }
  return pieces
}

/** Where the words begin and end, whatever their case. */
function placesOf(text: string, words: string): readonly (readonly [from: number, to: number])[] {
  const [lower, wanted] = [text.toLowerCase(), words.toLowerCase()]
  // A few letters have a small form that is longer: then the places would not be those of the text.
  if (lower.length !== text.length) return []
  const places: [number, number][] = []
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, at + wanted.length)) {
    places.push([at, at + wanted.length])
  }
  return places
}

function cut(
  text: string,
  style: Style,
  start: number,
  places: readonly (readonly [from: number, to: number])[],
): readonly Piece[] {
  const pieces: Piece[] = []
  let at = 0
  for (const [from, to] of places) {
    const [begin, end] = [Math.max(at, from - start), Math.min(text.length, to - start)]
    if (end <= begin) continue
    if (begin > at) pieces.push({ text: text.slice(at, begin), style, found: false })
    pieces.push({ text: text.slice(begin, end), style, found: true })
    at = end
  }
  if (at < text.length) pieces.push({ text: text.slice(at), style, found: false })
  return pieces
}
