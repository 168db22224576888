import { rm } from 'node:fs/promises'
import type { ImageLayer } from '../../image/assemble.ts'
import type { JobContext } from '../../jobs/jobs.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { limitConcurrency } from '../../support/concurrency.ts'
import { StrataError } from '../../support/errors.ts'
import type { WorkerPool } from '../../workers/pool.ts'
import { packInput, rememberLayer } from '../local-layer.ts'
import type { PreparedPackage, PreparedPush } from './prepared.ts'

/** Sees to it that layers are in the registry: packs what has to be packed, sends what it lacks. */
export interface LayerSender {
  /** The package's layer, there for certain when this resolves. Asked twice, the work is done once. */
  send(one: PreparedPackage): Promise<ImageLayer>
  /** The registry turned out to lack what it was thought to have: sends it after all. */
  resend(one: PreparedPackage): Promise<ImageLayer>
  /** Compressed bytes that went over the wire. */
  readonly bytesUploaded: () => number
}

export interface LayerParts {
  readonly store: BlobStore
  readonly pool: WorkerPool
  readonly context: JobContext
  readonly signal: AbortSignal
}

export function layerSender(prepared: PreparedPush, parts: LayerParts): LayerSender {
  const { store, context, signal } = parts
  const packing = limitConcurrency(prepared.request.jobs ?? parts.pool.threads)
  const sent = new Map<string, Promise<ImageLayer>>()
  let bytesUploaded = 0

  const upload = async (one: PreparedPackage, layer: ImageLayer): Promise<void> => {
    const key = one.node.hash
    await context.gate()
    context.progress.size(key, 'upload', layer.size)
    context.progress.enter(key, 'upload')
    const done = await prepared.target.putBlob(layer, () => store.open(layer.digest, { signal }), {
      signal,
      onProgress: (bytes) => context.progress.advance(key, 'upload', bytes),
    })
    if (done === 'uploaded') bytesUploaded += layer.size
  }
  const packAndUpload = async (one: PreparedPackage): Promise<ImageLayer> => {
    const layer = await packing(() => pack(prepared, one, parts), one.diskSize)
    await upload(one, layer)
    return layer
  }
  const obtain = async (one: PreparedPackage, again: boolean): Promise<ImageLayer> => {
    if (one.layer && one.action === 'present' && !again) return one.layer
    const held = one.layer && (await store.stat(one.layer.digest)) ? one.layer : undefined
    if (!held) return packAndUpload(one)
    try {
      await upload(one, held)
      return held
    } catch (error) {
      // The blob store is checked as it is read; what it lost is packed again.
      if (!(error instanceof StrataError) || !(error.code === 'blob-damaged' || error.code === 'blob-missing'))
        throw error
      context.log(`${one.node.name}: ${error.message}; it is packed again`)
      return packAndUpload(one)
    }
  }
  const once = (one: PreparedPackage, again: boolean): Promise<ImageLayer> => {
    const work = obtain(one, again)
    sent.set(one.node.hash, work)
    return work
  }
  return {
    send: (one) => sent.get(one.node.hash) ?? once(one, false),
    resend: (one) => once(one, true),
    bytesUploaded: () => bytesUploaded,
  }
}

/** Packs one package into the blob store. */
async function pack(prepared: PreparedPush, one: PreparedPackage, parts: LayerParts): Promise<ImageLayer> {
  const { store, pool, context, signal } = parts
  const { node } = one
  await context.gate()
  context.progress.enter(node.hash, 'pack')
  const input = packInput(prepared.source, node, store.spoolFolder)
  const packed = await pool.pack(input, {
    signal,
    onProgress: (bytes) => context.progress.advance(node.hash, 'pack', bytes),
  })
  try {
    await store.adopt(packed.spoolFile, packed.digest, packed.size)
  } catch (error) {
    await rm(packed.spoolFile, { force: true })
    throw error
  }
  await rememberLayer(prepared.source, store, node, packed)
  return { digest: packed.digest, size: packed.size, diffId: packed.diffId, title: `${node.name}@${node.version}` }
}
