import { createHash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { type Block, blockContent, blockMemory, blockSize, windowSize } from './deflate.ts'

/** Deflates a block at once, or has another thread do it. The bytes must be those of `deflateBlock` either way. */
export type Deflate = (block: Block) => Uint8Array | Promise<Uint8Array>

/** Digests and sizes of both forms of a finished stream. */
export interface GzipResult {
  readonly digest: `sha256:${string}`
  readonly size: number
  readonly diffId: `sha256:${string}`
  readonly uncompressedSize: number
}

interface Pending {
  readonly memory: SharedArrayBuffer
  /** Undefined until the block is deflated. */
  output: Uint8Array | undefined
  failure: unknown
  readonly done: Promise<void> | undefined
}

/** ID1 ID2, deflate, no flags, mtime 0, no extra flags, OS unknown: nothing in it depends on where or when (RFC 1952). */
const gzipHeader = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])
/** An empty final deflate block with fixed codes: ends the stream that the sync flushes left open. */
const deflateEnd = Buffer.from([3, 0])

/**
 * One gzip member, deflated in blocks by whoever has time and written in order to an open file, with the sha256 of both
 * forms taken on the way. The stream is cut into blocks by offset alone, so the output does not depend on who
 * deflated what, or when. Memory is bounded by `maxPending` blocks of 288 KB and their outputs.
 */
export class GzipWriter {
  private readonly file: number
  private readonly deflate: Deflate
  private readonly level: number
  private readonly maxPending: number
  private readonly onBlock: (bytesDone: number) => void
  private readonly plainHash = createHash('sha256')
  private readonly packedHash = createHash('sha256')
  private readonly pending: Pending[] = []
  private readonly spare: SharedArrayBuffer[] = []
  private memory = blockMemory()
  private content = blockContent(this.memory)
  private dictionary = 0
  private used = 0
  private crc = 0
  private plainSize = 0
  private packedSize = 0

  /** `onBlock` hears of the uncompressed bytes so far after each block, and may throw to stop the writing. */
  constructor(
    file: number,
    options: { deflate: Deflate; level: number; maxPending: number; onBlock: (bytesDone: number) => void },
  ) {
    this.file = file
    this.deflate = options.deflate
    this.level = options.level
    this.maxPending = options.maxPending
    this.onBlock = options.onBlock
    this.put(gzipHeader)
  }

  /** Uncompressed bytes so far. */
  get offset(): number {
    return this.plainSize + this.used
  }

  /** Where the next bytes go, never empty: fill some of it, then call `advance`. */
  get room(): Buffer {
    return this.content.subarray(this.used)
  }

  /** Takes the first `count` bytes of `room` into the stream. */
  async advance(count: number): Promise<void> {
    this.used += count
    if (this.used === blockSize) await this.endBlock()
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + this.room.length)
      this.room.set(part)
      at += part.length
      await this.advance(part.length)
    }
  }

  async writeZeros(count: number): Promise<void> {
    for (let left = count; left > 0; ) {
      const part = Math.min(left, this.room.length)
      this.room.fill(0, 0, part)
      left -= part
      await this.advance(part)
    }
  }

  /** Ends the member: the last block, the end of the deflate stream, checksum and length. */
  async finish(): Promise<GzipResult> {
    if (this.used > 0) await this.endBlock()
    while (this.pending.length > 0) await this.writeOldest()
    const trailer = Buffer.alloc(8)
    trailer.writeUInt32LE(this.crc, 0)
    trailer.writeUInt32LE(this.plainSize % 2 ** 32, 4)
    this.put(Buffer.concat([deflateEnd, trailer]))
    return {
      digest: `sha256:${this.packedHash.digest('hex')}`,
      size: this.packedSize,
      diffId: `sha256:${this.plainHash.digest('hex')}`,
      uncompressedSize: this.plainSize,
    }
  }

  private async endBlock(): Promise<void> {
    const { memory, dictionary, used: length } = this
    const content = this.content.subarray(0, length)
    this.plainHash.update(content)
    this.crc = crc32(content, this.crc)
    this.plainSize += length
    this.startBlock()
    this.pending.push(pendingBlock(memory, this.deflate({ memory, dictionary, length, level: this.level })))
    // Cancellation, results and other packages' blocks arrive as messages: they are only seen between blocks.
    await setImmediate()
    this.onBlock(this.plainSize)
    while (this.pending.length >= this.maxPending || this.oldestIsDone()) await this.writeOldest()
  }

  /** A fresh block whose dictionary is the end of the one before it. */
  private startBlock(): void {
    const next = this.spare.pop() ?? blockMemory()
    this.dictionary = Math.min(windowSize, this.dictionary + this.used)
    const end = windowSize + this.used
    new Uint8Array(next, windowSize - this.dictionary, this.dictionary).set(
      new Uint8Array(this.memory, end - this.dictionary, this.dictionary),
    )
    this.memory = next
    this.content = blockContent(next)
    this.used = 0
  }

  private oldestIsDone(): boolean {
    const oldest = this.pending[0]
    return oldest !== undefined && (oldest.output !== undefined || oldest.failure !== undefined)
  }

  private async writeOldest(): Promise<void> {
    const oldest = this.pending.shift()
    if (oldest === undefined) return
    await oldest.done
    if (oldest.output === undefined) throw oldest.failure
    this.put(oldest.output)
    this.spare.push(oldest.memory)
  }

  private put(bytes: Uint8Array): void {
    this.packedHash.update(bytes)
    this.packedSize += bytes.length
    for (let at = 0; at < bytes.length; ) at += writeSync(this.file, bytes, at)
  }
}

function pendingBlock(memory: SharedArrayBuffer, result: Uint8Array | Promise<Uint8Array>): Pending {
  if (result instanceof Uint8Array) return { memory, output: result, failure: undefined, done: undefined }
  const block: Pending = {
    memory,
    output: undefined,
    failure: undefined,
    // Never rejects: the failure is thrown when the block's turn comes.
    done: result.then(
      (output) => {
        block.output = output
      },
      (failure: unknown) => {
        block.failure = failure
      },
    ),
  }
  return block
}
