import { StrataError } from '../support/errors.ts'
import { protect } from '../support/redact.ts'
import { type Challenge, parseChallenges } from './challenge.ts'
import type { Credential } from './credentials/credentials.ts'
import { authHint } from './failure.ts'
import type { Host } from './host.ts'
import { parseObject } from './media-types.ts'
import { Once } from './once.ts'
import { isLoopback } from './reference.ts'

/** What a request needs to be allowed. */
export interface Scope {
  readonly repository: string
  readonly actions: 'pull' | 'pull,push' | 'delete'
  /** The repository that a mount reads from: both scopes go into one token. */
  readonly mountFrom?: string
}

export type FindCredential = (registry: string, repository: string) => Promise<Credential | undefined>

/** Asks for one token, or whether a Basic login holds: an exchange without retries, redirects or authentication. */
export type Ask = (request: AskRequest) => Promise<{ readonly status: number; readonly bytes: Buffer }>
export interface AskRequest {
  readonly url: URL
  readonly what: string
  readonly authorization?: string
  /** A form to POST instead of a GET. */
  readonly form?: URLSearchParams
  readonly signal?: AbortSignal
}

interface Token {
  readonly value: string
  /** Milliseconds since 1970. */
  readonly expires: number
}

/** A token that says nothing of its life lives 60 seconds (distribution's token specification). */
const defaultLife = 60

/**
 * Who we are for one registry. Learns from challenges how the registry wants to be asked, and keeps tokens by scope.
 * Credentials leave this class only towards the registry and the realm it names. A refused login is remembered: however
 * many requests wait for it, the registry sees the wrong password once and no account gets locked.
 */
export class Authenticator {
  private challenge: Challenge | undefined
  private readonly tokens = new Map<string, Token>()
  private readonly headers = new Once<string>()
  private readonly credentials = new Map<string, Promise<Credential | undefined>>()
  private readonly refused = new Map<string, StrataError>()
  private readonly provenBasic = new Set<string>()
  private readonly host: Host
  private readonly registry: string
  private readonly find: FindCredential
  private readonly ask: Ask

  constructor(host: Host, registry: string, find: FindCredential, ask: Ask) {
    this.host = host
    this.registry = registry
    this.find = find
    this.ask = ask
  }

  /** Takes in what a 401 said. False when it holds no challenge that we can answer. */
  learn(header: string | undefined): boolean {
    const challenges = parseChallenges(header ?? '')
    const known =
      challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.realm !== undefined) ??
      challenges.find(({ scheme }) => scheme === 'basic')
    this.challenge = known ?? this.challenge
    return known !== undefined
  }

  /** The `Authorization` for a request, or undefined where none has been asked for yet. */
  async authorization(scope: Scope, signal?: AbortSignal): Promise<string | undefined> {
    if (!this.challenge) return undefined
    const credential = await this.credential(scope.repository)
    const identity = `${scope.repository}\n${credential?.source ?? ''}`
    const refused = this.refused.get(identity)
    if (refused) throw refused
    try {
      if (this.challenge.scheme === 'basic') return await this.basic(credential, identity, signal)
      return await this.bearer(this.challenge, scope, credential, signal)
    } catch (thrown) {
      if (thrown instanceof StrataError && thrown.code === 'registry-auth') this.refused.set(identity, thrown)
      throw thrown
    }
  }

  /** Forgets the token that was just refused, unless another request has already replaced it. */
  forget(authorization: string | undefined): void {
    for (const [key, token] of this.tokens) {
      if (`Bearer ${token.value}` === authorization) this.tokens.delete(key)
    }
  }

  /** Where the credentials for this repository came from, to say so in an error. */
  async source(repository: string): Promise<string | undefined> {
    return (await this.credential(repository))?.source
  }

  private credential(repository: string): Promise<Credential | undefined> {
    let found = this.credentials.get(repository)
    if (!found) {
      found = this.find(this.registry, repository)
      this.credentials.set(repository, found)
    }
    return found
  }

  /** Basic, after the registry has confirmed it once at `/v2/`, as `docker login` does. */
  private async basic(credential: Credential | undefined, identity: string, signal?: AbortSignal): Promise<string> {
    if (credential?.kind !== 'basic') throw this.noLogin(credential)
    const header = basicHeader(credential)
    if (this.provenBasic.has(identity)) return header
    return await this.headers.run(`basic ${identity}`, signal, async () => {
      const what = `${this.registry}: login`
      const answer = await this.ask({ url: new URL('/v2/', this.host.origin), what, authorization: header, signal })
      if (answer.status === 401) throw this.wrongLogin(credential)
      this.provenBasic.add(identity)
      return header
    })
  }

  private async bearer(
    challenge: Challenge,
    scope: Scope,
    credential: Credential | undefined,
    signal?: AbortSignal,
  ): Promise<string> {
    if (credential?.kind === 'token') return `Bearer ${credential.token}`
    const wanted = scopeWords(scope)
    const key = wanted.join(' ')
    const wider = scopeWords({ ...scope, actions: 'pull,push' }).join(' ')
    for (const token of [this.tokens.get(key), scope.actions === 'pull' ? this.tokens.get(wider) : undefined]) {
      if (token && token.expires > this.host.options.now()) return `Bearer ${token.value}`
    }
    return await this.headers.run(`bearer ${key}`, signal, async () => {
      const token = await this.requestToken(challenge, wanted, credential, signal)
      this.tokens.set(key, token)
      return `Bearer ${token.value}`
    })
  }

  /** distribution's "Token Authentication Specification"; with an identity token its OAuth 2 form. */
  private async requestToken(
    challenge: Challenge,
    scopes: readonly string[],
    credential: Credential | undefined,
    signal?: AbortSignal,
  ): Promise<Token> {
    const url = this.realm(challenge.parameters.realm ?? '')
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
    const what = `${this.registry}: token from ${url.host}`
    const started = this.host.options.now()
    const answer = await this.ask({ url, what, authorization, form, signal })
    // 400 is how OAuth 2 refuses a refresh token (RFC 6749, 5.2).
    if ([401, 403].includes(answer.status) || (form && answer.status === 400)) {
      throw credential ? this.wrongLogin(credential) : this.noLogin(undefined)
    }
    if (answer.status >= 300) {
      throw new StrataError('registry-protocol', `${what}: the token server answers HTTP ${answer.status}`)
    }
    return readToken(what, answer.bytes, started)
  }

  /** The token server's address, once it is sure that credentials do not travel openly to it. */
  private realm(text: string): URL {
    const realm = URL.canParse(text) ? new URL(text) : undefined
    if (realm?.username !== '' || !/^https?:$/.test(realm.protocol)) {
      throw new StrataError('registry-protocol', `${this.registry}: its token server "${text}" is not an address`)
    }
    const open = this.host.origin.protocol === 'http:' || (isLoopback(this.host.origin.host) && isLoopback(realm.host))
    if (realm.protocol === 'https:' || open) return realm
    throw new StrataError('registry-denied', `${this.registry}: its token server ${realm.origin} is not behind TLS`, {
      hint: 'Credentials are not sent there. Tell the registry’s operator to give an https realm.',
    })
  }

  private wrongLogin(credential: Credential): StrataError {
    const who = credential.kind === 'basic' ? ` of "${credential.username}"` : ''
    const message = `${this.registry}: the login${who} was refused (from ${credential.source})`
    return new StrataError('registry-auth', message, { hint: `Check name and password. ${authHint}` })
  }

  private noLogin(unfit: Credential | undefined): StrataError {
    const why = unfit
      ? `wants name and password, not the token from ${unfit.source}`
      : 'wants a login, and none was found'
    return new StrataError('registry-auth', `${this.registry} ${why}`, { hint: authHint })
  }
}

function basicHeader(credential: { readonly username: string; readonly password: string }): string {
  const encoded = Buffer.from(`${credential.username}:${credential.password}`, 'utf8').toString('base64')
  protect(encoded)
  return `Basic ${encoded}`
}

/** The scopes of a request in the words of the token specification, the repository itself first. */
function scopeWords(scope: Scope): readonly string[] {
  const own = `repository:${scope.repository}:${scope.actions}`
  return scope.mountFrom === undefined ? [own] : [own, `repository:${scope.mountFrom}:pull`]
}

function readToken(what: string, bytes: Buffer, started: number): Token {
  const document = parseObject(bytes)
  const value = document?.token ?? document?.access_token
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) {
    throw new StrataError('registry-protocol', `${what}: the answer holds no token`)
  }
  protect(value)
  const life = typeof document?.expires_in === 'number' && document.expires_in > 0 ? document.expires_in : defaultLife
  // Given up a little early, so that it does not expire on the way; by our own clock, which may differ from theirs.
  return { value, expires: started + life * 1000 - Math.min(10_000, life * 200) }
}
