import type { Readable } from 'node:stream'
import { StrataError, toStrataError } from '../support/errors.ts'
import type { BlobDescriptor } from './digest.ts'
import type { OpenContent } from './repository.ts'

/** What a request takes as its body. */
export interface Body extends AsyncIterable<Buffer> {
  destroy(): void
}

/**
 * A blob's bytes on their way out, in one part or in many: counted, reported, and their own failures kept apart from the
 * network's. Parts that follow one another read one stream; any other part opens the content anew and passes over what
 * the registry has, so that whoever verifies the content as it is read sees all of it.
 */
export class UploadContent {
  /** What went wrong with the content itself: no repetition mends it. */
  failure: StrataError | undefined
  /** The furthest byte that was handed to the network since this was last set to 0. */
  sent = 0
  private cursor: Cursor | undefined
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

  /** The bytes from `offset`, `length` of them. Destroyed before its end it closes the content, too. */
  part(offset: number, length: number): Body {
    const state = { complete: false, abandoned: false }
    const destroy = () => {
      // The request is over: what the source says after that is only the echo of it.
      state.abandoned = true
      if (!state.complete) this.close()
    }
    return { [Symbol.asyncIterator]: () => this.read(offset, length, state), destroy }
  }

  close(): void {
    this.cursor?.destroy()
    this.cursor = undefined
  }

  private async *read(
    offset: number,
    length: number,
    state: { complete: boolean; abandoned: boolean },
  ): AsyncGenerator<Buffer> {
    try {
      const cursor = await this.at(offset)
      const end = offset + length
      this.onProgress?.(offset)
      while (cursor.position < end) {
        const chunk = await cursor.next(end - cursor.position)
        if (!chunk) throw this.wrongSize(`${cursor.position} instead of ${this.blob.size}`)
        this.sent = Math.max(this.sent, cursor.position)
        yield chunk
        this.onProgress?.(cursor.position)
      }
      if (end === this.blob.size && (await cursor.next(1))) throw this.wrongSize(`more than ${this.blob.size}`)
      state.complete = true
    } catch (thrown) {
      if (!state.abandoned) this.failure = lasting(thrown, this.what)
      throw this.failure ?? thrown
    }
  }

  private async at(offset: number): Promise<Cursor> {
    if (this.cursor?.position === offset) return this.cursor
    this.close()
    const cursor = new Cursor(await this.open())
    this.cursor = cursor
    while (cursor.position < offset) {
      if (!(await cursor.next(offset - cursor.position))) throw this.wrongSize(`${cursor.position}`)
    }
    return cursor
  }

  private wrongSize(found: string): StrataError {
    return new StrataError('blob-damaged', `${this.what}: the content to send has ${found} bytes`)
  }
}

/** The content's own failure, as one that no repetition of the upload mends. */
function lasting(thrown: unknown, what: string): StrataError {
  const { code, message, hint, details } = toStrataError(thrown, what)
  return new StrataError(code, message, { hint, details, cause: thrown })
}

/** A stream that is read piece by piece, in pieces as small as asked for. */
class Cursor {
  position = 0
  private rest: Buffer | undefined
  private readonly source: Readable
  private readonly chunks: AsyncIterator<Buffer>

  constructor(source: Readable) {
    this.source = source
    // A stream that fails before anyone reads it would end the process.
    source.on('error', () => undefined)
    this.chunks = source[Symbol.asyncIterator]()
  }

  /** At most `most` bytes; undefined at the end. */
  async next(most: number): Promise<Buffer | undefined> {
    const chunk = this.rest ?? (await this.pull())
    if (!chunk) return undefined
    const taken = chunk.length <= most ? chunk : chunk.subarray(0, most)
    this.rest = taken.length < chunk.length ? chunk.subarray(taken.length) : undefined
    this.position += taken.length
    return taken
  }

  destroy(): void {
    this.source.destroy()
  }

  private async pull(): Promise<Buffer | undefined> {
    for (;;) {
      const { value, done } = await this.chunks.next()
      if (done) return undefined
      if (value.length > 0) return value
    }
  }
}
