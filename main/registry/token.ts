import { StrataError } from '../support/errors.ts'
import { protect } from '../support/redact.ts'
import type { Challenge } from './challenge.ts'
import type { Credential } from './credentials/credentials.ts'
import { fromAnswer, loginMissing, loginRefused, type Reason } from './failure.ts'
import { parseObject } from './media-types.ts'
import { isLoopback } from './reference.ts'

/** One exchange with a token server: without retries, redirects or authentication of its own. */
export type Ask = (request: AskRequest) => Promise<AskAnswer>
export interface AskRequest {
  readonly url: URL
  readonly what: string
  readonly authorization?: string
  /** A form to POST instead of a GET. */
  readonly form?: URLSearchParams
  readonly signal?: AbortSignal
}
export interface AskAnswer {
  readonly status: number
  readonly contentType: string
  readonly bytes: Buffer
}

export interface TokenRequest {
  /** The registry's name, and the address of its API. */
  readonly registry: string
  readonly origin: URL
  readonly challenge: Challenge
  readonly scopes: readonly string[]
  readonly credential: Credential | undefined
  readonly signal?: AbortSignal
}

export interface Token {
  readonly value: string
  /** Seconds from the request on, by our own clock: `issued_at` is by theirs, which may be hours off. */
  readonly life: number | undefined
  /** What to show instead of the identity token the next time, where the server changes it. */
  readonly refresh: string | undefined
}

/** Seconds that a token lives which says nothing of it (distribution's token specification). */
export const defaultLife = 60

/**
 * Asks the server that a challenge names for a token: distribution's "Token Authentication Specification", with an
 * identity token its OAuth 2 form.
 *
 * @throws StrataError `registry-auth` where the login is wrong or missing, `registry-denied` where it may not have these
 * scopes or must not be sent there, `registry-protocol`
 */
export async function requestToken(ask: Ask, request: TokenRequest): Promise<Token> {
  const { registry, challenge, scopes, credential, signal } = request
  const url = realmOf(request)
  const form = credential?.kind === 'identity' ? new URLSearchParams() : undefined
  const query = form ?? url.searchParams
  const { service } = challenge.parameters
  if (service !== undefined) query.set('service', service)
  // OAuth takes the scopes as one word list, the older form as one parameter each.
  if (form) query.set('scope', scopes.join(' '))
  else for (const scope of scopes) query.append('scope', scope)
  if (credential?.kind === 'identity') {
    query.set('grant_type', 'refresh_token')
    query.set('client_id', 'strata')
    query.set('refresh_token', credential.token)
  }
  const authorization = credential?.kind === 'basic' ? basicHeader(credential) : undefined
  const what = `${registry}: token from ${url.host}`
  const answer = await ask({ url, what, authorization, form, signal })
  const { status, contentType, bytes } = answer
  // 400 is how OAuth 2 refuses a refresh token (RFC 6749, 5.2).
  if (status === 401 || (form && status === 400)) {
    throw credential ? loginRefused(registry, credential) : loginMissing(registry)
  }
  // Some say 403 to a wrong password, too: whoever reads it gets the server's own words and the login's source.
  if (status === 403) {
    const from = credential ? `, with the login from ${credential.source}` : ', without a login'
    throw fromAnswer(`${what} for ${scopes.join(' ')}${from}`, { status, contentType, body: bytes.toString('utf8') })
  }
  if (status >= 300) {
    throw unusable('registry-protocol', 'token-invalid', `${what}: the token server answers HTTP ${status}`)
  }
  return readToken(what, bytes)
}

/** The token server's address, once it is sure that credentials do not travel openly to it. */
function realmOf({ registry, origin, challenge }: TokenRequest): URL {
  const text = challenge.parameters.realm ?? ''
  const realm = URL.canParse(text) ? new URL(text) : undefined
  if (realm?.username !== '' || !/^https?:$/.test(realm.protocol)) {
    const words = `${registry}: its token server "${text}" is not an address`
    throw unusable('registry-protocol', 'realm-invalid', words)
  }
  const open = origin.protocol === 'http:' || (isLoopback(origin.host) && isLoopback(realm.host))
  if (realm.protocol === 'https:' || open) return realm
  const words = `${registry}: its token server ${realm.origin} is not behind TLS`
  const hint = 'Credentials are not sent there. Tell the registry’s operator to give an https realm.'
  throw unusable('registry-denied', 'realm-not-tls', words, hint)
}

function readToken(what: string, bytes: Buffer): Token {
  const document = parseObject(bytes)
  const value = document?.token ?? document?.access_token
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) {
    throw unusable('registry-protocol', 'token-invalid', `${what}: the answer holds no token`)
  }
  protect(value)
  const refresh = typeof document?.refresh_token === 'string' ? document.refresh_token : undefined
  protect(refresh)
  const life = typeof document?.expires_in === 'number' && document.expires_in > 0 ? document.expires_in : undefined
  return { value, life, refresh }
}

/** `Authorization` of a name and a password, safe from every output. */
export function basicHeader({ username, password }: { readonly username: string; readonly password: string }): string {
  const encoded = Buffer.from(`${username}:${password}`, 'utf8').toString('base64')
  protect(encoded)
  return `Basic ${encoded}`
}

function unusable(code: 'registry-protocol' | 'registry-denied', reason: Reason, message: string, hint?: string) {
  return new StrataError(code, message, { hint, details: { reason } })
}
