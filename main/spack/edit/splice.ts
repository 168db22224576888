/** Replaces the characters from `start` to before `end` of a text. */
export interface Splice {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** The text with every splice made; they must not overlap. At one place they go in in their order. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  const parts: string[] = []
  let at = 0
  for (const { start, end, text: replacement } of inOrder(splices)) {
    parts.push(text.slice(at, start), replacement)
    at = end
  }
  return parts.join('') + text.slice(at)
}

/** Whether one of the splices reaches into another, or begins where another one takes something away. */
export function overlap(splices: readonly Splice[]): boolean {
  const sorted = inOrder(splices)
  return sorted.some(({ start, end }, i) => {
    const next = sorted[i + 1]
    return next !== undefined && (next.start < end || (next.start === start && next.end !== end))
  })
}

function inOrder(splices: readonly Splice[]): readonly Splice[] {
  return [...splices].sort((a, b) => a.start - b.start)
}
