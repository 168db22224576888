import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import type { ByteSource } from '../relocate/edits.ts'
import { elfMagic } from '../relocate/elf-file.ts'

/** Bytes of a file's beginning that are kept of any file. */
export const keptStart = 64 * 1024

/**
 * ELF files up to here are kept in memory: all but a few libraries (LLVM, a debug build of Qt). What an ELF file says of
 * itself lies anywhere in it, names at its start and the dynamic section near its end, so all of it has to be at hand.
 */
const mostInMemory = 64 * 1024 ** 2
/** Larger ones go into a temporary file, up to here; beyond, an ELF file is a file like any other. */
const mostOnDisk = 2 * 1024 ** 3

/**
 * What has to be kept of a file that streams past: its beginning, and all of it when it is an ELF file. Has to be closed,
 * which gives the temporary file back.
 */
export class KeptContent {
  readonly size: number
  private readonly beginning: Buffer
  private readonly newFile: () => string
  private seen = 0
  private whole: Kept | undefined

  /** `size`: the bytes that will come. `newFile` names a file that does not exist, where a large one may go. */
  constructor(size: number, newFile: () => string) {
    this.size = size
    this.beginning = Buffer.alloc(Math.min(size, keptStart))
    this.newFile = newFile
  }

  /** Takes the next bytes. Throws what the file system says. */
  update(piece: Buffer): void {
    const before = this.seen
    this.seen += piece.length
    if (before < this.beginning.length) piece.copy(this.beginning, before)
    if (before < 4 && this.seen >= 4 && this.size <= mostOnDisk && this.beginning.readUInt32BE(0) === elfMagic) {
      this.whole = this.size <= mostInMemory ? inMemory(this.size) : onDisk(this.size, this.newFile())
      this.whole.write(this.beginning.subarray(0, before), 0)
    }
    this.whole?.write(piece, before)
  }

  /** Its first bytes. */
  start(length: number): Buffer {
    return this.beginning.subarray(0, Math.min(length, this.seen))
  }

  /** All of an ELF file that came to its end; undefined for any other. */
  elf(): ByteSource | undefined {
    return this.seen === this.size ? this.whole?.source : undefined
  }

  close(): void {
    this.whole?.close()
    this.whole = undefined
  }
}

interface Kept {
  readonly source: ByteSource
  write(bytes: Buffer, at: number): void
  close(): void
}

function inMemory(size: number): Kept {
  const bytes = Buffer.alloc(size)
  return {
    source: { size, read: (offset, into) => bytes.copy(into, 0, offset) },
    write: (piece, at) => void piece.copy(bytes, at),
    close: () => undefined,
  }
}

function onDisk(size: number, path: string): Kept {
  const file = openSync(path, 'wx+', 0o600)
  return {
    source: { size, read: (offset, into) => readSync(file, into, 0, into.length, offset) },
    write: (piece, at) => {
      for (let done = 0; done < piece.length; ) done += writeSync(file, piece, done, piece.length - done, at + done)
    },
    close: () => {
      closeSync(file)
      rmSync(path, { force: true })
    },
  }
}
