import type { ErrorCode } from '../api/errors.ts'
import { StrataError } from '../support/errors.ts'
import { privateAddressCode } from './addresses.ts'
import { cancelled, clientCertificateHint, type Reason } from './failure.ts'

/** Who was being talked to. */
export interface Peer {
  /** Host and port, as people write them. */
  readonly name: string
  /** The proxy on the way, without its login. */
  readonly proxy?: string
}

interface Kind {
  readonly code: ErrorCode
  readonly reason: Reason
  readonly words: string
  readonly hint: string
  readonly retryable?: boolean
}

/** The error for what undici, a socket or TLS threw; `what` is "host/repository: operation", as every message begins. */
export function fromNetwork(what: string, peer: Peer, thrown: unknown, signal?: AbortSignal): StrataError {
  if (signal?.aborted) return cancelled(signal)
  const error = innermost(thrown)
  if (error instanceof StrataError) return error
  const errno = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const { code, reason, words, hint, retryable = false } = classify(error, errno, peer)
  const details = {
    host: peer.name,
    reason,
    ...(errno !== '' && { errno }),
    ...(peer.proxy !== undefined && { proxy: peer.proxy }),
  }
  return new StrataError(code, `${what}: ${words}`, { hint, details, cause: error, retryable })
}

/** Node wraps the errors of several addresses in one AggregateError, undici those of a tunnel's TLS in one of its own. */
function innermost(thrown: unknown): Error {
  if (thrown instanceof AggregateError && thrown.errors[0] instanceof Error) return thrown.errors[0]
  if (thrown instanceof Error && thrown.name === 'SecureProxyConnectionError') return innermost(thrown.cause)
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

function classify(error: Error, errno: string, { proxy }: Peer): Kind {
  const refused = /^Proxy (?:response|Authentication Required) \((\d{3})\)/.exec(error.message)
  if (refused) return proxyRefused(refused[1] ?? '', proxy)
  if (errno === privateAddressCode) {
    const words = `the registry leads to ${error.message}, where it is not itself`
    return { code: 'registry-denied', reason: 'private-address', words, hint: privateHint }
  }
  const unreachable = unreachableKinds[errno]
  if (unreachable) return proxy === undefined ? unreachable : proxyUnreachable(unreachable, proxy)
  const tls = tlsKind(error, errno)
  if (tls) return { code: 'registry-tls', ...tls }
  if (errno.startsWith('HPE_')) {
    const hint = 'The port speaks something else than HTTP. If it is TLS, write oci:// instead of oci+http://.'
    return { code: 'registry-not-a-registry', reason: 'not-http', words: 'no HTTP answer', hint }
  }
  const isStalled = stalled.has(errno)
  const words = `${isStalled ? 'the registry stopped answering' : 'the connection was cut'} (${errno || error.message})`
  const hint = 'Run it again: what has been uploaded is not uploaded twice.'
  return { code: 'registry-cut', reason: isStalled ? 'stalled' : 'cut', words, hint, retryable: true }
}

const privateHint =
  'Only a registry in a private network may lead into one. If that is where it is, use its name or address there.'

const stalled = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])

const reachHint = 'Check the host, the port and your network.'
const unreachable = (reason: Reason, words: string, hint = reachHint): Kind => ({
  code: 'registry-unreachable',
  reason,
  words,
  hint,
  retryable: true,
})
const silent = unreachable(
  'connect-timeout',
  'the host does not answer',
  `${reachHint} A proxy may be needed (HTTPS_PROXY).`,
)
const unreachableKinds: Readonly<Record<string, Kind>> = {
  ECONNREFUSED: unreachable(
    'refused',
    'nothing listens there (connection refused)',
    `Is the registry running? ${reachHint}`,
  ),
  ENOTFOUND: unreachable('dns-not-found', 'no such host name'),
  EAI_AGAIN: unreachable('dns-failed', 'the name server does not answer'),
  EAI_FAIL: unreachable('dns-failed', 'the name server failed'),
  EHOSTUNREACH: unreachable('no-route', 'no route to the host'),
  ENETUNREACH: unreachable('no-route', 'no network'),
  ETIMEDOUT: silent,
  UND_ERR_CONNECT_TIMEOUT: silent,
}

const proxyHint = 'Check HTTPS_PROXY and HTTP_PROXY, or name the registry in NO_PROXY.'

function proxyUnreachable({ code, words, retryable }: Kind, proxy: string): Kind {
  return { code, reason: 'proxy-unreachable', words: `proxy ${proxy}: ${words}`, hint: proxyHint, retryable }
}

function proxyRefused(status: string, proxy = ''): Kind {
  const code = 'registry-unreachable'
  if (status === '407') {
    const hint = 'Write the proxy as http://USER:PASSWORD@HOST:PORT in HTTPS_PROXY.'
    return { code, reason: 'proxy-login', words: `proxy ${proxy} wants a login, or another one (HTTP 407)`, hint }
  }
  const words = `proxy ${proxy} does not let through to the registry (HTTP ${status})`
  // A gateway error of the proxy is the registry's absence, which may end.
  return { code, reason: 'proxy-refused', words, hint: proxyHint, retryable: status.startsWith('5') }
}

type TlsKind = Omit<Kind, 'code'>

/** What OpenSSL, by node's names for its errors, says of a handshake. */
function tlsKind(error: Error, errno: string): TlsKind | undefined {
  const known = tlsKinds[errno]
  if (errno === 'ERR_TLS_CERT_ALTNAME_INVALID') return wrongName(error)
  if (known) return known
  if (!errno.startsWith('ERR_SSL') && errno !== 'EPROTO') return undefined
  const text = `${errno} ${error.message}`.replaceAll('_', ' ').toLowerCase()
  if (/wrong version number|packet length too long|http request/.test(text)) return speaksHttp
  if (/alert (?:certificate required|unknown ca|bad certificate|certificate|handshake failure)/.test(text)) {
    return {
      reason: 'tls-client-certificate',
      words: 'it refuses the TLS connection: it wants a client certificate, or another one',
      hint: clientCertificateHint,
    }
  }
  return {
    reason: 'tls-failed',
    words: `TLS could not be set up (${errno})`,
    hint: 'The registry speaks a version or form of TLS that is not supported here, or something in between alters it.',
  }
}

function wrongName(error: Error): TlsKind {
  const certificate: unknown = 'cert' in error ? error.cert : undefined
  const names =
    typeof certificate === 'object' && certificate !== null && 'subjectaltname' in certificate
      ? String(certificate.subjectaltname).replaceAll('DNS:', '').slice(0, 200)
      : ''
  const hint =
    'Use the name that the certificate carries, or a certificate for this one. --ca-file does not help against it.'
  return { reason: 'tls-wrong-name', words: `the certificate is for another name${names && ` (${names})`}`, hint }
}

const speaksHttp: TlsKind = {
  reason: 'speaks-http',
  words: 'TLS could not be set up: it seems to speak plain http',
  hint: 'If this registry speaks plain http, write oci+http:// instead of oci://.',
}
const unknownCa: TlsKind = {
  reason: 'tls-unknown-ca',
  words: "the certificate's authority (CA) is not known here",
  hint: 'Give the authority’s certificate with --ca-file FILE.',
}
const tlsKinds: Readonly<Record<string, TlsKind>> = {
  CERT_HAS_EXPIRED: {
    reason: 'tls-expired',
    words: 'the certificate has expired',
    hint: 'Renew it on the registry (or check this clock). --ca-file does not help against it.',
  },
  CERT_NOT_YET_VALID: {
    reason: 'tls-not-yet-valid',
    words: 'the certificate is not valid yet',
    hint: 'Check the clocks of both machines.',
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    ...unknownCa,
    words: 'the certificate is self-signed and not known here (unknown CA)',
  },
  SELF_SIGNED_CERT_IN_CHAIN: unknownCa,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownCa,
  UNABLE_TO_GET_ISSUER_CERT: unknownCa,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownCa,
  CERT_UNTRUSTED: unknownCa,
  CERT_SIGNATURE_FAILURE: unknownCa,
}
