import { setMaxListeners } from 'node:events'
import type { Dispatcher } from 'undici'
import { StrataError } from '../support/errors.ts'
import { abortable } from './abortable.ts'
import { literalAddress, Neighbourhood, privateAddress } from './addresses.ts'
import { Answer } from './answer.ts'
import { Authenticator, type FindCredential } from './auth.ts'
import { authHint, cancelled, type Reason } from './failure.ts'
import { Host, type HostOptions, type HostRoute } from './host.ts'
import { fromNetwork } from './network-failure.ts'
import { Once } from './once.ts'
import type { Scope } from './scope.ts'
import type { AskAnswer, AskRequest } from './token.ts'
import type { Trust } from './trust.ts'

export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  readonly url: URL
  /** "registry/repository: operation", as messages begin. */
  readonly what: string
  readonly scope: Scope
  readonly headers?: Readonly<Record<string, string>>
  /** Bytes, or what opens a stream of them: it is opened again when the registry wants to know first who we are. */
  readonly body?: Buffer | (() => AsyncIterable<Buffer> & { destroy(): void })
  readonly lane?: 'uploads'
  readonly signal?: AbortSignal
}

/** Enough for a registry in front of a CDN in front of an object store. */
const maxRedirects = 5
/** A token that names a hundred groups of a company has some ten kilobytes. */
const maxTokenBytes = 1024 * 1024
const redirects = new Set([301, 302, 303, 307, 308])

export interface NetworkParts {
  readonly options: HostOptions
  readonly credentials: FindCredential
  /** What to trust of a registry (`docker.io`, `localhost:5000`), and of the hosts that it leads to. */
  readonly trust: (registry: string) => Trust
}

/** All registries that are talked to, and how: what the repositories opened with it share. */
export class Network {
  private readonly registries = new Map<string, Transport>()
  private readonly parts: NetworkParts

  constructor(parts: NetworkParts) {
    this.parts = parts
  }

  /** The transport to a registry; `registry` is its name as people write it, which may not be its API's host. */
  registry(origin: URL, registry: string): Transport {
    let transport = this.registries.get(origin.origin)
    if (!transport) {
      transport = new Transport(origin, registry, this.parts)
      this.registries.set(origin.origin, transport)
    }
    return transport
  }

  async close(): Promise<void> {
    await Promise.all([...this.registries.values()].map((transport) => transport.close()))
  }
}

/**
 * One exchange with a registry: slot, authentication, redirects. It repeats nothing (but what a challenge asks for):
 * `retrying` does, around whole operations.
 */
export class Transport {
  readonly host: Host
  /** The registry's own host, and those that it leads to: blob stores and token servers. */
  private readonly hosts = new Map<string, Host>()
  readonly trust: Trust
  /** In which networks the registry is, and where it may therefore lead. */
  private readonly neighbourhood = new Neighbourhood()
  private readonly options: HostOptions
  private readonly registry: string
  private readonly authenticator: Authenticator
  private readonly contacts = new Once<Answer>()
  private contacted = false

  constructor(origin: URL, registry: string, { options, credentials, trust }: NetworkParts) {
    this.options = options
    this.trust = trust(registry)
    this.registry = registry
    this.host = this.ownHost(origin)
    this.authenticator = new Authenticator(this.host, registry, credentials, (request) => this.ask(request))
  }

  async close(): Promise<void> {
    await Promise.all([...this.hosts.values()].map((host) => host.close()))
  }

  private ownHost(origin: URL): Host {
    const { neighbourhood } = this
    const address = literalAddress(origin.hostname)
    if (address !== undefined) neighbourhood.settle(address)
    return this.addHost(origin, {
      names: [this.registry, origin.host],
      admits: (found) => neighbourhood.admitsHome(found),
      onAddress: (found) => neighbourhood.settle(found),
    })
  }

  /** The host of an address that the registry has led to. @throws an error with `privateAddressCode` */
  private hostOf(url: URL): Host {
    const address = url.origin === this.host.origin.origin ? undefined : literalAddress(url.hostname)
    if (address !== undefined && !this.neighbourhood.admitsOther(address)) throw privateAddress(url.hostname, address)
    const admits = (found: string) => this.neighbourhood.admitsOther(found)
    return this.hosts.get(url.origin) ?? this.addHost(url, { names: [url.host], admits, onAddress: () => undefined })
  }

  private addHost({ origin }: URL, place: Omit<HostRoute, 'origin' | 'trust'>): Host {
    const host = new Host({ origin: new URL(origin), trust: this.trust, ...place }, this.options)
    this.hosts.set(origin, host)
    return host
  }

  /**
   * Sends a request and resolves with whatever status comes; the caller closes the answer.
   * @throws StrataError `registry-unreachable`, `registry-tls`, `registry-cut`, `registry-auth`, `cancelled`, …
   */
  async send(request: RegistryRequest): Promise<Answer> {
    const { signal } = request
    // One signal cancels a whole push, and every running request listens to it.
    if (signal) setMaxListeners(0, signal)
    if (!this.contacted) await this.contacts.run('', signal, () => this.contact(request))
    const release = await this.host[request.lane ?? 'slots'].take(signal)
    try {
      // With the slot in hand: the host may have asked for a pause while we queued.
      await this.host.ready(signal)
      return await this.authenticated(request, release)
    } catch (thrown) {
      release()
      throw thrown
    }
  }

  /**
   * The first words with a registry: `GET /v2/` (OCI distribution specification, "Determining Support") says whether it
   * is one at all, and how it wants to be authenticated, before anything large is sent.
   */
  private async contact({ scope, signal }: Pick<RegistryRequest, 'scope' | 'signal'>): Promise<Answer> {
    const what = `${this.registry}: first contact`
    await this.host.ready(signal)
    const url = new URL('/v2/', this.host.origin)
    const answer = await this.following({ method: 'GET', url, what, scope, signal }, undefined, () => undefined)
    const isChallenge =
      answer.status === 401 && this.authenticator.learn(answer.header('www-authenticate')) !== undefined
    const isRegistry = answer.status < 300 ? !answer.contentType.includes('html') : answer.status === 403
    if (isChallenge || isRegistry) {
      answer.close()
      this.contacted = true
      return answer
    }
    const failure = await answer.failure()
    const { reason } = failure.details ?? {}
    if (failure.retryable || reason === 'speaks-tls' || failure.code === 'registry-tls') throw failure
    const words = `no registry answers here (HTTP ${answer.status} for /v2/)`
    const tls = url.protocol === 'http:' ? ' If it speaks TLS, write oci:// instead of oci+http://.' : ''
    throw new StrataError('registry-not-a-registry', `${what}: ${words}`, {
      hint: `Check host and port: a registry answers below /v2/, and its web page may be on another host.${tls}`,
      details: { status: answer.status, reason: reason === 'html' ? reason : 'no-registry' },
      cause: failure,
    })
  }

  /** The head of the answer to `GET /v2/` without a login. @throws what keeps this from being a registry */
  async greet(signal?: AbortSignal): Promise<Answer> {
    return await this.contact({ scope: { repository: '', actions: 'pull' }, signal })
  }

  /**
   * The `Authorization` that a request of this scope carries; asks the token server where there is one. Undefined where
   * the registry wants none.
   */
  async authorization(scope: Scope, signal?: AbortSignal): Promise<string | undefined> {
    if (!this.contacted) await this.contacts.run('', signal, () => this.contact({ scope, signal }))
    return await this.authenticator.authorization(scope, signal)
  }

  /** The token behind an `Authorization` that came from a token server: the seconds it lives, when they are known. */
  token(authorization: string): { readonly life: number | undefined } | undefined {
    return this.authenticator.token(authorization)
  }

  private async authenticated(request: RegistryRequest, release: () => void): Promise<Answer> {
    const { scope, signal } = request
    let asked: string | undefined
    for (let renewed = false; ; renewed = true) {
      const authorization = await this.authenticator.authorization(scope, signal, asked)
      const answer = await this.following(request, authorization, release)
      if (answer.status !== 401 || answer.url.origin !== this.host.origin.origin) return answer
      const header = answer.header('www-authenticate')
      const challenge = this.authenticator.learn(header)
      if (renewed || !challenge) throw await this.refusal(request, await answer.failure(), header)
      asked = challenge.parameters.scope
      // The answer's slot is kept for the second try: only its body is let go.
      answer.drain()
      this.authenticator.forget(authorization)
    }
  }

  /** A second 401 in a row. With `insufficient_scope` the login is fine, and its rights are not. */
  private async refusal(request: RegistryRequest, failure: StrataError, challenge?: string): Promise<StrataError> {
    const source = await this.authenticator.source(request.scope.repository)
    const isRights = challenge?.includes('insufficient_scope') ?? false
    const reason: Reason = source === undefined ? 'login-missing' : isRights ? 'insufficient-scope' : 'login-refused'
    const details = { ...failure.details, reason }
    if (source === undefined) {
      return new StrataError('registry-auth', `${failure.message}; no login was found`, { hint: authHint, details })
    }
    const message = `${failure.message}; login from ${source}`
    const hint = isRights ? 'This login may not do that on this repository: check its rights.' : authHint
    return new StrataError(isRights ? 'registry-denied' : 'registry-auth', message, { hint, details })
  }

  /** Follows redirects by hand: the login never goes to another origin, and TLS is never left. */
  private async following(
    request: RegistryRequest,
    authorization: string | undefined,
    release: () => void,
  ): Promise<Answer> {
    let url = request.url
    for (let count = 0; count <= maxRedirects; count += 1) {
      const own = url.origin === this.host.origin.origin
      const answer = await this.exchange(request, url, own ? authorization : undefined, release)
      if (!redirects.has(answer.status)) return answer
      const target = this.resolve(answer, request.what)
      answer.drain()
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        const words = `the registry redirects a ${request.method} to ${target.host}`
        throw broken('redirect-of-write', `${request.what}: ${words}`)
      }
      url = target
    }
    throw broken('redirect-loop', `${request.what}: redirected more than ${maxRedirects} times`)
  }

  /**
   * Where a `Location` leads, relative to the address that gave it.
   * @throws StrataError `registry-protocol` when there is none, `registry-denied` when it leaves TLS
   */
  resolve(answer: Answer, what: string): URL {
    const location = answer.header('location')
    if (location === undefined || !URL.canParse(location, answer.url)) {
      answer.close()
      throw broken('location-missing', `${what}: the registry answers HTTP ${answer.status} without a Location`)
    }
    const target = new URL(location, answer.url)
    target.username = ''
    target.password = ''
    if (target.protocol === 'https:' || (target.protocol === 'http:' && answer.url.protocol === 'http:')) return target
    answer.close()
    throw new StrataError('registry-denied', `${what}: the registry leads from https to ${target.origin}`, {
      details: { reason: 'redirect-to-http' },
      hint: 'It does not know that a proxy in front of it speaks TLS: set X-Forwarded-Proto there, or http.relativeurls.',
    })
  }

  private async exchange(
    request: RegistryRequest,
    url: URL,
    authorization: string | undefined,
    release: () => void,
  ): Promise<Answer> {
    const { method, what, signal } = request
    if (signal?.aborted) throw cancelled(signal)
    let host: Host | undefined
    const opened = typeof request.body === 'function' ? request.body() : undefined
    const body = typeof request.body === 'function' ? opened : request.body
    const headers = {
      'user-agent': 'strata',
      ...request.headers,
      ...(authorization !== undefined && { authorization }),
    }
    try {
      host = this.hostOf(url)
      const dispatcher = await host.dispatcher()
      const sending = dispatcher.request({
        origin: url.origin,
        method,
        path: `${url.pathname}${url.search}`,
        headers,
        body: body as Dispatcher.DispatchOptions['body'],
        signal,
      })
      // undici hears the signal only once it has a connection; looking up a name and connecting take their time.
      const raw = await abortable(sending, signal, (late) => late.body.destroy())
      host.answered = true
      const answer = new Answer({ host, what, url, raw, signal, release })
      const { rateLimit } = answer
      if (rateLimit) host.observe(rateLimit)
      return answer
    } catch (thrown) {
      throw fromNetwork(what, host ?? { name: url.host }, host?.explain(thrown) ?? thrown, signal)
    } finally {
      opened?.destroy()
    }
  }

  /** What the authenticator may send: without slots (its caller holds one), retries, redirects or a login of ours. */
  private async ask({ url, what, authorization, form, signal }: AskRequest): Promise<AskAnswer> {
    const headers = form && { 'content-type': 'application/x-www-form-urlencoded' }
    const body = form && Buffer.from(form.toString())
    const scope: Scope = { repository: '', actions: 'pull' }
    const request: RegistryRequest = { method: form ? 'POST' : 'GET', url, what, scope, headers, body, signal }
    const answer = await this.exchange(request, url, authorization, () => undefined)
    const { status, contentType } = answer
    if (status === 429 || status >= 500 || redirects.has(status)) throw await answer.failure()
    try {
      return { status, contentType, bytes: await answer.bytes(maxTokenBytes) }
    } finally {
      answer.close()
    }
  }
}

/** The registry does not keep to the specification. */
function broken(reason: Reason, message: string): StrataError {
  return new StrataError('registry-protocol', message, { details: { reason } })
}
