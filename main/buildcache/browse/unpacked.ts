import type { ImageManifest } from '../../image/document.ts'
import { mapConcurrently } from '../../support/concurrency.ts'
import { StrataError } from '../../support/errors.ts'
import type { Browsed } from './browsed.ts'

type Layer = ImageManifest['layers'][number]

/** Layers that are looked at at a time. */
const LOOKUPS = 16
/** A gzip stream ends with the length of what it holds, modulo 2^32 (RFC 1952, ISIZE). */
const ISIZE_BYTES = 4
/**
 * A layer of more compressed bytes may unpack to 4 GiB and more, of which ISIZE only tells the rest: software packs at two
 * to five to one, and sixteen to one would be needed here.
 */
const LARGEST = 256 * 1024 * 1024

/**
 * Bytes of an image after unpacking, by the last four bytes of each layer, which are asked for once ever. Undefined when
 * that does not tell of every layer: zstd, very large layers, several gzip streams in one, a registry without ranges.
 */
export async function unpackedBytes(browsed: Browsed, layers: readonly Layer[]): Promise<number | undefined> {
  // One that cannot be told settles it: no need to ask for the others.
  if (layers.length === 0 || layers.some((layer) => isUntold(browsed, layer))) return undefined
  const distinct = [...new Map(layers.map((layer) => [layer.digest, layer])).values()]
  const sizes = await mapConcurrently(distinct, LOOKUPS, async (layer) => {
    const known = browsed.memory.unpackedBytes(layer.digest)
    if (known !== undefined) return known
    const found = await unpackedLayer(browsed, layer)
    browsed.memory.learnUnpacked(layer.digest, found)
    return found
  })
  let sum = 0
  for (const size of sizes) {
    if (size === null) return undefined
    sum += size
  }
  return sum
}

function isUntold({ memory }: Browsed, { digest, mediaType, size }: Layer): boolean {
  if (memory.unpackedBytes(digest) === null) return true
  return mediaType.endsWith('.tar') ? false : !/gzip$/.test(mediaType) || size > LARGEST
}

async function unpackedLayer({ repository, signal }: Browsed, layer: Layer): Promise<number | null> {
  if (layer.mediaType.endsWith('.tar')) return layer.size
  try {
    return readLength(await repository.readBlobEnd(layer, ISIZE_BYTES, { signal }), layer.size)
  } catch (error) {
    // A layer that is lost, or kept elsewhere (Windows' base layers), has no length to tell.
    if (error instanceof StrataError && !error.retryable && error.code !== 'cancelled') return null
    throw error
  }
}

/** Null for what cannot be: gzip makes nothing larger by more than a thousandth, and then several streams were joined. */
export function readLength(end: Buffer | undefined, compressed: number): number | null {
  if (end === undefined || end.length < ISIZE_BYTES) return null
  const length = end.readUInt32LE(0)
  return length * 1.001 + 64 < compressed ? null : length
}
