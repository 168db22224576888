import type { ActRequest } from '../../api/acts.ts'
import type { Digest } from '../../registry/digest.ts'
import type { Destination, ImagePart, PartState } from './destination.ts'
import type { Gathered } from './gather.ts'
import type { PlannedMerge } from './parts.ts'

export type ComposeActRequest = Extract<ActRequest, { readonly kind: 'compose' }>

/** A publication that has been decided. */
export interface PreparedComposition {
  readonly request: ComposeActRequest
  readonly gathered: Gathered
  readonly destination: Destination
  /** The image's layers, each once; without a merged one that is not made yet. */
  readonly parts: readonly ImagePart[]
  /** What has to be done for each. */
  readonly states: ReadonlyMap<Digest, PartState>
  readonly merge: PlannedMerge | undefined
  /** What the tag names so far. */
  readonly replaces: Digest | undefined
}
