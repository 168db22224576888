import type { SecureContext } from 'node:tls'
import type { Dispatcher } from 'undici'
import { createDispatcher, type DispatcherOptions, type Route } from './dispatcher.ts'
import { cancelled } from './failure.ts'
import type { RateLimit } from './headers.ts'
import { proxyFor } from './proxy.ts'
import { Slots } from './slots.ts'
import { secureContext } from './trust.ts'

/** What a listener hears of waits: why nothing seems to happen, and for how long. */
export interface RegistryEvent {
  readonly kind: 'waiting'
  readonly host: string
  readonly seconds: number
  /** The end of the wait, in milliseconds since 1970. */
  readonly until: number
  readonly why: string
}

/** Milliseconds. A registry that is down to its last requests says 429 in the end: better than to crawl for an hour. */
const longestPace = 15_000

export type Sleep = (milliseconds: number, signal?: AbortSignal) => Promise<void>

/** What a host is told of its way; the rest it finds out. */
export type HostRoute = Omit<Route, 'proxy' | 'onSocketError'>

export interface HostOptions extends DispatcherOptions {
  readonly maxConcurrent: number
  /** The most attempts of one operation. */
  readonly maxAttempts: number
  readonly sleep: Sleep
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly onEvent: (event: RegistryEvent) => void
}

/**
 * What is known of one origin, whoever asks: its connections, its slots, when it may be asked again, whether it has
 * ever answered. Shared by all repositories of a registry (the model is regclient's internal/reghttp).
 */
export class Host {
  readonly origin: URL
  readonly options: HostOptions
  /** Requests at the same time, uploads of blobs left out. */
  readonly slots: Slots
  /**
   * Uploads of blobs at the same time. Apart from `slots`, because an upload may itself read from this host: with one
   * set of places, as many copies as there are places would wait for one another for ever.
   */
  readonly uploads: Slots
  /** Whether it has given any answer yet: one that has is worth waiting for when it goes away. */
  answered = false
  private readonly route: HostRoute
  private alert: Error | undefined
  /** The proxy on the way to it, without its login; known from the first exchange on. */
  proxy: string | undefined
  private notBefore = 0
  /** Milliseconds between two requests; 0 unless it is about to limit the rate. */
  private pace = 0
  private opening: Promise<Dispatcher> | undefined

  constructor(route: HostRoute, options: HostOptions) {
    this.origin = route.origin
    this.options = options
    this.route = route
    this.slots = new Slots(options.maxConcurrent)
    this.uploads = new Slots(options.maxConcurrent)
  }

  get name(): string {
    return this.origin.host
  }

  dispatcher(): Promise<Dispatcher> {
    this.opening ??= this.connect()
    return this.opening
  }

  /** What is trusted of it, and our own certificate for it. */
  secureContext(): Promise<SecureContext> {
    return secureContext(this.route.names, this.route.trust, this.options)
  }

  private async connect(): Promise<Dispatcher> {
    const proxy = proxyFor(this.origin, this.options.env)
    this.proxy = proxy?.name
    const onSocketError = (error: Error) => {
      this.alert = error
    }
    return await createDispatcher({ ...this.route, proxy, onSocketError }, this.options)
  }

  /**
   * What is behind an error of undici. A server that looks at our certificate after the handshake (as TLS 1.3 has it)
   * sends an alert when it does not like it; undici only says that the other side closed.
   */
  explain(thrown: unknown): unknown {
    const { alert } = this
    this.alert = undefined
    const isClosed = thrown instanceof Error && 'code' in thrown && thrown.code === 'UND_ERR_SOCKET'
    return isClosed && alert && 'code' in alert && String(alert.code).startsWith('ERR_SSL') ? alert : thrown
  }

  /** Nobody asks this host anything for so long: it said that it is asked too often. */
  postpone(milliseconds: number, why: string): void {
    this.notBefore = Math.max(this.notBefore, this.options.now() + milliseconds)
    this.announce(milliseconds, why)
  }

  /** Waits until the host may be asked. */
  async ready(signal?: AbortSignal): Promise<void> {
    const now = this.options.now()
    const at = Math.max(now, this.notBefore)
    // Those who come after us take the next place.
    if (this.pace > 0) this.notBefore = at + this.pace
    if (at > now) await this.options.sleep(at - now, signal)
  }

  /**
   * Slows down before the host says no. Where hardly more requests are left than may be under way, the rest is
   * spread over the time until there are more; where that time is unknown (Docker Hub), only a 429 will tell.
   */
  observe({ remaining, resetAfter = 0 }: RateLimit): void {
    const isTight = remaining <= this.options.maxConcurrent && resetAfter > 0
    this.pace = isTight ? Math.min(longestPace, Math.ceil(resetAfter / (remaining + 1))) : 0
    const next = this.options.now() + this.pace
    if (!isTight || next <= this.notBefore) return
    this.notBefore = next
    const left = `${remaining} more requests are allowed in the next ${Math.ceil(resetAfter / 1000)} s`
    if (this.pace >= 1000) this.announce(this.pace, left)
  }

  announce(milliseconds: number, why: string): void {
    const seconds = Math.ceil(milliseconds / 1000)
    const until = this.options.now() + milliseconds
    this.options.onEvent({ kind: 'waiting', host: this.name, seconds, until, why })
  }

  async close(): Promise<void> {
    const dispatcher = await this.opening?.catch(() => undefined)
    await dispatcher?.destroy()
  }
}

/** A wait that a signal ends. @throws StrataError `cancelled` */
export const realSleep: Sleep = (milliseconds, signal) =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(cancelled(signal))
    const onAbort = () => {
      clearTimeout(timer)
      reject(cancelled(signal))
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, milliseconds)
    signal?.addEventListener('abort', onAbort, { once: true })
  })
