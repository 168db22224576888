import type { BaseImage } from '../../image/base.ts'
import type { Repository } from '../../registry/repository.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { mapConcurrently } from '../../support/concurrency.ts'

/** Base layers copied at a time: they are few and large. */
const COPIES = 3

/**
 * Brings the layers of a base image that the target lacks into it: mounted when both are in one registry, else by way
 * of the blob store, which keeps them for the next push. Returns the bytes that were sent.
 */
export async function copyBaseLayers(parts: {
  readonly base: BaseImage
  readonly from: Repository
  readonly target: Repository
  readonly store: BlobStore
  readonly signal: AbortSignal
  readonly onProgress: (bytes: number) => void
}): Promise<number> {
  const { base, from, target, store, signal } = parts
  let sent = 0
  await mapConcurrently(base.manifest.layers, COPIES, async (layer) => {
    if (await target.hasBlob(layer.digest, { signal })) return
    if (await target.mountBlob(layer.digest, from.reference, { signal })) return
    // First here, whole: a registry does not wait with an open upload until another has sent its bytes.
    await store.fetch(from, layer, { signal })
    const before = sent
    const done = await target.putBlob(layer, () => store.open(layer.digest, { signal }), {
      signal,
      knownMissing: true,
      onProgress: (bytes) => parts.onProgress(before + bytes),
    })
    if (done === 'uploaded') sent += layer.size
    parts.onProgress(sent)
  })
  return sent
}
