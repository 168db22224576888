/** A text, or a text and the colour it gets; widths are those of the text. */
export type Cell = string | readonly [text: string, colour: (text: string) => string]

export interface TableOptions {
  /** Columns of numbers. */
  readonly right?: readonly number[]
  /** Columns of the terminal: the last cell is cut to end there. Unbounded when absent. */
  readonly width?: number
}

/** Lines of columns, each as wide as its widest cell. The last column is not padded. */
export function table(rows: readonly (readonly Cell[])[], { right = [], width }: TableOptions = {}): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => textOf(row[column]).length)))
  const before = widths.slice(0, -1).reduce((sum, one) => sum + one + GAP.length, 0)
  const room = width === undefined ? Number.POSITIVE_INFINITY : Math.max(MIN_LAST, width - before)
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const last = column === row.length - 1
        const text = last ? cut(textOf(cell), room) : textOf(cell)
        const gap = ' '.repeat(Math.max(0, (widths[column] ?? 0) - text.length))
        const shown = typeof cell === 'string' ? text : cell[1](text)
        if (right.includes(column)) return gap + shown
        return last ? shown : shown + gap
      })
      .join(GAP)
      .trimEnd(),
  )
}

const GAP = '  '
/** The last column keeps this much on the narrowest terminal: a wrapped line is better than no words. */
const MIN_LAST = 12

function textOf(cell: Cell | undefined): string {
  return typeof cell === 'string' ? cell : (cell?.[0] ?? '')
}

/** A text that ends with `…` where it had to be cut. */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`
}
