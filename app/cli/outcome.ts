import type { CommanderError } from 'commander'
import type { ErrorBody } from '../../main/api/errors.ts'
import { StrataError, toErrorBody } from '../../main/support/errors.ts'
import { err } from './colours.ts'

/** What a command ends with: 0 done, 1 failed, 2 wrong usage, 130 cancelled (as a shell reports Ctrl-C). */
export function exitCodeOf(error: ErrorBody): number {
  switch (error.code) {
    case 'usage':
    case 'reference-invalid':
    case 'tag-invalid':
      return 2
    case 'cancelled':
      return 130
    default:
      return 1
  }
}

/** Says what failed on standard error (with `json` as a document on standard output) and sets the exit code. */
export function reportFailure(thrown: unknown, json: boolean): void {
  const error = toErrorBody(thrown)
  process.exitCode = exitCodeOf(error)
  if (json) console.log(JSON.stringify({ error }))
  else console.error(describeError(error))
}

/** An error in two or three lines: what, what now, and its code to look up. */
export function describeError(error: ErrorBody): string {
  const hint = error.hint === undefined ? '' : `\n  ${error.hint.replaceAll('\n', '\n  ')}`
  return `${err.red('error:')} ${error.message}${hint}\n  ${err.dim(error.code)}`
}

/** What commander found wrong with the command line, as an error of ours: its first line, its suggestion, and the help. */
export function usageError(error: CommanderError, help: string): StrataError {
  const [first = '', ...rest] = error.message.split('\n')
  const suggestion = rest.join(' ').replace(/^\(|\)$/g, '')
  return new StrataError('usage', first.replace(/^error: /, ''), {
    hint: [suggestion, `See: ${help}`].filter((part) => part !== '').join(' '),
  })
}
