/** How a text ends its lines, and where they begin and end. Offsets are those of the string. */

/** The ending of the first line; `\n` for a text of one line. */
export function endingOf(text: string): '\n' | '\r\n' {
  const at = text.indexOf('\n')
  return at > 0 && text[at - 1] === '\r' ? '\r\n' : '\n'
}

/** Where the line of `offset` begins. A byte order mark belongs to no line. */
export function lineStart(text: string, offset: number): number {
  const at = text.lastIndexOf('\n', offset - 1) + 1
  return at === 0 && text.startsWith('\ufeff') ? 1 : at
}

/** Where the line of `offset` ends, before its ending. */
export function lineEnd(text: string, offset: number): number {
  const at = text.indexOf('\n', offset)
  if (at === -1) return text.length
  return text[at - 1] === '\r' ? at - 1 : at
}

/** Where the next line begins; the length of the text when there is none. */
export function nextLine(text: string, offset: number): number {
  const at = text.indexOf('\n', offset)
  return at === -1 ? text.length : at + 1
}

/** What stands before `offset` on its line, as blanks: the indentation of what begins there. */
export function indentationAt(text: string, offset: number): string {
  return text.slice(lineStart(text, offset), offset).replace(/\S/g, ' ')
}
