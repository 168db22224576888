import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { BaseImage } from '../../image/base.ts'
import type { BlobDescriptor } from '../../registry/digest.ts'
import type { Repository } from '../../registry/repository.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { newSpoolFile } from '../../store/spool.ts'
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
    if (isSameRegistry(from, target) && (await target.mountBlob(layer.digest, from.reference, { signal }))) return
    if (!(await store.stat(layer.digest))) await download(from, layer, store, signal)
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

function isSameRegistry(a: Repository, b: Repository): boolean {
  const [from, to] = [a.reference, b.reference]
  return from.kind === 'registry' && to.kind === 'registry' && from.registry === to.registry
}

/** Into the blob store; the stream verifies size and digest and fails before anything is adopted. */
async function download(from: Repository, blob: BlobDescriptor, store: BlobStore, signal: AbortSignal): Promise<void> {
  const spoolFile = newSpoolFile(store.spoolFolder)
  try {
    await pipeline(await from.readBlob(blob, { signal }), createWriteStream(spoolFile), { signal })
    await store.adopt(spoolFile, blob.digest, blob.size)
  } catch (error) {
    await rm(spoolFile, { force: true })
    throw error
  }
}
