import { StrataError } from '../support/errors.ts'
import { abortable } from './abortable.ts'
import { type Challenge, parseChallenges } from './challenge.ts'
import type { Credential } from './credentials/credentials.ts'
import { loginMissing, loginRefused, loginUnfit } from './failure.ts'
import type { Host } from './host.ts'
import { Once } from './once.ts'
import { type Scope, scopeWords } from './scope.ts'
import { type Ask, basicHeader, defaultLife, requestToken } from './token.ts'

export type FindCredential = (registry: string, repository: string) => Promise<Credential | undefined>

interface KeptToken {
  readonly value: string
  /** Milliseconds since 1970. */
  readonly expires: number
  /** Seconds that the token server said it lives; undefined when it did not say. */
  readonly life: number | undefined
}

/**
 * Who we are for one registry. Learns from challenges how the registry wants to be asked, and keeps tokens by scope.
 * Credentials leave this class only towards the registry and the realm it names. A refused login is remembered: however
 * many requests wait for it, the registry sees the wrong password once and no account gets locked.
 */
export class Authenticator {
  /** How the registry wants to be asked, once it has said so. */
  challenge: Challenge | undefined
  private readonly tokens = new Map<string, KeptToken>()
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

  /** Takes in what a 401 said. Undefined when it holds no challenge that we can answer. */
  learn(header: string | undefined): Challenge | undefined {
    const challenges = parseChallenges(header ?? '')
    const known =
      challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.realm !== undefined) ??
      challenges.find(({ scheme }) => scheme === 'basic')
    this.challenge = known ?? this.challenge
    return known
  }

  /**
   * The `Authorization` for a request, or undefined where none has been asked for yet. `asked` are the scopes that the
   * registry has named when it refused this request before.
   * @throws StrataError `registry-auth`, `registry-denied`, `registry-protocol`, `cancelled`
   */
  async authorization(scope: Scope, signal?: AbortSignal, asked = ''): Promise<string | undefined> {
    const { challenge } = this
    if (!challenge) return undefined
    const credential = await abortable(this.credential(scope.repository), signal)
    const who = `${scope.repository}\n${credential?.source ?? ''}`
    const scopes = scopeWords(scope, asked)
    // A wrong password is wrong for everything; what nobody or this login may not do is said of these scopes alone.
    const refused = this.refused.get(who) ?? this.refused.get(`${who}\n${scopes.join(' ')}`)
    if (refused) throw refused
    try {
      // The work may be another request's, which does not hear our signal.
      if (challenge.scheme === 'basic') return await abortable(this.basic(credential, who, signal), signal)
      return await abortable(this.bearer(challenge, scope, scopes, credential, signal), signal)
    } catch (thrown) {
      if (!(thrown instanceof StrataError)) throw thrown
      if (thrown.code === 'registry-auth') {
        this.refused.set(credential ? who : `${who}\n${scopes.join(' ')}`, thrown)
      } else if (thrown.details?.reason === 'denied') this.refused.set(`${who}\n${scopes.join(' ')}`, thrown)
      throw thrown
    }
  }

  /** The token behind an `Authorization` that came from a token server. */
  token(authorization: string): { readonly life: number | undefined } | undefined {
    return [...this.tokens.values()].find(({ value }) => `Bearer ${value}` === authorization)
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
  private async basic(credential: Credential | undefined, who: string, signal?: AbortSignal): Promise<string> {
    if (!credential) throw loginMissing(this.registry)
    if (credential.kind !== 'basic') throw loginUnfit(this.registry, credential)
    const header = basicHeader(credential)
    if (this.provenBasic.has(who)) return header
    return await this.headers.run(`basic ${who}`, signal, async () => {
      const what = `${this.registry}: login`
      const answer = await this.ask({ url: new URL('/v2/', this.host.origin), what, authorization: header, signal })
      if (answer.status === 401) throw loginRefused(this.registry, credential)
      this.provenBasic.add(who)
      return header
    })
  }

  private async bearer(
    challenge: Challenge,
    scope: Scope,
    scopes: readonly string[],
    credential: Credential | undefined,
    signal?: AbortSignal,
  ): Promise<string> {
    if (credential?.kind === 'token') return `Bearer ${credential.token}`
    const key = scopeWords(scope).join(' ')
    const wider = scope.actions === 'pull' ? scopeWords({ ...scope, actions: 'pull,push' }).join(' ') : key
    for (const token of [this.tokens.get(key), this.tokens.get(wider)]) {
      if (token && token.expires > this.host.options.now()) return `Bearer ${token.value}`
    }
    return await this.headers.run(`bearer ${scopes.join(' ')}`, signal, async () => {
      const started = this.host.options.now()
      const { registry, host } = this
      const token = await requestToken(this.ask, {
        registry,
        origin: host.origin,
        challenge,
        scopes,
        credential,
        signal,
      })
      if (credential?.kind === 'identity' && token.refresh !== undefined) {
        this.credentials.set(scope.repository, Promise.resolve({ ...credential, token: token.refresh }))
      }
      // Given up a little early, so that it does not expire on the way.
      const { value, life } = token
      const lives = life ?? defaultLife
      const expires = started + lives * 1000 - Math.min(10_000, lives * 200)
      this.tokens.set(key, { value, expires, life })
      return `Bearer ${token.value}`
    })
  }
}
