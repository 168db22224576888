import type { RepositoryRequest } from '../../api/catalog.ts'
import type { EventName, EventPayload, Output, Parsed } from '../../api/contract.ts'
import { formatReference } from '../../registry/reference.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { connect } from '../connection.ts'
import { type Host, openSource } from '../source.ts'
import { imageUsage } from '../usage.ts'
import type { Browsed } from './browsed.ts'
import { readCatalogRows, readRows } from './catalog.ts'
import { compareImages } from './compare.ts'
import { showImage } from './image.ts'
import { listLayerFiles, previewLayerFile } from './layer-files.ts'
import { createMemories } from './memory.ts'
import { listRepositories } from './repositories.ts'

/** The methods of the contract that only look. */
export type Browsing = {
  readonly [M in
    | 'registry.repositories'
    | 'catalog.read'
    | 'catalog.rows'
    | 'image.show'
    | 'image.compare'
    | 'layer.files'
    | 'layer.preview']: (input: Parsed<M>, signal: AbortSignal) => Promise<Output<M>>
} & {
  /** Opens a repository for work that no method of the contract could carry, such as streams. */
  within<T>(request: RepositoryRequest, signal: AbortSignal, look: (browsed: Browsed) => Promise<T>): Promise<T>
}

export function createBrowsing(parts: {
  readonly host: () => Host
  /** Repositories that were used before, newest first. */
  readonly recentTargets: () => readonly string[]
  readonly store: BlobStore
  readonly emit: <E extends EventName>(event: E, payload: EventPayload<E>) => void
  readonly now: () => number
}): Browsing {
  const { store, emit, now } = parts
  const memoryOf = createMemories(store)

  const within = async <T>(
    request: RepositoryRequest,
    signal: AbortSignal,
    look: (browsed: Browsed) => Promise<T>,
  ): Promise<T> => {
    const host = parts.host()
    const source = await openSource(request, host).catch(() => undefined)
    const connection = await connect({ ...request, to: request.repository, use: 'fetch' }, source, host)
    try {
      const { target: repository } = connection
      const memory = await memoryOf(formatReference(repository.reference))
      return await look({ repository, store, memory, signal, now })
    } finally {
      await connection.close()
    }
  }
  const progressOf =
    (run: string | undefined) =>
    (progress: Omit<EventPayload<'catalog.progress'>, 'run'>): void => {
      if (run !== undefined) emit('catalog.progress', { run, ...progress })
    }

  return {
    within,
    'registry.repositories': (input, signal) =>
      listRepositories(input, { ...parts.host(), recentTargets: parts.recentTargets() }, signal),
    'catalog.read': (input, signal) =>
      within(input, signal, (browsed) => readCatalogRows(browsed, input, progressOf(input.run))),
    'catalog.rows': (input, signal) => within(input, signal, (browsed) => readRows(browsed, input.tags)),
    'image.show': (input, signal) =>
      within(input, signal, async (browsed) => {
        const shown = await showImage(browsed, input, progressOf(input.run))
        return { ...shown, usage: imageUsage(browsed.repository.reference, shown) }
      }),
    'image.compare': ({ left, right, run }, signal) =>
      within(left, signal, (one) =>
        within(right, signal, (other) =>
          compareImages({ browsed: one, request: left }, { browsed: other, request: right }, progressOf(run)),
        ),
      ),
    'layer.files': (input, signal) => within(input, signal, (browsed) => listLayerFiles(browsed, input)),
    'layer.preview': (input, signal) => within(input, signal, (browsed) => previewLayerFile(browsed, input)),
  }
}
