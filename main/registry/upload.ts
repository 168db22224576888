import type { Readable } from 'node:stream'
import { StrataError, toStrataError } from '../support/errors.ts'
import type { Scope } from './auth.ts'
import { type BlobDescriptor, isDigest } from './digest.ts'
import { cancelled, digestRefused } from './failure.ts'
import type { OpenContent, PutBlobOptions } from './repository.ts'
import type { Transport } from './transport.ts'

export interface Upload {
  readonly transport: Transport
  readonly scope: Scope
  /** The address that opens an upload: `/v2/<repository>/blobs/uploads/`. */
  readonly uploads: URL
  readonly what: string
  readonly blob: BlobDescriptor
  readonly open: OpenContent
  readonly options: PutBlobOptions
}

/**
 * One attempt at a monolithic upload: POST opens a session, one PUT carries all bytes straight from `open` to the
 * socket (OCI distribution specification, "POST then PUT"; a single POST is not taken by Distribution 2.8).
 */
export async function uploadOnce({ transport, scope, uploads, what, blob, open, options }: Upload): Promise<void> {
  const { signal } = options
  const started = await transport.send({
    method: 'POST',
    url: uploads,
    what,
    scope,
    headers: { 'content-length': '0' },
    signal,
  })
  if (started.status !== 202) throw await started.failure()
  const session = transport.resolve(started, what)
  started.close()
  const target = new URL(session)
  target.searchParams.set('digest', blob.digest)
  const content = new Content(what, blob, open, options.onProgress)
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(blob.size) }
  try {
    const body = blob.size === 0 ? Buffer.alloc(0) : () => content.start()
    const answer = await transport.send({
      method: 'PUT',
      url: target,
      what,
      scope,
      headers,
      body,
      lane: 'uploads',
      signal,
    })
    if (answer.status < 200 || answer.status > 204) throw await answer.failure()
    const echoed = answer.header('docker-content-digest')
    answer.close()
    if (isDigest(echoed) && echoed !== blob.digest) {
      throw new StrataError('digest-mismatch', `${what}: the registry stored ${echoed} instead`)
    }
  } catch (thrown) {
    if (signal?.aborted) {
      await abandon(transport, scope, session, what)
      throw cancelled(signal)
    }
    throw content.failure ?? digestRefused(what, thrown)
  }
}

/** Tells the registry that the session will not be finished, so that its half does not lie there; it may not care. */
export async function abandon(transport: Transport, scope: Scope, session: URL, what: string): Promise<void> {
  try {
    const signal = AbortSignal.timeout(1000)
    const answer = await transport.send({ method: 'DELETE', url: session, what, scope, signal })
    answer.close()
  } catch {
    // Registries throw unfinished sessions away by themselves.
  }
}

/** A blob's bytes on their way out: counted, reported, and their own failures kept apart from the network's. */
class Content {
  /** What went wrong with the content itself: no repetition mends it. */
  failure: StrataError | undefined
  /** The request is over: what the source says after that is only the echo of it. */
  private abandoned = false
  private readonly what: string
  private readonly blob: BlobDescriptor
  private readonly open: OpenContent
  private readonly onProgress: ((bytesSent: number) => void) | undefined

  constructor(what: string, blob: BlobDescriptor, open: OpenContent, onProgress?: (bytesSent: number) => void) {
    this.what = what
    this.blob = blob
    this.open = open
    this.onProgress = onProgress
  }

  start(): AsyncIterable<Buffer> & Pick<Readable, 'destroy'> {
    const source = this.open()
    // A stream that fails before anyone reads it would end the process.
    source.on('error', () => undefined)
    const destroy = () => {
      this.abandoned = true
      return source.destroy()
    }
    return { [Symbol.asyncIterator]: () => this.read(source), destroy }
  }

  private async *read(source: Readable): AsyncGenerator<Buffer> {
    let sent = 0
    try {
      this.onProgress?.(0)
      for await (const chunk of source) {
        sent += (chunk as Buffer).length
        if (sent > this.blob.size) throw this.wrongSize(`more than ${this.blob.size}`)
        yield chunk as Buffer
        this.onProgress?.(sent)
      }
      if (sent < this.blob.size) throw this.wrongSize(`${sent} instead of ${this.blob.size}`)
    } catch (thrown) {
      // Nobody hears it any more.
      if (this.abandoned) throw thrown
      const { code, message, hint, details } = toStrataError(thrown, this.what)
      this.failure = new StrataError(code, message, { hint, details, cause: thrown })
      throw this.failure
    }
  }

  private wrongSize(found: string): StrataError {
    return new StrataError('blob-damaged', `${this.what}: the content to send has ${found} bytes`)
  }
}
