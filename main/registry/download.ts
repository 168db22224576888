import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { StrataError } from '../support/errors.ts'
import type { Answer } from './answer.ts'
import type { BlobDescriptor } from './digest.ts'
import { Backoff } from './retry.ts'
import type { Scope } from './scope.ts'
import type { Transport } from './transport.ts'

export interface Download {
  readonly transport: Transport
  readonly scope: Scope
  readonly url: URL
  readonly what: string
  readonly blob: BlobDescriptor
  readonly signal?: AbortSignal
}

/** Pieces between the network and a slow reader. Pieces, not bytes: a stream of bytes would join them by copying. */
const readAhead = 16

/**
 * A blob as a stream: its first answer is awaited (so that "not found" rejects), a cut is resumed with Range where it
 * happened, size and digest are verified over the whole.
 */
export async function download(request: Download): Promise<Readable> {
  const { transport, signal } = request
  const backoff = new Backoff(transport.host, signal)
  const reading = new Reading(request, backoff)
  await reading.reopen()
  const stream = Readable.from(reading.bytes(), { highWaterMark: readAhead })
  // Destroyed before it was read: the generator never runs, and the slot would be lost.
  stream.once('close', () => reading.close())
  return stream
}

class Reading {
  private answer: Answer | undefined
  private received = 0
  private readonly request: Download
  private readonly backoff: Backoff

  constructor(request: Download, backoff: Backoff) {
    this.request = request
    this.backoff = backoff
  }

  /** Opens the blob from the first byte that is still missing. */
  async reopen(): Promise<void> {
    const { transport, scope, url, what, signal } = this.request
    for (;;) {
      try {
        const headers = this.received > 0 ? { range: `bytes=${this.received}-` } : undefined
        const answer = await transport.send({ method: 'GET', url, what, scope, headers, signal })
        if (answer.status !== 200 && answer.status !== 206) throw await answer.failure()
        this.checkLength(answer)
        this.answer = answer
        return
      } catch (thrown) {
        await this.backoff.pause(thrown)
      }
    }
  }

  /** What is known to be another blob before its first byte is not read. */
  private checkLength(answer: Answer): void {
    const { blob, what } = this.request
    const whole = answer.status === 200 ? answer.contentLength : totalOf(answer)
    if (whole === undefined || whole === blob.size) return
    answer.close()
    const code = whole > blob.size ? 'size-exceeded' : 'digest-mismatch'
    throw new StrataError(code, `${what}: the registry has ${whole} bytes of it instead of ${blob.size}`, {
      hint: 'The copy there is damaged: push this blob again.',
    })
  }

  async *bytes(): AsyncGenerator<Buffer> {
    const { blob, what } = this.request
    const hash = createHash('sha256')
    try {
      for (;;) {
        try {
          for await (const chunk of this.missing()) {
            this.received += chunk.length
            if (this.received > blob.size) {
              throw new StrataError(
                'size-exceeded',
                `${what}: it is larger than the ${blob.size} bytes that its descriptor says`,
              )
            }
            hash.update(chunk)
            this.backoff.advanced(chunk.length)
            yield chunk
          }
          if (this.received === blob.size) break
          throw new StrataError('registry-cut', `${what}: ended after ${this.received} of ${blob.size} bytes`, {
            retryable: true,
          })
        } catch (thrown) {
          this.close()
          await this.backoff.pause(thrown)
          await this.reopen()
        }
      }
    } finally {
      this.close()
    }
    const found = `sha256:${hash.digest('hex')}`
    if (found === blob.digest) return
    throw new StrataError('digest-mismatch', `${what}: the bytes that came have the digest ${found}`)
  }

  /** The answer's bytes from the first missing one: a server that knows no Range sends them all again. */
  private async *missing(): AsyncGenerator<Buffer> {
    const { answer } = this
    if (!answer) return
    let skip = this.received
    if (answer.status === 206) {
      const start = /^bytes (\d+)-/.exec(answer.header('content-range') ?? '')?.[1]
      if (Number(start) !== skip) {
        throw new StrataError(
          'registry-protocol',
          `${this.request.what}: the registry sent another range than the one asked for`,
        )
      }
      skip = 0
    }
    for await (const chunk of answer.chunks()) {
      const rest = skip === 0 ? chunk : chunk.subarray(Math.min(skip, chunk.length))
      skip -= chunk.length - rest.length
      if (rest.length > 0) yield rest
    }
  }

  close(): void {
    this.answer?.close()
    this.answer = undefined
  }
}

/** The size of the whole in `Content-Range: bytes 0-99/100` (RFC 9110, 14.4). */
function totalOf(answer: Answer): number | undefined {
  const total = /^bytes \d+-\d+\/(\d{1,15})$/.exec(answer.header('content-range') ?? '')?.[1]
  return total === undefined ? undefined : Number(total)
}
