import type { ImageTree } from '../../../registry/copy.ts'
import type { BlobDescriptor, Digest } from '../../../registry/digest.ts'
import type { Repository } from '../../../registry/repository.ts'
import type { TaggedImages } from '../../tagged-images.ts'
import type { CopyRequest, CopySelection } from './select.ts'

/** A tag that is going to be copied. */
export interface PlannedCopy {
  readonly tag: string
  readonly tree: ImageTree
  /** What the tag points at in the target so far. */
  readonly replaces: Digest | undefined
  /** What the target lacks of it and counts as its own. */
  readonly blobs: readonly BlobDescriptor[]
}

/** A blob that the target lacks, and that several images need without being any package's own layer: a base's, say. */
export interface SharedBlob {
  readonly blob: BlobDescriptor
  /** Images of this copy that need it. */
  readonly users: number
}

/** What a copy has to do, and what it found. */
export interface CopyWork {
  readonly copies: readonly PlannedCopy[]
  readonly shared: readonly SharedBlob[]
  /** Tags that are in the target with this very image. */
  readonly present: readonly string[]
  /** Blobs can be made to appear in the target without being sent. */
  readonly mounts: boolean
  readonly updatesIndex: boolean
}

export interface PreparedCopy extends CopyWork {
  readonly request: CopyRequest
  readonly target: Repository
  readonly selection: CopySelection
  readonly unreadable: TaggedImages['unreadable']
}
