import type { ErrorBody, ErrorCode } from '../api/errors.ts'
import { clean } from './redact.ts'

type Details = NonNullable<ErrorBody['details']>

export interface ErrorParts {
  /** What to do now, as a sentence to the user. */
  readonly hint?: string
  /** Facts a program may read: paths, digests, status codes. Never a secret. */
  readonly details?: Details
  readonly cause?: unknown
  /** True when the same call may succeed a moment later. */
  readonly retryable?: boolean
}

/**
 * The one error class of the engine. `code` is stable (main/api/errors.ts); `message` says what failed on what.
 * Secrets and control characters are taken out here, when the error is made, so that nothing later can leak them.
 */
export class StrataError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly details: Details | undefined
  readonly retryable: boolean

  constructor(code: ErrorCode, message: string, parts: ErrorParts = {}) {
    super(clean(message), { cause: parts.cause })
    this.name = 'StrataError'
    this.code = code
    this.hint = parts.hint === undefined ? undefined : clean(parts.hint)
    this.details = parts.details && cleanDetails(parts.details)
    this.retryable = parts.retryable ?? false
  }
}

function cleanDetails(details: Details): Details {
  return Object.fromEntries(Object.entries(details).map(([k, v]) => [k, typeof v === 'string' ? clean(v) : v]))
}

/** Any thrown value as a StrataError: our own unchanged, the system's by its errno, the rest as `internal`. */
export function toStrataError(thrown: unknown, doing = ''): StrataError {
  if (thrown instanceof StrataError) return thrown
  const prefix = doing ? `${doing}: ` : ''
  if (thrown instanceof Error) {
    if (thrown.name === 'AbortError') return new StrataError('cancelled', `${prefix}cancelled`, { cause: thrown })
    const errno = (thrown as NodeJS.ErrnoException).code
    const code = errno === undefined ? undefined : errnoCodes[errno]
    if (code) return new StrataError(code.code, `${prefix}${thrown.message}`, { cause: thrown, hint: code.hint })
    return new StrataError('internal', `${prefix}${thrown.message}`, { cause: thrown })
  }
  return new StrataError('internal', `${prefix}${String(thrown)}`)
}

const errnoCodes: Record<string, { code: ErrorCode; hint?: string }> = {
  ENOSPC: { code: 'disk-full', hint: 'Free some space, or move the blob store with STRATA_HOME, and run it again.' },
  EDQUOT: { code: 'disk-full', hint: 'Your quota is used up. Move the blob store with STRATA_HOME.' },
  EACCES: { code: 'permission-denied', hint: 'Check who owns it and its mode.' },
  EPERM: { code: 'permission-denied', hint: 'Check who owns it and its mode.' },
  EROFS: { code: 'permission-denied', hint: 'The file system is read-only.' },
  ENOENT: { code: 'io' },
  EIO: { code: 'io' },
  EMFILE: { code: 'io', hint: 'Too many open files: raise `ulimit -n` or use fewer --jobs.' },
}

/** The error as plain data, to cross a process or to print as JSON. */
export function toErrorBody(thrown: unknown): ErrorBody {
  const error = toStrataError(thrown)
  return { code: error.code, message: error.message, hint: error.hint, details: error.details }
}
