import type { ErrorCode } from '../api/errors.ts'
import { StrataError } from '../support/errors.ts'
import { clean } from '../support/redact.ts'
import type { Credential } from './credentials/credentials.ts'

/**
 * What went wrong, finer than an error's code: `details.reason` of every error that comes from talking to a registry.
 * Stable words, in the order in which one gets further: the doctor and the tests rely on them.
 */
export const reasons = [
  // finding and reaching the host
  'dns-not-found',
  'dns-failed',
  'refused',
  'no-route',
  'connect-timeout',
  /** The registry leads to an address of our own network that it is not in itself. */
  'private-address',
  'proxy-invalid',
  'proxy-unreachable',
  'proxy-login',
  'proxy-refused',
  // TLS
  /** A CA file or client certificate of our own that cannot be used. */
  'tls-files',
  /** https was spoken to a port that speaks plain http. */
  'speaks-http',
  /** Plain http was spoken to a port that speaks TLS. */
  'speaks-tls',
  'tls-expired',
  'tls-not-yet-valid',
  'tls-unknown-ca',
  'tls-wrong-name',
  /** It wants a client certificate, or does not take ours. */
  'tls-client-certificate',
  'tls-failed',
  // an answer at all
  'not-http',
  'html',
  'no-registry',
  'cut',
  /** No byte for too long. */
  'stalled',
  /** Bytes, but hardly any. */
  'dripping',
  'timeout',
  // who we are
  'login-missing',
  'login-refused',
  /** It wants another sort of login than the one that was found. */
  'login-unfit',
  'insufficient-scope',
  'denied',
  'realm-invalid',
  'realm-not-tls',
  /** The token server answers something that is no token. */
  'token-invalid',
  // what it says to a request
  'name-unknown',
  'manifest-unknown',
  'blob-unknown',
  'upload-unknown',
  'not-found',
  'unsupported',
  'too-large',
  'no-space',
  'rate-limited',
  'server-error',
  'digest-invalid',
  'bad-request',
  'redirect-loop',
  'redirect-to-http',
  'redirect-of-write',
  'location-missing',
] as const
export type Reason = (typeof reasons)[number]

/** The reason of an error that comes from a registry; undefined for any other. */
export function reasonOf(thrown: unknown): Reason | undefined {
  const found = thrown instanceof StrataError ? thrown.details?.reason : undefined
  return reasons.find((one) => one === found)
}

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
    reason: kind.reason,
    ...(own.codes.length > 0 && { registryCode: own.codes.join(',') }),
    ...(kind.retryable &&
      answer.retryAfter !== undefined && { retryAfterSeconds: Math.ceil(answer.retryAfter / 1000) }),
  }
  const message = `${what}: ${kind.words} (HTTP ${status})${said}`
  return new StrataError(kind.code, message, { hint: kind.hint, details, retryable: kind.retryable ?? false })
}

interface Kind {
  readonly code: ErrorCode
  readonly reason: Reason
  readonly words: string
  readonly hint?: string
  readonly retryable?: boolean
}

function classify({ status, contentType, body }: BadAnswer, codes: readonly string[]): Kind {
  if (isOutOfSpace(status, body)) return outOfSpace(status)
  if (status === 429 || codes.includes('TOOMANYREQUESTS')) {
    return {
      code: 'registry-rate-limited',
      reason: 'rate-limited',
      words: 'the registry limits the rate',
      hint: 'Wait, log in (anonymous limits are lower), or use fewer --jobs.',
      retryable: true,
    }
  }
  if (status === 401) {
    const words = 'the registry wants other credentials'
    return { code: 'registry-auth', reason: 'login-refused', words, hint: authHint }
  }
  if (status === 403) {
    const hint = 'These credentials may not do this here: check the rights of the account or token on this repository.'
    return { code: 'registry-denied', reason: 'denied', words: 'the registry denies it', hint }
  }
  if (status === 407) {
    const hint = 'Write the proxy as http://USER:PASSWORD@HOST:PORT in HTTP_PROXY.'
    return { code: 'registry-unreachable', reason: 'proxy-login', words: 'the proxy wants a login', hint }
  }
  if (status >= 500 && status !== 501) {
    const hint = 'Nothing on this side mends that: look into the registry’s log, or ask its operator.'
    const words = 'the registry failed'
    return { code: 'registry-server-error', reason: 'server-error', words, hint, retryable: true }
  }
  // nginx, Go's and Apache's words for plain http on a TLS port.
  if (status === 400 && /HTTPS? request (?:was sent )?to an? HTTPS|plain HTTP.*(?:HTTPS|SSL)/i.test(body)) {
    const hint = 'Write oci:// instead of oci+http://.'
    return { code: 'registry-not-a-registry', reason: 'speaks-tls', words: 'this port speaks TLS', hint }
  }
  // nginx's words for a missing client certificate, which it asks for after the handshake.
  if (status === 400 && /SSL certificate (?:was sent|error)/i.test(body)) {
    const words = 'it wants a client certificate'
    return { code: 'registry-tls', reason: 'tls-client-certificate', words, hint: clientCertificateHint }
  }
  if (contentType.includes('html')) return notARegistry(status)
  if (status === 404) {
    const reason = notFound(codes)
    return { code: 'registry-not-found', reason, words: 'not found', hint: notFoundHints[reason] }
  }
  if (status === 405 || status === 501) {
    const hint =
      'Many registries allow no deletes until their operator enables them (Distribution: storage.delete.enabled).'
    return { code: 'registry-unsupported', reason: 'unsupported', words: 'the registry does not allow it', hint }
  }
  // 408 and 425 ask for the same request again; 416 and other refusals would only be refused again.
  if (status === 408 || status === 425) {
    return { code: 'registry-cut', reason: 'timeout', words: 'it took too long', retryable: true }
  }
  const reason = codes.includes('DIGEST_INVALID') ? 'digest-invalid' : 'bad-request'
  return { code: 'registry-protocol', reason, words: 'the registry refused it' }
}

const notFoundHints: Partial<Readonly<Record<Reason, string>>> = {
  'name-unknown':
    'Check the name. Where no push creates a repository or project (Amazon ECR, Harbor), create it first.',
  'upload-unknown':
    'It loses uploads: registries behind one load balancer must share their storage and their http.secret.',
}

function notFound(codes: readonly string[]): Reason {
  if (codes.includes('NAME_UNKNOWN')) return 'name-unknown'
  if (codes.includes('MANIFEST_UNKNOWN')) return 'manifest-unknown'
  if (codes.includes('BLOB_UPLOAD_UNKNOWN')) return 'upload-unknown'
  return codes.some((code) => code.includes('BLOB_UNKNOWN')) ? 'blob-unknown' : 'not-found'
}

export const clientCertificateHint =
  'Put its certificate and key as client.cert and client.key into ~/.config/containers/certs.d/HOST:PORT/.'

/** `strata whoami` is named last: it shows also what could not be read, such as a credential helper that fails. */
export const authHint =
  'Log in with `strata login HOST`, `podman login` or `docker login`, or set STRATA_USERNAME and STRATA_PASSWORD; `strata whoami REF` shows what was looked at.'

/** The registry has seen this login and does not take it. */
export function loginRefused(registry: string, credential: Credential): StrataError {
  const who = credential.kind === 'basic' ? ` of "${credential.username}"` : ''
  const message = `${registry}: the login${who} was refused (from ${credential.source})`
  return loginFailure(message, 'login-refused', `Check name and password. ${authHint}`)
}

export function loginMissing(registry: string): StrataError {
  return loginFailure(`${registry} wants a login, and none was found`, 'login-missing', authHint)
}

/** What was found cannot be shown the way this registry wants it. */
export function loginUnfit(registry: string, credential: Credential): StrataError {
  const message = `${registry} wants name and password, not the token from ${credential.source}`
  return loginFailure(message, 'login-unfit', authHint)
}

function loginFailure(message: string, reason: Reason, hint: string): StrataError {
  return new StrataError('registry-auth', message, { hint, details: { reason } })
}

function notARegistry(status: number): Kind {
  const words = status < 300 ? 'this is a web page, not a registry' : 'this is a web server, not a registry'
  const hint = 'Check host and port: a registry answers below /v2/, and its web page may be on another host.'
  return { code: 'registry-not-a-registry', reason: 'html', words, hint }
}

function outOfSpace(status: number): Kind {
  const code = 'registry-out-of-space'
  if (status !== 413) {
    const hint = 'Free space there, then push again.'
    // A disk empties again; a quota, which is refused with 4xx, stays used up.
    return { code, reason: 'no-space', words: 'the registry has no space left', hint, retryable: status >= 500 }
  }
  const hint = 'A proxy in front of the registry bounds uploads (nginx: client_max_body_size), or a quota is used up.'
  return { code, reason: 'too-large', words: 'the registry takes no upload of this size', hint }
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
