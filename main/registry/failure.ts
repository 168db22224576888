import type { ErrorCode } from '../api/errors.ts'
import { StrataError } from '../support/errors.ts'
import { clean } from '../support/redact.ts'

/** Characters of a registry's own words that are quoted in a message. */
const maxQuote = 500

/** An answer that was not the expected one: what is needed to say why. */
export interface BadAnswer {
  readonly status: number
  readonly contentType: string
  /** The beginning of the body. */
  readonly body: string
  /** The wait that the registry asked for, in milliseconds. */
  readonly retryAfter?: number
}

export function cancelled(signal?: AbortSignal): StrataError {
  return new StrataError('cancelled', 'cancelled', { cause: signal?.reason })
}

/** The error for an HTTP status; `what` is "host/repository: operation", as every message begins. */
export function fromAnswer(what: string, answer: BadAnswer): StrataError {
  const { status } = answer
  const own = registryErrors(answer.body)
  const kind = classify(answer, own.codes)
  const quoted = answer.contentType.includes('html') ? '' : own.text
  const said = quoted === '' ? '' : `: "${quoted}"`
  const details = {
    status,
    ...(own.codes.length > 0 && { registryCode: own.codes.join(',') }),
    ...(kind.retryable &&
      answer.retryAfter !== undefined && { retryAfterSeconds: Math.ceil(answer.retryAfter / 1000) }),
  }
  const message = `${what}: ${kind.words} (HTTP ${status})${said}`
  return new StrataError(kind.code, message, { hint: kind.hint, details, retryable: kind.retryable ?? false })
}

interface Kind {
  readonly code: ErrorCode
  readonly words: string
  readonly hint?: string
  readonly retryable?: boolean
}

function classify({ status, contentType, body }: BadAnswer, codes: readonly string[]): Kind {
  if (isOutOfSpace(status, body)) return outOfSpace(status)
  if (status === 429 || codes.includes('TOOMANYREQUESTS')) {
    return {
      code: 'registry-rate-limited',
      words: 'the registry limits the rate',
      hint: 'Wait, log in (anonymous limits are lower), or use fewer --jobs.',
      retryable: true,
    }
  }
  if (status === 401) return { code: 'registry-auth', words: 'the registry wants other credentials', hint: authHint }
  if (status === 403) {
    const hint = 'These credentials may not do this here: check the rights of the account or token on this repository.'
    return { code: 'registry-denied', words: 'the registry denies it', hint }
  }
  if (status >= 500 && status !== 501) {
    return { code: 'registry-server-error', words: 'the registry failed', retryable: true }
  }
  if (contentType.includes('html')) return notARegistry(status)
  if (status === 404) return { code: 'registry-not-found', words: 'not found' }
  if (status === 405 || status === 501) return { code: 'registry-unsupported', words: 'the registry does not allow it' }
  // 408 and 425 ask for the same request again; 416 and other refusals would only be refused again.
  if (status === 408 || status === 425) return { code: 'registry-cut', words: 'it took too long', retryable: true }
  return { code: 'registry-protocol', words: 'the registry refused it' }
}

export const authHint = 'Set STRATA_USERNAME and STRATA_PASSWORD, or log in with `podman login` or `docker login`.'

function notARegistry(status: number): Kind {
  const words = status < 300 ? 'this is a web page, not a registry' : 'this is a web server, not a registry'
  const hint = 'Check host and port: a registry answers below /v2/, and its web page may be on another host.'
  return { code: 'registry-not-a-registry', words, hint }
}

function outOfSpace(status: number): Kind {
  const code = 'registry-out-of-space'
  if (status !== 413)
    return { code, words: 'the registry has no space left', hint: 'Free space there, then push again.' }
  const hint = 'A proxy in front of the registry bounds uploads (nginx: client_max_body_size), or a quota is used up.'
  return { code, words: 'the registry takes no upload of this size', hint }
}

/** 28 is ENOSPC and 122 EDQUOT: Distribution passes Go's bare errno on in `detail` of an UNKNOWN error. */
const spaceWords =
  /no space left|disk (?:is )?full|insufficient storage|ENOSPC|quota (?:is )?exceeded|"Err":\s*(?:28|122)\b/i

function isOutOfSpace(status: number, body: string): boolean {
  return status === 507 || status === 413 || (status >= 400 && status !== 404 && spaceWords.test(body))
}

/** The `errors` of a registry's body (OCI distribution specification, "Error Codes"), or else its text, bounded. */
export function registryErrors(body: string): { readonly codes: readonly string[]; readonly text: string } {
  const list = errorList(body)
  if (!list) return { codes: [], text: bound(body) }
  const codes = list.flatMap(({ code }) => (typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code) ? [code] : []))
  const texts = list.map(({ code, message, detail }) => {
    const more =
      detail === undefined || detail === null ? '' : ` ${typeof detail === 'string' ? detail : JSON.stringify(detail)}`
    return `${String(code ?? '')} ${String(message ?? '')}${more}`.trim()
  })
  return { codes, text: bound(texts.join('; ')) }
}

interface RegistryError {
  readonly code?: unknown
  readonly message?: unknown
  readonly detail?: unknown
}

function errorList(body: string): readonly RegistryError[] | undefined {
  try {
    const document: unknown = JSON.parse(body)
    if (typeof document !== 'object' || document === null) return undefined
    if ('errors' in document && Array.isArray(document.errors)) {
      return document.errors.filter((entry): entry is RegistryError => typeof entry === 'object' && entry !== null)
    }
    // Token servers of several vendors answer `{"details": "…"}` or `{"message": "…"}`.
    const message = 'details' in document ? document.details : 'message' in document ? document.message : undefined
    return message === undefined ? undefined : [{ message }]
  } catch {
    return undefined
  }
}

function bound(text: string): string {
  const line = clean(text).replace(/\s+/g, ' ').trim()
  return line.length > maxQuote ? `${line.slice(0, maxQuote - 1)}…` : line
}

/**
 * Whether a manifest was refused because blobs of it are missing: what was thought present is not.
 * Distribution says MANIFEST_BLOB_UNKNOWN, others BLOB_UNKNOWN.
 */
export function isMissingBlob(thrown: unknown): boolean {
  if (!(thrown instanceof StrataError)) return false
  return /\b(?:MANIFEST_)?BLOB_UNKNOWN\b/.test(String(thrown.details?.registryCode ?? ''))
}

/** The error for what undici, a socket or TLS threw; `what` as in `fromAnswer`, `host` as people write it. */
export function fromNetwork(what: string, host: string, thrown: unknown, signal?: AbortSignal): StrataError {
  if (thrown instanceof StrataError) return thrown
  if (signal?.aborted) return cancelled(signal)
  const error = innermost(thrown)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const details = { host, ...(code !== '' && { reason: code }) }
  const tls = tlsReasons[code] ?? (code.startsWith('ERR_SSL') || code === 'EPROTO' ? plainInstead : undefined)
  if (tls) return new StrataError('registry-tls', `${what}: ${tls.words}`, { hint: tls.hint, details, cause: error })
  const unreachable = unreachableReasons[code]
  if (unreachable) {
    const { words, hint } = unreachable
    return new StrataError('registry-unreachable', `${what}: ${words}`, {
      hint,
      details,
      cause: error,
      retryable: true,
    })
  }
  if (code.startsWith('HPE_')) {
    const hint = 'The port speaks something else than HTTP. If it is TLS, write oci:// instead of oci+http://.'
    return new StrataError('registry-not-a-registry', `${what}: no HTTP answer`, { hint, details, cause: error })
  }
  if (error.message.startsWith('Proxy response')) {
    const hint = 'Check HTTPS_PROXY and NO_PROXY.'
    return new StrataError('registry-unreachable', `${what}: ${error.message}`, { hint, details, cause: error })
  }
  const words = stalled.has(code) ? 'the registry stopped answering' : 'the connection was cut'
  return new StrataError('registry-cut', `${what}: ${words} (${code || error.message})`, {
    hint: 'Run it again: what has been uploaded is not uploaded twice.',
    details,
    cause: error,
    retryable: true,
  })
}

const stalled = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])

/** Node wraps the errors of several addresses in one AggregateError. */
function innermost(thrown: unknown): Error {
  if (thrown instanceof AggregateError && thrown.errors[0] instanceof Error) return thrown.errors[0]
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

const reachHint = 'Check the host, the port and your network.'
const unreachableReasons: Readonly<Record<string, { words: string; hint: string }>> = {
  ECONNREFUSED: { words: 'nothing listens there (connection refused)', hint: `Is the registry running? ${reachHint}` },
  ENOTFOUND: { words: 'no such host name', hint: reachHint },
  EAI_AGAIN: { words: 'the name server does not answer', hint: reachHint },
  EHOSTUNREACH: { words: 'no route to the host', hint: reachHint },
  ENETUNREACH: { words: 'no network', hint: reachHint },
  ETIMEDOUT: { words: 'the host does not answer', hint: `${reachHint} A proxy may be needed (HTTPS_PROXY).` },
  UND_ERR_CONNECT_TIMEOUT: {
    words: 'the host does not answer',
    hint: `${reachHint} A proxy may be needed (HTTPS_PROXY).`,
  },
}

const plainInstead = {
  words: 'TLS could not be set up',
  hint: 'If this registry speaks plain http, write oci+http:// instead of oci://.',
}
const unknownCa = {
  words: "the certificate's authority (CA) is not known here",
  hint: 'Give the authority’s certificate with --ca-file FILE.',
}
const tlsReasons: Readonly<Record<string, { words: string; hint: string }>> = {
  CERT_HAS_EXPIRED: {
    words: 'the certificate has expired',
    hint: 'Renew it on the registry (or check this clock). --ca-file does not help against it.',
  },
  CERT_NOT_YET_VALID: { words: 'the certificate is not valid yet', hint: 'Check the clocks of both machines.' },
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    ...unknownCa,
    words: 'the certificate is self-signed and not known here (unknown CA)',
  },
  SELF_SIGNED_CERT_IN_CHAIN: unknownCa,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownCa,
  UNABLE_TO_GET_ISSUER_CERT: unknownCa,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownCa,
  ERR_TLS_CERT_ALTNAME_INVALID: {
    words: 'the certificate is for another name',
    hint: 'Use the name that the certificate carries, or a certificate for this one. --ca-file does not help against it.',
  },
}

/** A registry that finds another digest than ours in what arrived: our own copy is not what its name says. */
export function digestRefused(what: string, thrown: unknown): unknown {
  if (!(thrown instanceof StrataError) || !String(thrown.details?.registryCode ?? '').includes('DIGEST_INVALID'))
    return thrown
  return new StrataError(
    'digest-mismatch',
    `${what}: the bytes that were sent have another digest (${thrown.message})`,
    {
      details: thrown.details,
      cause: thrown,
    },
  )
}
