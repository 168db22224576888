/** A line of a hex dump. */
export interface HexLine {
  /** Of its first byte, eight hexadecimal digits. */
  readonly offset: string
  /** Padded, so that all lines are equally long. */
  readonly bytes: string
  /** What can be printed; a dot for the rest. */
  readonly letters: string
}

const perLine = 16

/** Bytes, two hexadecimal digits each, as `hexdump -C` writes them. */
export function hexLines(hex: string): readonly HexLine[] {
  const bytes = hex.match(/../g) ?? []
  const lines: HexLine[] = []
  for (let at = 0; at < bytes.length; at += perLine) {
    const row = bytes.slice(at, at + perLine)
    const letters = row.map((byte) => {
      const code = Number.parseInt(byte, 16)
      return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '.'
    })
    lines.push({
      offset: at.toString(16).padStart(8, '0'),
      bytes: row.join(' ').padEnd(perLine * 3 - 1),
      letters: letters.join(''),
    })
  }
  return lines
}
