import { StringDecoder } from 'node:string_decoder'
import { redact } from '../support/redact.ts'

/** Characters of a line beyond which it is broken: a program that never ends one must not fill the memory. */
const LONGEST = 16 * 1024

const esc = String.fromCharCode(27)
const bell = String.fromCharCode(7)
/**
 * ECMA-48: control sequences (`ESC [ …`), operating system commands such as a terminal's title (`ESC ] … BEL`), and
 * whatever else controls a terminal.
 */
const control = new RegExp(
  `${esc}\\[[0-9;:?<=>]*[ -/]*[@-~]|${esc}\\][^${bell}${esc}]*(?:${bell}|${esc}\\\\)?|${esc}[ -/]*[0-Z\\\\^-~]|[^\\P{Cc}\\t\\n]`,
  'gu',
)
const colour = new RegExp(`${esc}\\[[0-9;:]*m`, 'g')
const onlyColour = new RegExp(`^${esc}\\[[0-9;:]*m$`)

/** Makes lines of the bytes that a program prints. Secrets are taken out, and of the control codes colours stay. */
export interface LineSplitter {
  /** The lines that these bytes complete. Bytes that are no UTF-8 become U+FFFD. */
  push(chunk: Buffer): readonly string[]
  /** What has been printed of a line that has not ended. */
  partial(): string
  /** The last line, if the output did not end with a line's end. */
  end(): readonly string[]
}

export function splitLines(): LineSplitter {
  const decoder = new StringDecoder('utf8')
  let pending = ''
  return {
    push: (chunk) => {
      const parts = (pending + decoder.write(chunk)).split('\n')
      pending = parts.pop() ?? ''
      // A progress bar that is drawn over and over: the last one is what stands there.
      const drawn = pending.lastIndexOf('\r', pending.length - 2)
      if (drawn > 0) pending = pending.slice(drawn)
      const lines = parts.flatMap(broken)
      if (pending.length > LONGEST) {
        const pieces = broken(pending)
        pending = pieces.pop() ?? ''
        lines.push(...pieces)
      }
      return tidy(lines)
    },
    partial: () => tidy([pending]).join(''),
    end: () => {
      const rest = pending + decoder.end()
      pending = ''
      return rest === '' ? [] : tidy([rest])
    },
  }
}

/** The text as one reads it and looks for words in it. */
export function withoutColours(line: string): string {
  return line.replace(colour, '')
}

function broken(line: string): string[] {
  if (line.length <= LONGEST) return [line]
  const pieces: string[] = []
  for (let at = 0; at < line.length; at += LONGEST) pieces.push(line.slice(at, at + LONGEST))
  return pieces
}

/** All at once: looking for secrets in each line by itself would cost more than reading them. */
function tidy(lines: readonly string[]): string[] {
  if (lines.length === 0) return []
  const shown = lines.map((line) => {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line
    return text.slice(text.lastIndexOf('\r') + 1)
  })
  const text = shown.join('\n').replace(control, (code) => (onlyColour.test(code) ? code : ''))
  return redact(text).split('\n')
}
