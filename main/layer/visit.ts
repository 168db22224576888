import { createGunzip, type Gunzip } from 'node:zlib'
import { formatBytes } from '../api/format.ts'
import { StrataError } from '../support/errors.ts'
import { compressionOf } from './compression.ts'
import { isZlibError } from './layer-stream.ts'
import { tarBlockSize } from './tar-header.ts'
import { TarReader, type TarSink } from './tar-reader.ts'

/** Who looks at a layer's members: a `TarSink` that can have enough. */
export interface LayerVisitor extends TarSink {
  /** Nothing more is wanted: the rest of the layer is not read. */
  readonly done: boolean
  /** Waited for between pieces of the archive, by who hands content on to something slow. */
  ready?(): Promise<void>
}

export interface LayerVisit {
  /** Bytes of the tar that were read. */
  readonly unpackedBytes: number
  /**
   * Why the visit ended before the archive did, or why nothing in it is to be believed (`digest-mismatch`, known only at
   * the end). Absent when the visitor had enough.
   */
  readonly stopped?: StrataError
}

/** Compressed bytes that are inflated at a time: what is damaged costs no more than the members of one such piece. */
const slice = 64 * 1024
const inflatedChunk = 256 * 1024

/** So much any layer may unpack to, whatever its compressed size: zeros, which a bomb is made of, take half a second. */
const freeBytes = 1024 ** 3
/**
 * Beyond, an archive of so many times its compressed size is a bomb: gzip reaches 1032, programs and libraries 2 to 10,
 * logs and tables of numbers perhaps 50.
 */
const mostRatio = 200

/** The most that so many compressed bytes may unpack to. */
export function mostUnpacked(packedBytes: number): number {
  return Math.max(freeBytes, mostRatio * packedBytes)
}

/** Errors that are the archive's own fault, or its size's: what was heard until then is still worth something. */
const ofTheArchive: ReadonlySet<string> = new Set(['layer-invalid', 'size-exceeded', 'digest-mismatch'])

/**
 * Leads a visitor through the members of a layer, as its bytes come: a tar, plain or compressed with gzip. Memory is
 * bounded whatever the layer holds, and nothing is written to disk. When the visitor has enough, or anything fails, the
 * source is closed at once; who stops early has read bytes that nobody verified.
 *
 * Both the list of a layer's files and whatever looks at each file of an image are such visitors.
 *
 * Throws `layer-invalid` for what is no such archive from its first byte on (its hint says how to look into it), and what
 * the source throws: `cancelled`, what the registry answers. What goes wrong later is the visit's `stopped`.
 */
export async function visitLayerFiles(blob: AsyncIterable<Buffer>, visitor: LayerVisitor): Promise<LayerVisit> {
  const archive = new Archive(visitor)
  try {
    for await (const piece of slices(blob)) {
      await archive.take(piece)
      if (visitor.done) return { unpackedBytes: archive.unpackedBytes }
      await visitor.ready?.()
    }
    await archive.finish()
    return { unpackedBytes: archive.unpackedBytes }
  } catch (thrown) {
    if (!(thrown instanceof StrataError) || !ofTheArchive.has(thrown.code)) throw thrown
    if (!archive.begun) throw archive.isJson() ? noArchive(thrown) : thrown
    return { unpackedBytes: archive.unpackedBytes, stopped: thrown }
  } finally {
    archive.close()
  }
}

/** The same bytes in pieces of at most `slice`; the first is long enough to tell what they are. */
async function* slices(blob: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer | undefined = Buffer.alloc(0)
  for await (const chunk of blob) {
    const bytes: Buffer = held ? Buffer.concat([held, chunk]) : chunk
    if (held && bytes.length < tarBlockSize) {
      held = bytes
      continue
    }
    held = undefined
    for (let at = 0; at < bytes.length; at += slice) yield bytes.subarray(at, at + slice)
  }
  if (held) yield held
}

/** What comes out of the compressed stream, on its way into the tar reader. */
class Archive {
  unpackedBytes = 0
  /** The visitor has heard of a member. */
  begun = false
  private packedBytes = 0
  private start = Buffer.alloc(0)
  private inflation: Inflation | undefined
  private readonly visitor: LayerVisitor
  private readonly tar: TarReader

  constructor(visitor: LayerVisitor) {
    this.visitor = visitor
    this.tar = new TarReader({
      begin: (member) => {
        this.begun = true
        visitor.begin(member)
      },
      content: (piece) => visitor.content(piece),
      end: () => visitor.end(),
    })
  }

  async take(piece: Buffer): Promise<void> {
    if (this.packedBytes === 0 && isCompressed(piece)) this.inflation = new Inflation((bytes) => this.unpacked(bytes))
    this.packedBytes += piece.length
    if (this.inflation) await this.inflation.write(piece)
    else this.unpacked(piece)
  }

  async finish(): Promise<void> {
    await this.inflation?.end()
    this.tar.finish()
  }

  /** What was unpacked begins as a JSON document does. */
  isJson(): boolean {
    return /^\s*[[{]/.test(this.start.toString('latin1'))
  }

  close(): void {
    this.inflation?.close()
  }

  private unpacked(bytes: Buffer): void {
    if (this.visitor.done) return
    if (this.unpackedBytes === 0) this.start = Buffer.from(bytes.subarray(0, 16))
    this.unpackedBytes += bytes.length
    if (this.unpackedBytes > mostUnpacked(this.packedBytes)) {
      throw new StrataError(
        'size-exceeded',
        `it unpacks to more than ${formatBytes(this.unpackedBytes)}, ${mostRatio} times what was read of it: the rest is not looked at`,
      )
    }
    try {
      this.tar.push(bytes)
    } catch (thrown) {
      // What comes behind the last wanted byte does not matter.
      if (!this.visitor.done) throw thrown
    }
  }
}

/** A gzip stream that is inflated piece by piece, without a queue in which an error would drop what came before it. */
class Inflation {
  private readonly gunzip: Gunzip = createGunzip({ chunkSize: inflatedChunk })
  private readonly failure: Promise<never>
  /** All is out. The callback of `end` would come before the last bytes, and before their error. */
  private readonly ended: Promise<void>
  private refusal: unknown

  constructor(onBytes: (bytes: Buffer) => void) {
    this.failure = new Promise((_, reject) => this.gunzip.once('error', reject))
    this.failure.catch(() => undefined)
    this.ended = new Promise((resolve) => this.gunzip.once('end', () => resolve()))
    this.gunzip.on('data', (bytes: Buffer) => {
      if (this.refusal !== undefined) return
      try {
        onBytes(bytes)
      } catch (thrown) {
        this.refusal = thrown
      }
    })
  }

  /** Resolves when all that can be inflated so far has been handed out. Throws what the taker threw, and `layer-invalid`. */
  write(piece: Buffer): Promise<void> {
    return this.settle(
      new Promise((resolve, reject) => this.gunzip.write(piece, (error) => (error ? reject(error) : resolve()))),
    )
  }

  /** The stream is over. Throws as `write` does. */
  end(): Promise<void> {
    this.gunzip.end()
    return this.settle(this.ended)
  }

  close(): void {
    this.gunzip.destroy()
  }

  private async settle(step: Promise<void>): Promise<void> {
    try {
      await Promise.race([step, this.failure])
    } catch (thrown) {
      if (this.refusal === undefined) throw isZlibError(thrown) ? damaged(thrown) : thrown
    }
    if (this.refusal !== undefined) throw this.refusal
  }
}

function damaged(cause: Error): StrataError {
  const cut = 'code' in cause && cause.code === 'Z_BUF_ERROR'
  const why = cut ? 'is cut off' : `is damaged: ${cause.message}`
  return new StrataError('layer-invalid', `its gzip stream ${why}`, { cause })
}

function noArchive(cause: StrataError): StrataError {
  return new StrataError('layer-invalid', 'it is a JSON document and no archive', {
    hint: "Spack's index and signatures are kept like that, whatever their media type says.",
    cause,
  })
}

/** Whether it is a gzip stream rather than a tar. Throws `layer-invalid` for what is neither, in words. */
function isCompressed(start: Buffer): boolean {
  const compression = compressionOf(start)
  if (compression === 'gzip') return true
  if (compression !== undefined) {
    throw new StrataError('layer-invalid', `it is compressed with ${compression}, which Strata does not read`, {
      details: { compression },
    })
  }
  if (start.length === 0) throw new StrataError('layer-invalid', 'it is empty')
  return false
}
