import { join } from 'node:path'
import { Readable } from 'node:stream'
import { imageMediaTypes } from '../../../image/assemble.ts'
import { type BlobDescriptor, type Digest, digestOf } from '../../../registry/digest.ts'
import { LayoutIndex } from '../../../registry/layout-index.ts'
import { LayoutRepository } from '../../../registry/layout-repository.ts'

/** Makes a folder that exists an OCI layout without images. */
export async function startLayout(folder: string): Promise<void> {
  await new LayoutIndex(folder).create()
}

/** The file of a blob in an OCI layout folder (OCI image specification, "image-layout.md"). */
export function blobFile(folder: string, digest: Digest): string {
  return join(folder, 'blobs', 'sha256', digest.slice('sha256:'.length))
}

/** Writes the one image of a layout folder: the layers' blobs are there, lowest first. */
export async function putOnlyImage(folder: string, config: Buffer, layers: readonly BlobDescriptor[]): Promise<void> {
  const repository = new LayoutRepository({ kind: 'layout', scheme: 'layout', path: folder })
  const types = imageMediaTypes.oci
  const descriptor = { digest: digestOf(config), size: config.length }
  await repository.putBlob(descriptor, () => Readable.from([config], { objectMode: false }))
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: types.manifest,
      config: { mediaType: types.config, ...descriptor },
      layers: layers.map(({ digest, size }) => ({ mediaType: types.layer, digest, size })),
    }),
  )
  await repository.putManifest(digestOf(manifest), manifest, types.manifest)
}
