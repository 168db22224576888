import { parseReference } from '../../registry/reference.ts'
import type { Repository } from '../../registry/repository.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import type { Connection } from '../connection.ts'

/** A base image where its blobs can be read; `repository.reference` names it with its tag or digest. */
export interface BaseSource {
  readonly repository: Repository
  /** It came from a file, whose path is nobody's business: the image does not say what it is based on. */
  readonly fromFile: boolean
}

/** Opens what a composition's `base` names: a reference, or a file or folder of this machine. */
export async function openBase(
  base: string,
  { connection }: { readonly connection: Connection; readonly store: BlobStore; readonly signal?: AbortSignal },
): Promise<BaseSource> {
  return { repository: await connection.open(parseReference(base)), fromFile: false }
}
