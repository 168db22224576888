import type { FileFinding } from '../../../main/api/spack-files.ts'

/**
 * What an editor does not keep of a file: a byte order mark, and how its lines end. `mixed` lines keep their own ending
 * as a character that the editor shows.
 */
export interface FileForm {
  readonly mark: boolean
  readonly ending: '\n' | '\r\n' | 'mixed'
}

const mark = '\ufeff'

export function formOf(text: string): FileForm {
  return { mark: text.startsWith(mark), ending: endingOf(text) }
}

function endingOf(text: string): FileForm['ending'] {
  if (!text.includes('\r')) return '\n'
  return /\r(?!\n)|(?<!\r)\n/.test(text) ? 'mixed' : '\r\n'
}

/** The file's text as an editor has it, whose lines end with `\n`. */
export function toEditor(text: string, { mark: marked, ending }: FileForm): string {
  const body = marked ? text.slice(mark.length) : text
  return ending === '\r\n' ? body.replaceAll('\r\n', '\n') : body
}

/** The file's text again: what was not changed in the editor is the same to the byte. */
export function fromEditor(text: string, { mark: marked, ending }: FileForm): string {
  const body = ending === '\r\n' ? text.replaceAll('\n', '\r\n') : text
  return marked ? mark + body : body
}

/** Where the editor shows a place of the file; lines and columns count from 1. */
export function editorPlace({ line, column }: Pick<FileFinding, 'line' | 'column'>, { mark: marked }: FileForm) {
  return { line, column: marked && line === 1 ? Math.max(1, column - mark.length) : column }
}
