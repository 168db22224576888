import type { Dispatcher } from 'undici'
import { StrataError } from '../support/errors.ts'
import { fromAnswer, type Reason } from './failure.ts'
import { type RateLimit, rateLimit, retryAfter } from './headers.ts'
import type { Host } from './host.ts'
import { fromNetwork } from './network-failure.ts'

/** The most of an error's body that is read, to quote a little of it. */
const maxErrorBody = 64 * 1024
/** Milliseconds for that: an error that drips in byte by byte must not hide itself. */
const maxErrorTime = 5000

/** Bytes: an answer of which fewer come in the time that a pause may last has stalled, however steadily it drips. */
export const leastProgress = 1024

interface AnswerParts {
  readonly host: Host
  /** "registry/repository: operation", as messages begin. */
  readonly what: string
  readonly url: URL
  readonly raw: Dispatcher.ResponseData
  readonly signal: AbortSignal | undefined
  /** Gives the slot back; may be called twice. */
  readonly release: () => void
}

/** An answer whose body has not been read yet. Whoever gets one closes it, which also gives its slot back. */
export class Answer {
  private readonly parts: AnswerParts

  constructor(parts: AnswerParts) {
    this.parts = parts
  }

  get status(): number {
    return this.parts.raw.statusCode
  }

  get url(): URL {
    return this.parts.url
  }

  header(name: string): string | undefined {
    const value = this.parts.raw.headers[name]
    return Array.isArray(value) ? value.join(', ') : value
  }

  /** The media type without its parameters, lower case; empty when there is none. */
  get contentType(): string {
    return (this.header('content-type') ?? '').replace(/;.*$/s, '').trim().toLowerCase()
  }

  /** `Content-Length`, when it is there and a number. */
  get contentLength(): number | undefined {
    const text = this.header('content-length')
    return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
  }

  /** How many more requests the registry will take, where it says so. */
  get rateLimit(): RateLimit | undefined {
    return rateLimit((name) => this.header(name), this.clock)
  }

  /** Milliseconds since 1970. A moment of theirs is read by their clock, which may be wrong: only the distance counts. */
  private get clock(): number {
    const theirs = Date.parse(this.header('date') ?? '')
    return Number.isNaN(theirs) ? this.parts.host.options.now() : theirs
  }

  /** The body as it comes. @throws StrataError `registry-cut`, `cancelled` */
  async *chunks(): AsyncGenerator<Buffer> {
    const { what, host, raw, signal } = this.parts
    const { now, timeouts } = host.options
    // Only time that we wait for the registry counts: a slow reader is no fault of it.
    let waited = 0
    let received = 0
    let asked = now()
    try {
      for await (const part of raw.body) {
        const chunk = part as Buffer
        waited += now() - asked
        received += chunk.length
        if (waited >= timeouts.stall) {
          if (received < leastProgress) throw dripping(what, received, waited)
          waited = 0
          received = 0
        }
        yield chunk
        asked = now()
      }
    } catch (thrown) {
      throw fromNetwork(what, host, thrown, signal)
    }
  }

  /**
   * The whole body, a document. @throws StrataError `size-exceeded` when it is longer than `limit` bytes,
   * `registry-not-a-registry` when it is a web page: portals and sign-in pages answer 200 to everything
   */
  async bytes(limit: number): Promise<Buffer> {
    if (this.status < 300 && this.contentType.includes('html')) throw await this.failure()
    const chunks: Buffer[] = []
    let size = 0
    const tooLong = () =>
      new StrataError('size-exceeded', `${this.parts.what}: the answer is longer than ${limit} bytes`)
    if ((this.contentLength ?? 0) > limit) throw tooLong()
    for await (const chunk of this.chunks()) {
      size += chunk.length
      if (size > limit) throw tooLong()
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  }

  /** The first `length` bytes of the body, or all of it when it has fewer. */
  async start(length: number): Promise<Buffer> {
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of this.chunks()) {
      chunks.push(chunk)
      size += chunk.length
      if (size >= length) break
    }
    return Buffer.concat(chunks).subarray(0, length)
  }

  /** The error that this answer means; reads the beginning of its body and closes it. */
  async failure(): Promise<StrataError> {
    const started = performance.now()
    const chunks: Buffer[] = []
    let size = 0
    try {
      for await (const chunk of this.chunks()) {
        chunks.push(chunk)
        size += chunk.length
        if (size > maxErrorBody || performance.now() - started > maxErrorTime) break
      }
    } catch {
      // Cut inside the explanation: the status is known, and what came of the body serves.
    }
    this.close()
    const limit = this.status === 429 ? this.rateLimit : undefined
    const wait = retryAfter(this.header('retry-after'), this.clock) ?? limit?.resetAfter
    const body = Buffer.concat(chunks).subarray(0, maxErrorBody).toString('utf8')
    return fromAnswer(this.parts.what, { status: this.status, contentType: this.contentType, body, retryAfter: wait })
  }

  /** Lets go of the body but not of the slot; a short rest is read, so that the connection lives on. */
  drain(): void {
    // Reads at most 128 KB and destroys the socket when there is more; that it was cut no longer matters to anyone.
    if (!this.parts.raw.body.destroyed) this.parts.raw.body.dump().catch(() => undefined)
  }

  /** Lets go of the body and gives the slot back. May be called again. */
  close(): void {
    this.drain()
    this.parts.release()
  }
}

function dripping(what: string, received: number, waited: number): StrataError {
  const reason: Reason = 'dripping'
  const words = `the registry hardly sends anything (${received} bytes in ${Math.round(waited / 1000)} s)`
  const hint =
    'Run it again. If it stays so, something between here and there holds it back: a proxy, a filter, the line.'
  return new StrataError('registry-cut', `${what}: ${words}`, { hint, details: { reason }, retryable: true })
}
