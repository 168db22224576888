import type { ActRequest } from '../../../api/acts.ts'
import type { ImageTree } from '../../../registry/copy.ts'
import type { Digest } from '../../../registry/digest.ts'
import type { Repository } from '../../../registry/repository.ts'
import type { StrataError } from '../../../support/errors.ts'
import type { DeleteWork } from './decide.ts'

export type DeleteRequest = Extract<ActRequest, { kind: 'delete' }>

/** What a delete has to do, and what was found on the way. */
export interface PreparedDelete {
  readonly repository: Repository
  readonly work: DeleteWork
  /** What the tags of the repository lead to, as far as it can be read. */
  readonly trees: ReadonlyMap<string, ImageTree>
  /** The chosen tags that are there, and what they point at. */
  readonly chosen: ReadonlyMap<string, Digest>
  /** The chosen tags that are not. */
  readonly absent: readonly string[]
  /** All tags of the repository when it was read. */
  readonly tags: ReadonlySet<string>
  /** What the registry says to every delete. */
  readonly refusal: StrataError | undefined
  /** Packages that stay in the cache and need a deleted one at run time, as `name@version`. */
  readonly dependents: readonly string[]
  /** Signatures and the like that name a deleted image as their subject. */
  readonly referrers: number
  readonly updatesIndex: boolean
}
