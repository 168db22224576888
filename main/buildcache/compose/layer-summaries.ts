import type { Readable } from 'node:stream'
import { type LayerSummary, readSummary, writeSummary } from '../../image/layer-summary.ts'
import { summarizeLayer } from '../../image/summarize-layer.ts'
import type { BlobDescriptor, Digest } from '../../registry/digest.ts'
import { cancelled } from '../../registry/failure.ts'
import { Once } from '../../registry/once.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { newSpoolFile } from '../../store/spool.ts'
import { mapConcurrently } from '../../support/concurrency.ts'
import { toStrataError } from '../../support/errors.ts'

/** Summaries that are held in memory: the largest composition that docker can run, on several bases, many times. */
const mostHeld = 2000
/** Small files that are read at a time. */
const reads = 16

/** Summaries of layers, by digest. */
export interface LayerSummaries {
  /** Those that have been made, now or in another session. */
  known(digests: readonly Digest[]): Promise<ReadonlyMap<Digest, LayerSummary>>
  /**
   * Makes one and keeps it. A layer in the blob store is read from there. Throws what `open` and `summarizeLayer` throw, and
   * `cancelled`; nothing is kept then.
   */
  make(
    blob: BlobDescriptor,
    open: (blob: BlobDescriptor) => Promise<Readable>,
    signal: AbortSignal | undefined,
  ): Promise<LayerSummary>
}

const ofStores = new WeakMap<BlobStore, LayerSummaries>()

/** The summaries that lie in a blob store. */
export function layerSummaries(store: BlobStore): LayerSummaries {
  const summaries = ofStores.get(store) ?? new StoredSummaries(store)
  ofStores.set(store, summaries)
  return summaries
}

class StoredSummaries implements LayerSummaries {
  private readonly store: BlobStore
  /** In the order of their last use. */
  private readonly held = new Map<Digest, LayerSummary>()
  private readonly making = new Once<LayerSummary>()

  constructor(store: BlobStore) {
    this.store = store
  }

  async known(digests: readonly Digest[]): Promise<ReadonlyMap<Digest, LayerSummary>> {
    const found = new Map<Digest, LayerSummary>()
    const unread: Digest[] = []
    for (const digest of digests) {
      const held = this.held.get(digest)
      if (held) found.set(digest, this.hold(digest, held))
      else unread.push(digest)
    }
    await mapConcurrently(unread, reads, async (digest) => {
      const bytes = await this.store.known('summary', idOf(digest))
      const summary = bytes && readSummary(bytes)
      if (summary) found.set(digest, this.hold(digest, summary))
    })
    return found
  }

  make(
    blob: BlobDescriptor,
    open: (blob: BlobDescriptor) => Promise<Readable>,
    signal: AbortSignal | undefined,
  ): Promise<LayerSummary> {
    const { store } = this
    const { digest, size } = blob
    return this.making.run(digest, signal, async () => {
      if (signal?.aborted) throw cancelled(signal)
      const here = (await store.stat(digest))?.size === size
      const source = here ? store.open(digest, { signal }) : await open(blob)
      const summary = await untilAborted(source, signal, () =>
        summarizeLayer(source, () => newSpoolFile(store.spoolFolder)),
      )
      // It only saves reading the layer again: a full disk is no error.
      await store.rememberKnown('summary', idOf(digest), writeSummary(summary)).catch(() => undefined)
      return this.hold(digest, summary)
    })
  }

  private hold(digest: Digest, summary: LayerSummary): LayerSummary {
    this.held.delete(digest)
    this.held.set(digest, summary)
    const [oldest] = this.held.keys()
    if (this.held.size > mostHeld && oldest !== undefined) this.held.delete(oldest)
    return summary
  }
}

/** Ends a stream, and with it the work on it, when the signal says so. Throws what the work throws. */
async function untilAborted<T>(source: Readable, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const onAbort = (): void => void source.destroy(signal && cancelled(signal))
  if (signal?.aborted) onAbort()
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    return await work()
  } catch (thrown) {
    throw signal?.aborted ? cancelled(signal) : toStrataError(thrown)
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}

/** A digest alone would have to be that of the summary. */
function idOf(digest: Digest): string {
  return `layer ${digest}`
}
