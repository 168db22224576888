import type { ActRequest } from '../../../api/acts.ts'
import type { Finding } from '../../../api/models.ts'
import type { ImageTree } from '../../../registry/copy.ts'
import type { BlobDescriptor, Digest } from '../../../registry/digest.ts'
import type { Repository } from '../../../registry/repository.ts'
import type { PlatformImage } from '../platforms.ts'

export type CombineRequest = Extract<ActRequest, { kind: 'combine' }>

/** Something that was named: an image, or an image index that contributes all of its images. */
export interface Named {
  /** As the user wrote it. */
  readonly text: string
  readonly source: Repository
  readonly version: string
  readonly digest: Digest
  readonly images: readonly PlatformImage[]
  readonly attestations: number
}

/** An image that the index is going to list. */
export interface Part extends PlatformImage {
  readonly text: string
  readonly source: Repository
  readonly tree: ImageTree
  /** The repository has its manifest. */
  readonly present: boolean
  /** What the repository lacks of it, and no other part brings. */
  readonly missing: readonly BlobDescriptor[]
  /** Blobs can be made to appear without being sent. */
  readonly mounts: boolean
}

export interface PreparedCombine {
  readonly request: CombineRequest
  readonly named: readonly Named[]
  /** In order of the platforms' names. */
  readonly parts: readonly Part[]
  /** Why there is no such index. */
  readonly problems: readonly Finding[]
  readonly index: { readonly bytes: Buffer; readonly mediaType: string; readonly digest: Digest }
  /** What the tag points at so far. */
  readonly replaces: Digest | undefined
}

/** The tag's own item of the progress. */
export const indexKey = 'index'
