import type { ImageManifest } from '../../../main/image/document.ts'
import type { Repository } from '../../../main/registry/repository.ts'
import { blob, opener } from '../registry/images.ts'

/** Writes an image of layers that are there. */
export async function putImageOf(
  repository: Repository,
  tag: string,
  configBytes: Buffer,
  layers: ImageManifest['layers'],
  mediaType: string,
): Promise<void> {
  const config = blob(configBytes)
  await repository.putBlob(config, opener(config))
  const described = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config.digest, size: config.size }
  const manifest = { schemaVersion: 2, mediaType, config: described, layers }
  await repository.putManifest(tag, Buffer.from(JSON.stringify(manifest)), mediaType)
}
