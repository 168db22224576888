import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { Digest } from '../../../registry/digest.ts'
import type { Repository } from '../../../registry/repository.ts'
import { StrataError } from '../../../support/errors.ts'
import { isDamage } from '../../remote-package.ts'
import type { Reference } from './references.ts'

/** Inflated at a time. */
const PLAIN_CHUNK = 256 * 1024

/** Whether what is referred to is there with the right size; the answer goes into the reference. */
export async function lookForBlob(repository: Repository, one: Reference, signal: AbortSignal): Promise<void> {
  const held =
    one.kind === 'manifest'
      ? await repository.headManifest(one.digest, { signal })
      : await repository.hasBlob(one.digest, { signal })
  if (!held) one.problem = 'is missing'
  else if (held.size !== one.size) one.problem = `has ${held.size} bytes instead of ${one.size}`
}

/**
 * Reads it whole and verifies size and digest, and of a layer what it unpacks to where that can be told: of gzip and of
 * what is not compressed. Nothing is kept. `onBytes` hears how many bytes have come.
 */
export async function readThrough(
  repository: Repository,
  one: Reference,
  { signal, onBytes }: { readonly signal: AbortSignal; readonly onBytes: (bytes: number) => void },
): Promise<void> {
  try {
    if (one.kind === 'manifest') {
      const manifest = await repository.getManifest(one.digest, { signal })
      if (!manifest) one.problem = 'is missing'
      else if (manifest.size !== one.size) one.problem = `has ${manifest.size} bytes instead of ${one.size}`
      return
    }
    const form = one.diffIds.size > 0 ? await compressionOf(repository, one, signal) : 'unknown'
    const source = await repository.readBlob(one, { signal })
    one.unpacked = await digestUnpacked(source, form, signal, onBytes)
  } catch (error) {
    if (!isDamage(error) && !(error instanceof StrataError && error.code === 'layer-invalid')) throw error
    one.problem = error.code === 'registry-not-found' ? 'is missing' : `is damaged: ${error.message}`
  }
}

type Compression = 'gzip' | 'none' | 'unknown'

/** By the first bytes: media types are not always true. */
async function compressionOf(repository: Repository, one: Reference, signal: AbortSignal): Promise<Compression> {
  const start = one.size < 4 ? Buffer.alloc(4) : await repository.readBlobStart(one, 4, { signal })
  if (start[0] === 0x1f && start[1] === 0x8b) return 'gzip'
  // zstd, which this Node cannot inflate.
  return start.length === 4 && start.readUInt32LE(0) === 0xfd2fb528 ? 'unknown' : 'none'
}

/** Reads to the end, where the stream itself fails unless digest and size are right; the digest after unpacking. */
async function digestUnpacked(
  source: Readable,
  form: Compression,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<Digest | undefined> {
  let bytes = 0
  const counted = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      bytes += chunk.length
      onBytes(bytes)
      yield chunk
    }
  }
  const hash = createHash('sha256')
  const consume = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) if (form !== 'unknown') hash.update(chunk)
  }
  try {
    if (form === 'gzip') await pipeline(source, counted, createGunzip({ chunkSize: PLAIN_CHUNK }), consume, { signal })
    else await pipeline(source, counted, consume, { signal })
  } catch (thrown) {
    const broken = thrown instanceof Error && 'code' in thrown && /^Z_/.test(String(thrown.code))
    throw broken ? new StrataError('layer-invalid', 'it is no whole gzip stream', { cause: thrown }) : thrown
  }
  return form === 'unknown' ? undefined : `sha256:${hash.digest('hex')}`
}
