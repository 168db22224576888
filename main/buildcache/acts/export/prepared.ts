import { stat } from 'node:fs/promises'
import type { ActRequest } from '../../../api/acts.ts'
import type { ImageTree } from '../../../registry/copy.ts'
import type { BlobDescriptor, Digest } from '../../../registry/digest.ts'
import { archivedBytes } from '../../../registry/image-archive.ts'
import type { LayoutReference } from '../../../registry/reference.ts'
import type { Manifest, Repository } from '../../../registry/repository.ts'

export type ExportRequest = Extract<ActRequest, { kind: 'export' }>

/** Where an image goes. */
export type ExportTarget =
  | { readonly kind: 'archive'; readonly file: string; readonly replaces: boolean }
  | {
      readonly kind: 'folder'
      readonly reference: LayoutReference
      readonly repository: Repository
      readonly tag: string
      /** What the tag points at so far. */
      readonly replaces: Digest | undefined
      /** What the folder lacks. */
      readonly missing: readonly BlobDescriptor[]
    }

export interface PreparedExport {
  readonly request: ExportRequest
  readonly image: Manifest
  readonly tree: ImageTree
  readonly target: ExportTarget
}

/** The one item of the progress. */
export const itemKey = 'image'

/** Bytes that are read from the registry. */
export function bytesOf({ image, target }: PreparedExport): number {
  if (target.kind === 'archive') return archivedBytes(image.bytes)
  return target.missing.reduce((sum, { size }) => sum + size, 0)
}

export async function isThere(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined
}
