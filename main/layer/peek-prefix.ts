import { constants, gunzipSync } from 'node:zlib'
import { FirstFileSearch } from './find-prefix.ts'
import { TarReader } from './tar-reader.ts'

/** Bytes of a layer that tell: its first file comes after its folders, each a header or three that deflate to a few bytes. */
export const peekLength = 8 * 1024
/** What so few bytes of a real package cannot inflate to. */
const inflatedLimit = 32 * 1024 * 1024

/**
 * The prefix that a package was packed from, without a leading slash, from the first `peekLength` bytes of its layer.
 * Undefined for what does not begin as a package does. Nothing is verified: good for a plan, not for more.
 */
export function peekPrefix(start: Buffer): string | undefined {
  const search = new FirstFileSearch()
  try {
    // The stream is cut off: what can be inflated of it is.
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: inflatedLimit }
    new TarReader(search).push(gunzipSync(start, options))
  } catch {
    // What is no gzip stream or no tar says nothing, unless the first file came before the damage.
  }
  return search.prefix
}
