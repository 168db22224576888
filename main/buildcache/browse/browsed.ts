import type { Repository } from '../../registry/repository.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import type { RepositoryMemory } from './memory.ts'

/** What looking into a repository works with. */
export interface Browsed {
  readonly repository: Repository
  /** Manifests and configs are kept here by digest, so that each is fetched once ever. */
  readonly store: BlobStore
  /** What was learned of the repository before. */
  readonly memory: RepositoryMemory
  readonly signal: AbortSignal
  /** Milliseconds since 1970. */
  readonly now: () => number
}
