import type { EventName, EventPayload, Output, Parsed } from '../../api/contract.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { StrataError } from '../../support/errors.ts'
import type { WorkerPool } from '../../workers/pool.ts'
import type { Host } from '../source.ts'

/** Composing as the contract names it. */
export interface Composing {
  'compose.preview'(input: Parsed<'compose.preview'>, signal: AbortSignal): Promise<Output<'compose.preview'>>
  'compose.open'(input: Parsed<'compose.open'>, signal: AbortSignal): Promise<Output<'compose.open'>>
  'compose.parse'(input: Parsed<'compose.parse'>): Promise<Output<'compose.parse'>>
  close(): Promise<void>
}

export function createComposing(_parts: {
  readonly host: () => Host
  readonly store: BlobStore
  readonly pool: WorkerPool
  readonly emit: <E extends EventName>(event: E, payload: EventPayload<E>) => void
  readonly now: () => number
}): Composing {
  const notYet = async (): Promise<never> => {
    throw new StrataError('internal', 'composing is not built yet')
  }
  return { 'compose.preview': notYet, 'compose.open': notYet, 'compose.parse': notYet, close: async () => undefined }
}
