import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ImageManifest } from '../../../main/image/document.ts'
import { digestOf } from '../../../main/registry/digest.ts'
import { mediaTypes } from '../../../main/registry/media-types.ts'
import { readLabImages, readLabIndex } from '../push/lab.ts'

/**
 * Writes what Spack 0.22.5 pushed from the lab as an OCI layout: its manifests, configs and index byte for byte. The packages'
 * layers are missing. Answers with its reference.
 */
export async function writeLabCache(folder: string): Promise<string> {
  const blobs = join(folder, 'blobs', 'sha256')
  await mkdir(blobs, { recursive: true })
  const put = (digest: string, bytes: Buffer): Promise<void> => writeFile(join(blobs, digest.slice(7)), bytes)
  const manifests = []
  for (const [tag, { manifest, config }] of Object.entries(readLabImages())) {
    const document = tag === 'index.spack' ? withLayer(manifest, readLabIndex()) : manifest
    const bytes = Buffer.from(JSON.stringify(document))
    const digest = digestOf(bytes)
    await put(digest, bytes)
    await put(manifest.config.digest, Buffer.from(JSON.stringify(config)))
    const annotations = { 'org.opencontainers.image.ref.name': tag }
    manifests.push({ mediaType: mediaTypes.ociManifest, digest, size: bytes.length, annotations })
  }
  await put(digestOf(readLabIndex()), readLabIndex())
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }))
  await writeFile(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
  return `oci-layout://${folder}`
}

/** skopeo compressed the index when it copied the lab's cache; here it is as it lay in the registry. */
function withLayer(manifest: ImageManifest, layer: Buffer): ImageManifest {
  const layers = manifest.layers.map((one) => ({ ...one, digest: digestOf(layer), size: layer.length }))
  return { ...manifest, layers }
}
