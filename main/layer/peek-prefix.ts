import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { FirstFileSearch } from './find-prefix.ts'
import { TarReader } from './tar-reader.ts'

/** The first file of a package comes within the first few kilobytes: after its folders, each a header or three. */
const peekLimit = 1024 * 1024

/**
 * The prefix that a package was packed from, without a leading slash, from the beginning of its layer; the rest is not
 * read. Undefined for what does not begin as a package does. Nothing is verified: good for a plan, not for more.
 * Rejects with what the source fails with.
 */
export async function peekPrefix(layer: Readable): Promise<string | undefined> {
  const search = new FirstFileSearch()
  const reader = new TarReader(search)
  const gunzip = createGunzip()
  layer.on('error', (error) => gunzip.destroy(error))
  layer.pipe(gunzip)
  let seen = 0
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      try {
        reader.push(chunk)
      } catch {
        return undefined
      }
      seen += chunk.length
      if (search.done || seen > peekLimit) break
    }
  } catch (thrown) {
    // What is no gzip stream, or ends too early; everything else is the source's own trouble.
    if (!(thrown instanceof Error && 'code' in thrown && /^Z_/.test(String(thrown.code)))) throw thrown
  } finally {
    layer.destroy()
    gunzip.destroy()
  }
  return search.prefix
}
