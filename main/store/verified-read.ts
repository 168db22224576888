import { createHash } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { Digest } from '../registry/digest.ts'
import { StrataError, toStrataError } from '../support/errors.ts'

/** Bytes read at a time: a quarter of it costs a fifth of the throughput of sha256 and socket together. */
const chunkSize = 1024 * 1024

/**
 * A blob's content from its file, with the sha256 checked on the way: the last piece is only handed out once all of it
 * is known to be right. Else the stream fails with `blob-damaged` and the file is deleted; with `blob-missing` when there
 * is none. `onOpen` is waited for before the first piece.
 */
export function readVerified(
  file: string,
  digest: Digest,
  options: { readonly signal: AbortSignal | undefined; readonly onOpen: () => Promise<void> },
): Readable {
  const pieces = verified(file, digest, options.onOpen)
  return Readable.from(pieces, { objectMode: false, highWaterMark: chunkSize, signal: options.signal })
}

async function* verified(file: string, digest: Digest, onOpen: () => Promise<void>): AsyncGenerator<Buffer> {
  const handle = await openBlob(file, digest)
  try {
    await onOpen()
    const hash = createHash('sha256')
    let held: Buffer | undefined
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkSize)
      const { bytesRead } = await handle.read(chunk, 0, chunkSize, null)
      if (bytesRead === 0) break
      const bytes = chunk.subarray(0, bytesRead)
      hash.update(bytes)
      if (held) yield held
      held = bytes
    }
    if (`sha256:${hash.digest('hex')}` !== digest) {
      await rm(file, { force: true })
      throw new StrataError('blob-damaged', `the blob store's copy of ${digest} is damaged; it was deleted`)
    }
    if (held) yield held
  } finally {
    await handle.close()
  }
}

async function openBlob(file: string, digest: Digest): Promise<FileHandle> {
  try {
    return await open(file, 'r')
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw toStrataError(thrown, 'the blob store')
    throw new StrataError('blob-missing', `the blob store does not have ${digest}`, { cause: thrown })
  }
}
