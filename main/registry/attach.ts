import { StrataError } from '../support/errors.ts'
import type { Digest } from './digest.ts'
import type { Repository } from './repository.ts'

/** Attaches a document to an image of the same repository, as a referrer (OCI distribution specification, "referrers"). */
export async function attachDocument(
  _repository: Repository,
  _subject: { readonly mediaType: string; readonly digest: Digest; readonly size: number },
  _document: { readonly artifactType: string; readonly bytes: Buffer; readonly title: string },
  _options: { readonly signal?: AbortSignal } = {},
): Promise<Digest> {
  throw new StrataError('internal', 'attaching is not built yet')
}
