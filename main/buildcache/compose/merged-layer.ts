import { rm } from 'node:fs/promises'
import * as z from 'zod'
import type { ImageLayer } from '../../image/assemble.ts'
import type { BudgetItem } from '../../image/budget.ts'
import { uncompressedLimit } from '../../layer/layer-stream.ts'
import { type Digest, isDigest } from '../../registry/digest.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import type { WorkerPool, WorkOptions } from '../../workers/pool.ts'

/** What a merged layer is called in the history of an image: the packages in it, whatever order they were merged in. */
export function mergedTitle(items: readonly BudgetItem[]): string {
  return items
    .map(({ layer }) => layer.title)
    .sort()
    .join(' ')
}

/** The merged layer of a key (`mergeKey`), when its blob lies in the blob store. */
export async function mergedLayer(store: BlobStore, key: Digest, title: string): Promise<ImageLayer | undefined> {
  const record = await store.layer(key)
  return record && { digest: record.digest, size: record.size, diffId: record.diffId, title }
}

/**
 * Merges layers that lie in the blob store into one, by a thread of the pool, and keeps it under its key. The packages
 * in it are remembered, so that an image that has it can be taken apart again.
 * Throws what `mergeLayers` and the pool throw.
 */
export async function makeMergedLayer(
  { store, pool }: { readonly store: BlobStore; readonly pool: WorkerPool },
  { key, items }: { readonly key: Digest; readonly items: readonly BudgetItem[] },
  options: WorkOptions,
): Promise<ImageLayer> {
  const layers = items.map(({ layer }) => ({
    name: layer.title,
    file: store.path(layer.digest),
    expected: { digest: layer.digest, size: layer.size, ...(isDigest(layer.diffId) && { diffId: layer.diffId }) },
  }))
  const limit = Math.max(...items.map(({ layer }) => uncompressedLimit(layer.size)))
  const input = { name: 'merged layer', layers, spoolFolder: store.spoolFolder, maxUncompressedSize: limit }
  const made = await pool.merge(input, options)
  const { digest, size, diffId, uncompressedSize } = made
  try {
    await store.adopt(made.spoolFile, digest, size)
  } catch (error) {
    await rm(made.spoolFile, { force: true })
    throw error
  }
  await store.rememberLayer(key, { digest, size, diffId, uncompressedSize })
  await rememberMerged(
    store,
    digest,
    items.map((item) => item.hash),
  )
  return { digest, size, diffId, title: mergedTitle(items) }
}

const Hashes = z.array(z.string())

/** Known facts that are named by a digest are checked against it: this is one about it. */
const idOf = (layer: string): string => `packages of ${layer}`

function rememberMerged(store: BlobStore, layer: Digest, hashes: readonly string[]): Promise<void> {
  return store.rememberKnown('merged', idOf(layer), Buffer.from(JSON.stringify(hashes)))
}

/** DAG hashes of the packages that were merged into a layer on this machine; undefined for any other layer. */
export async function packagesMergedInto(store: BlobStore, layer: string): Promise<readonly string[] | undefined> {
  const bytes = await store.known('merged', idOf(layer))
  try {
    return bytes && Hashes.parse(JSON.parse(bytes.toString('utf8')))
  } catch {
    return undefined
  }
}
