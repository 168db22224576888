import { gzipSync } from 'node:zlib'
import { imageMediaTypes } from '../../../main/image/assemble.ts'
import type { ImageFormat } from '../../../main/image/base.ts'
import { digestOf } from '../../../main/registry/digest.ts'
import { mediaTypes } from '../../../main/registry/media-types.ts'
import type { Repository } from '../../../main/registry/repository.ts'
import { rawTar } from '../raw-tar.ts'
import { blob, pushImage, type TestImage } from './images.ts'

/** An image for a platform with a file in each of two layers; `seed` makes it another image. */
export function platformImage(
  architecture: string,
  { form = 'oci', variant, seed = '' }: { form?: ImageFormat; variant?: string; seed?: string } = {},
): TestImage {
  const types = imageMediaTypes[form]
  const tars = ['one', 'two'].map((name) =>
    rawTar([{ name: `${name}.txt`, content: `${architecture} ${name} ${seed}` }]),
  )
  const layers = tars.map((tar) => blob(gzipSync(tar)))
  const rootfs = { type: 'layers', diff_ids: tars.map(digestOf) }
  const config = blob(Buffer.from(JSON.stringify({ architecture, variant, os: 'linux', config: {}, rootfs })))
  const described = (mediaType: string, { digest, size }: typeof config) => ({ mediaType, digest, size })
  const document = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: described(types.config, config),
    layers: layers.map((layer) => described(types.layer, layer)),
  }
  return { config, layers, manifest: Buffer.from(JSON.stringify(document)), mediaType: types.manifest }
}

/** Writes an image index as docker's builder does: an attestation beside each image. */
export async function pushPlatforms(repository: Repository, tag: string, images: readonly TestImage[]): Promise<void> {
  const manifests = []
  for (const one of images) {
    const digest = digestOf(one.manifest)
    await pushImage(repository, one, digest)
    const { architecture } = JSON.parse(one.config.bytes.toString('utf8'))
    manifests.push({
      mediaType: one.mediaType,
      digest,
      size: one.manifest.length,
      platform: { architecture, os: 'linux' },
    })
    const attestation = platformImage('unknown', { seed: digest })
    await pushImage(repository, attestation, digestOf(attestation.manifest))
    manifests.push({
      mediaType: attestation.mediaType,
      digest: digestOf(attestation.manifest),
      size: attestation.manifest.length,
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': digest },
      platform: { architecture: 'unknown', os: 'unknown' },
    })
  }
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }
  await repository.putManifest(tag, Buffer.from(JSON.stringify(index)), mediaTypes.ociIndex)
}
