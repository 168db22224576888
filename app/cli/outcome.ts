import pc from 'picocolors'
import type { ErrorBody } from '../../main/api/errors.ts'
import { toErrorBody } from '../../main/support/errors.ts'

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
  const hint = error.hint === undefined ? '' : `\n  ${error.hint}`
  return `${pc.red('error:')} ${error.message}${hint}\n  ${pc.dim(error.code)}`
}
