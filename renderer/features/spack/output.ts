import type { OutputPage, SpackOutput } from '../../../main/api/spack-runs.ts'

/** Lines that are asked for, and forgotten, together. */
export const pageLines = 500
/** Pages that are kept: 50,000 lines. */
const keptPages = 100

/**
 * What a run has printed, as far as it was looked at. Lines come with events while they are printed and with pages when they are
 * looked at; those that nobody has looked at for long are forgotten, and asked for again.
 */
export interface Output {
  readonly total: () => number
  /** The beginning of a line that has not ended. */
  readonly partial: () => string
  /** Undefined for a line that is not here. */
  readonly line: (number: number) => string | undefined
  readonly takeEvent: (event: SpackOutput) => void
  /** `from`: which line was asked for. */
  readonly takePage: (page: OutputPage) => void
  /** First lines of the pages that have to be asked for to show these. */
  readonly missing: (first: number, last: number) => readonly number[]
}

export function createOutput(): Output {
  /** By number; the one that was used last is the last. */
  const pages = new Map<number, (string | undefined)[]>()
  let [total, partial] = [0, '']
  const pageOf = (number: number): (string | undefined)[] => {
    const key = Math.floor(number / pageLines)
    const page = pages.get(key) ?? []
    pages.delete(key)
    pages.set(key, page)
    for (const oldest of pages.keys()) {
      if (pages.size <= keptPages) break
      pages.delete(oldest)
    }
    return page
  }
  const keep = (number: number, text: string): void => {
    pageOf(number)[number % pageLines] = text
  }
  return {
    total: () => total,
    partial: () => partial,
    line: (number) => pages.get(Math.floor(number / pageLines))?.[number % pageLines],
    takeEvent: (event) => {
      for (const [at, text] of event.lines.entries()) keep(event.from + at, text)
      total = Math.max(total, event.total)
      partial = event.partial ?? ''
    },
    takePage: (page) => {
      for (const { number, text } of page.lines) keep(number, text)
      // An event that came before the answer knows better.
      if (page.total < total) return
      total = page.total
      partial = page.partial ?? ''
    },
    missing: (first, last) => {
      const found: number[] = []
      const end = Math.min(last, total - 1)
      for (let key = Math.floor(Math.max(0, first) / pageLines); key * pageLines <= end; key += 1) {
        const [from, to] = [Math.max(first, key * pageLines), Math.min(end, (key + 1) * pageLines - 1)]
        const page = pages.get(key)
        for (let n = from; n <= to; n += 1) {
          if (page?.[n % pageLines] !== undefined) continue
          found.push(key * pageLines)
          break
        }
      }
      return found
    },
  }
}
