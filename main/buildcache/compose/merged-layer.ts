import { rm } from 'node:fs/promises'
import type { ImageLayer } from '../../image/assemble.ts'
import type { BudgetItem, BudgetLayer } from '../../image/budget.ts'
import { uncompressedLimit } from '../../layer/layer-stream.ts'
import { isDigest } from '../../registry/digest.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import type { WorkerPool, WorkOptions } from '../../workers/pool.ts'

type MergedBudgetLayer = Extract<BudgetLayer, { readonly kind: 'merged' }>

/** The merged layer of a key (`mergeKey`) of these packages, when its blob lies in the blob store. */
export async function mergedLayer(
  store: BlobStore,
  { key, items }: MergedBudgetLayer,
): Promise<ImageLayer | undefined> {
  const record = await store.layer(key)
  return record && asLayer(record, items)
}

/**
 * Merges layers that lie in the blob store into one, by a thread of the pool, and keeps it under its key.
 * Throws what `mergeLayers` and the pool throw.
 */
export async function makeMergedLayer(
  { store, pool }: { readonly store: BlobStore; readonly pool: WorkerPool },
  { key, items }: Pick<MergedBudgetLayer, 'key' | 'items'>,
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
  return asLayer({ digest, size, diffId }, items)
}

/** Its title is the same whatever order the packages were merged in; `packages` is in the order of this image. */
function asLayer({ digest, size, diffId }: Omit<ImageLayer, 'title'>, items: readonly BudgetItem[]): ImageLayer {
  const title = items.map(({ layer }) => layer.title).sort()
  return { digest, size, diffId, title: title.join(' '), packages: items.map(({ hash }) => hash) }
}
