/** Lines of columns, each as wide as its widest cell; `right` columns are for numbers. The last column is not padded. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => visibleLength(row[column] ?? ''))))
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const gap = ' '.repeat(Math.max(0, (widths[column] ?? 0) - visibleLength(cell)))
        if (right.includes(column)) return gap + cell
        return column === row.length - 1 ? cell : cell + gap
      })
      .join('  '),
  )
}

/** Columns that a text takes, colours left out. */
function visibleLength(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with an escape character
  return text.replace(/\u001b\[[0-9;]*m/g, '').length
}
