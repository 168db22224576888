import { createReadStream } from 'node:fs'

/** Bytes of a file that are read at a time. */
const readChunk = 512 * 1024

/** Hears how far an import is, in bytes of the file: `done` of `total`. */
type OnImport = (done: number, total: number) => void

/**
 * A file that an image is made of. It is read from its beginning more than once; the readings, and whatever else the
 * import consists of, each say which share of the whole they are, by the time that they take, so that the progress runs
 * from nothing to the file's size once.
 */
export class ArchiveFile {
  readonly path: string
  readonly signal: AbortSignal | undefined
  private readonly size: number
  private readonly onImport: OnImport
  /** The share of the parts that have begun. */
  private begun = 0

  constructor(path: string, size: number, options: { readonly signal?: AbortSignal; readonly onImport?: OnImport }) {
    this.path = path
    this.size = size
    this.signal = options.signal
    this.onImport = options.onImport ?? (() => undefined)
  }

  /** Its bytes from the first on. */
  read(share: number): AsyncIterable<Buffer> {
    return readCounted(this.path, this.signal, this.part(share, this.size))
  }

  /** Begins a part of the import that goes through so many bytes; what it returns is told as they are dealt with. */
  part(share: number, bytes: number): (dealtWith: number) => void {
    const { begun, size, onImport } = this
    this.begun += share
    let done = 0
    return (dealtWith) => {
      done += dealtWith
      onImport(Math.round(size * (begun + share * Math.min(1, done / bytes))), size)
    }
  }
}

/** The bytes of a file; `onBytes` hears how many each piece has. */
export async function* readCounted(
  file: string,
  signal: AbortSignal | undefined,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  for await (const piece of createReadStream(file, { highWaterMark: readChunk, signal }) as AsyncIterable<Buffer>) {
    yield piece
    onBytes(piece.length)
  }
}

/** The shares of an import, by the time that each takes: telling what a file is, reading it, compressing layers. */
export const shares = { inspect: 0.1, members: 0.1, compress: 0.8 } as const
