import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { StrataError } from '../support/errors.ts'
import { compressionLength, compressionOf } from './compression.ts'

/** Digests and sizes of both forms of a layer. */
export interface LayerDigests {
  /** Of the compressed form, as the manifest names it. */
  readonly digest: `sha256:${string}`
  readonly size: number
  /** Of the tar, as the config's `rootfs.diff_ids` names it. */
  readonly diffId: `sha256:${string}`
  readonly uncompressedSize: number
}

/** A layer that unpacks to more than so many times its size, and more than the floor, is no package. */
const bombRatio = 200
const bombFloor = 1024 ** 3

/** The most bytes of tar that a layer of so many compressed bytes may honestly have. */
export function uncompressedLimit(size: number): number {
  return Math.max(bombFloor, size * bombRatio)
}

/** Read and inflated at a time: zlib's thread works on the next piece while this one is hashed and written. */
const packedChunk = 512 * 1024
const plainChunk = 256 * 1024

/**
 * Inflates a layer and hands the tar out in pieces, each only good until the call returns or resolves. Several gzip members in a row
 * count as one stream. Throws `layer-invalid` for what is no gzip stream, is cut off, fails its checksum or goes on
 * after its end, and `size-exceeded` beyond `limit` bytes of tar.
 */
export async function readLayer(
  file: string,
  limit: number,
  onChunk: (chunk: Buffer, bytesDone: number) => void | Promise<void>,
): Promise<LayerDigests> {
  await checkCompression(file)
  const packed = createHash('sha256')
  const plain = createHash('sha256')
  let size = 0
  let uncompressedSize = 0
  const source = createReadStream(file, { highWaterMark: packedChunk })
  const gunzip = createGunzip({ chunkSize: plainChunk })
  source.on('data', (chunk) => {
    packed.update(chunk)
    size += chunk.length
  })
  source.on('error', (error) => gunzip.destroy(error))
  source.pipe(gunzip)
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      uncompressedSize += chunk.length
      if (uncompressedSize > limit) throw tooLarge(limit)
      plain.update(chunk)
      await onChunk(chunk, uncompressedSize)
    }
  } catch (thrown) {
    throw isZlibError(thrown) ? notGzip(thrown) : thrown
  } finally {
    source.destroy()
    gunzip.destroy()
  }
  // zlib stops at what does not begin another member, and says nothing of it.
  if (gunzip.bytesWritten !== size || !source.readableEnded) {
    throw new StrataError(
      'layer-invalid',
      `its layer goes on after the end of the gzip stream at byte ${gunzip.bytesWritten}`,
    )
  }
  return {
    digest: `sha256:${packed.digest('hex')}`,
    size,
    diffId: `sha256:${plain.digest('hex')}`,
    uncompressedSize,
  }
}

async function checkCompression(file: string): Promise<void> {
  const handle = await open(file)
  try {
    const start = Buffer.alloc(compressionLength)
    await handle.read(start, 0, start.length, 0)
    const compression = compressionOf(start)
    if (compression === 'gzip') return
    const isZstd = compression === 'zstd'
    throw new StrataError(
      'layer-invalid',
      `its layer is ${isZstd ? 'compressed with zstd' : 'not compressed with gzip'}`,
      {
        hint: isZstd ? 'Spack reads gzip only: push the package again without recompressing it.' : undefined,
      },
    )
  } finally {
    await handle.close()
  }
}

function tooLarge(limit: number): StrataError {
  return new StrataError(
    'size-exceeded',
    `its layer unpacks to more than ${limit} bytes, which is all there is room for`,
  )
}

/** An error of zlib's own: what it was given is no gzip stream, or a damaged one. */
export function isZlibError(thrown: unknown): thrown is Error {
  return thrown instanceof Error && 'code' in thrown && /^Z_/.test(String(thrown.code))
}

function notGzip(cause: Error): StrataError {
  return new StrataError('layer-invalid', `its layer cannot be inflated: ${cause.message}`, { cause })
}
