/**
 * A column of a long table: how wide (a CSS grid track), and what it shows. Cells are plain text: elements inside them, a
 * button or an icon a row, were half of what a frame of fast scrolling cost (32 ms of the main thread, now 16).
 */
export interface GridColumn<Row> {
  readonly id: string
  readonly title: string
  readonly track: string
  readonly number?: boolean
  readonly text: (row: Row) => string
  /** What hovering the cell tells. */
  readonly hint?: (row: Row) => string | undefined
  /** For the style sheet: the cell's `data-hue`. */
  readonly hue?: (row: Row) => string | undefined
}

/** The CSS grid tracks of these columns. */
export function gridTracks(columns: readonly { readonly track: string }[]): string {
  return columns.map((column) => column.track).join(' ')
}
