import type { Readable } from 'node:stream'
import { StrataError } from '../support/errors.ts'
import type { BlobDescriptor } from './digest.ts'

/** An image that is written to a file. */
export interface ArchivedImage {
  readonly manifest: { readonly bytes: Buffer; readonly mediaType: string }
  readonly config: Buffer
  /** As docker names it after loading: `tools:latest`. */
  readonly name: string
}

/** Writes one image as an archive that `docker load`, `podman load` and skopeo's `oci-archive:` read. Whole, or not at all. */
export async function writeImageArchive(
  _file: string,
  _image: ArchivedImage,
  _readBlob: (blob: BlobDescriptor) => Promise<Readable>,
  _options: { readonly signal?: AbortSignal; readonly onProgress?: (bytes: number) => void } = {},
): Promise<void> {
  throw new StrataError('internal', 'archives are not built yet')
}
