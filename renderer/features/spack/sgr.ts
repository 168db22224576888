/** A colour of a terminal: one of the sixteen that the theme gives, or one that the program has mixed itself. */
export type Ink =
  | { readonly kind: 'named'; readonly index: number }
  | { readonly kind: 'mixed'; readonly red: number; readonly green: number; readonly blue: number }

/** How a piece of a line is written. What is absent is as usual. */
export interface Style {
  readonly ink?: Ink
  readonly ground?: Ink
  readonly bold?: boolean
  readonly dim?: boolean
  readonly italic?: boolean
  readonly underline?: boolean
  readonly inverse?: boolean
}

export interface Span {
  readonly text: string
  readonly style: Style
}

const esc = String.fromCharCode(27)
const code = new RegExp(`${esc}\\[([0-9;:]*)m`, 'g')
const plain: Style = {}

/** The line without its colour codes. */
export function plainText(line: string): string {
  return line.includes(esc) ? line.replace(code, '') : line
}

/**
 * The pieces of a line by the codes in it that select a graphic rendition (SGR, ECMA-48 8.3.117): the 16 colours, the 256 of
 * xterm and mixed ones, bold, dim, italic, underline, inverse. Other renditions change nothing. A line begins plain, whatever
 * the one before it said, so that any line can be shown by itself.
 */
export function parseSgr(line: string): readonly Span[] {
  if (!line.includes(esc)) return [{ text: line, style: plain }]
  const spans: Span[] = []
  let style = plain
  let at = 0
  for (const found of line.matchAll(code)) {
    if (found.index > at) spans.push({ text: line.slice(at, found.index), style })
    at = found.index + found[0].length
    style = applied(style, found[1] ?? '')
  }
  if (at < line.length) spans.push({ text: line.slice(at), style })
  return spans
}

function applied(before: Style, parameters: string): Style {
  // A part with colons is one attribute with its own parameters (`4:3`, `38:2::255:0:0`); by semicolons they follow one another.
  const parts = parameters.split(';')
  let style = before
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at] ?? ''
    if (part.includes(':')) {
      style = withColons(style, part.split(':').map(Number))
      continue
    }
    const n = Number(part)
    if (n === 38 || n === 48) {
      const { ink, used } = mixed(parts.slice(at + 1).map(Number))
      at += used
      if (ink) style = n === 38 ? { ...style, ink } : { ...style, ground: ink }
      continue
    }
    style = attribute(style, n)
  }
  return style
}

function withColons(style: Style, [n, kind, ...rest]: readonly number[]): Style {
  if (n === 4) return { ...style, underline: kind !== 0 }
  if (n !== 38 && n !== 48) return style
  // ISO 8613-6 has the name of a colour space before the three parts; many programs leave it out.
  const values = kind === 2 && rest.length > 3 ? rest.slice(1) : rest
  const { ink } = mixed([kind ?? 0, ...values])
  if (!ink) return style
  return n === 38 ? { ...style, ink } : { ...style, ground: ink }
}

function attribute(style: Style, n: number): Style {
  switch (n) {
    case 0:
      return plain
    case 1:
      return { ...style, bold: true }
    case 2:
      return { ...style, dim: true }
    case 3:
      return { ...style, italic: true }
    case 4:
    case 21:
      return { ...style, underline: true }
    case 7:
      return { ...style, inverse: true }
    case 22:
      return { ...style, bold: undefined, dim: undefined }
    case 23:
      return { ...style, italic: undefined }
    case 24:
      return { ...style, underline: undefined }
    case 27:
      return { ...style, inverse: undefined }
    case 39:
      return { ...style, ink: undefined }
    case 49:
      return { ...style, ground: undefined }
    default:
      return namedColour(style, n)
  }
}

function namedColour(style: Style, n: number): Style {
  const named = (index: number): Ink => ({ kind: 'named', index })
  if (n >= 30 && n <= 37) return { ...style, ink: named(n - 30) }
  if (n >= 90 && n <= 97) return { ...style, ink: named(n - 90 + 8) }
  if (n >= 40 && n <= 47) return { ...style, ground: named(n - 40) }
  if (n >= 100 && n <= 107) return { ...style, ground: named(n - 100 + 8) }
  return style
}

/** The colour that follows 38 or 48: `5;n` of xterm's 256, or `2;r;g;b`. `used`: how many of the parameters it took. */
function mixed(parameters: readonly number[]): { readonly ink?: Ink; readonly used: number } {
  const [kind, a, b, c] = parameters
  if (kind === 5) return { ink: isByte(a) ? indexed(a) : undefined, used: 2 }
  if (kind !== 2) return { used: 1 }
  const ink = isByte(a) && isByte(b) && isByte(c) ? rgb(a, b, c) : undefined
  return { ink, used: 4 }
}

function isByte(value: number | undefined): value is number {
  return value !== undefined && Number.isInteger(value) && value >= 0 && value <= 255
}

/** The steps of xterm's 6 × 6 × 6 cube. */
const steps = [0, 95, 135, 175, 215, 255]

/** xterm's 256 colours: the sixteen, the cube, and 24 greys. */
function indexed(n: number): Ink {
  if (n < 16) return { kind: 'named', index: n }
  if (n >= 232) {
    const grey = 8 + (n - 232) * 10
    return rgb(grey, grey, grey)
  }
  const step = (part: number): number => steps[Math.floor((n - 16) / part) % 6] ?? 0
  return rgb(step(36), step(6), step(1))
}

function rgb(red: number, green: number, blue: number): Ink {
  return { kind: 'mixed', red, green, blue }
}
