import { Readable } from 'node:stream'
import { type Digest, digestOf } from './digest.ts'
import { mediaTypes } from './media-types.ts'
import type { Repository } from './repository.ts'

/** The config of what is no image (OCI image specification, "Guidance for an Empty Descriptor"). */
const emptyConfig = { mediaType: 'application/vnd.oci.empty.v1+json', bytes: Buffer.from('{}') }

/**
 * Attaches a document to an image of the same repository: an artifact manifest of OCI 1.1 with the document as its one
 * layer and the image as its subject, written by its digest, so that `Repository.referrers` names it from then on. It says
 * nothing of when or by whom, and so the same document is attached once however often this is called.
 *
 * `artifactType` is the document's media type: `application/vnd.cyclonedx+json`. `title` is the file name under which
 * clients (oras) save it. Returns the digest of the artifact's manifest. Throws what `putBlob` and `putManifest` throw.
 */
export async function attachDocument(
  repository: Repository,
  subject: { readonly mediaType: string; readonly digest: Digest; readonly size: number },
  document: { readonly artifactType: string; readonly bytes: Buffer; readonly title: string },
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Digest> {
  const { artifactType, bytes, title } = document
  const { mediaType, digest, size } = subject
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      artifactType,
      config: { mediaType: emptyConfig.mediaType, ...described(emptyConfig.bytes) },
      layers: [
        { mediaType: artifactType, ...described(bytes), annotations: { 'org.opencontainers.image.title': title } },
      ],
      subject: { mediaType, digest, size },
      // What a list of referrers shows of each.
      annotations: { 'org.opencontainers.image.title': title },
    }),
  )
  const attached = digestOf(manifest)
  const present = await repository.referrers(digest, { signal, artifactType })
  if (present.some((one) => one.digest === attached)) return attached
  for (const content of [emptyConfig.bytes, bytes]) {
    await repository.putBlob(described(content), () => Readable.from([content], { objectMode: false }), { signal })
  }
  return await repository.putManifest(attached, manifest, mediaTypes.ociManifest, { signal })
}

function described(bytes: Buffer): { readonly digest: Digest; readonly size: number } {
  return { digest: digestOf(bytes), size: bytes.length }
}
