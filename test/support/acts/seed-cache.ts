import { type Digest, digestOf } from '../../../main/registry/digest.ts'
import { mediaTypes } from '../../../main/registry/media-types.ts'
import type { Repository } from '../../../main/registry/repository.ts'
import { blob, image, opener, pushImage } from '../registry/images.ts'
import { madePackage, putEnvironmentImage, putPackages } from './made-packages.ts'

const libc = madePackage('glibc', { version: '2.36', external: true })
/** A chain of three, and one that nobody needs. */
export const zlib = madePackage('zlib', { version: '1.3', needs: [libc] })
export const hdf5 = madePackage('hdf5', { version: '1.14', needs: [zlib] })
export const app = madePackage('app', { needs: [hdf5] })
export const lone = madePackage('lone', { needs: [libc] })

/** Writes the packages of a small cache, and an environment image `tools` of all of them. */
export async function seedPackages(repository: Repository): Promise<void> {
  await putPackages(repository, [zlib, hdf5, app, lone])
  await putEnvironmentImage(repository, 'tools', [zlib, hdf5, app, lone])
}

/** Writes images that are no packages: an image index `multi` of two, a Helm chart `chart`, and `bare` without layers. */
export async function seedOddImages(repository: Repository): Promise<{ readonly children: readonly Digest[] }> {
  const children = ['one', 'two'].map((seed) => image('oci', seed))
  for (const child of children) await pushImage(repository, child, digestOf(child.manifest))
  const manifests = children.map(({ mediaType, manifest }) => ({
    mediaType,
    digest: digestOf(manifest),
    size: manifest.length,
  }))
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }
  await repository.putManifest('multi', Buffer.from(JSON.stringify(index)), mediaTypes.ociIndex)
  await putArtifact(repository, 'chart', 'application/vnd.cncf.helm.config.v1+json', [Buffer.from('a chart')])
  await putArtifact(repository, 'bare', 'application/vnd.oci.image.config.v1+json', [])
  return { children: manifests.map(({ digest }) => digest) }
}

async function putArtifact(
  repository: Repository,
  tag: string,
  configType: string,
  layers: readonly Buffer[],
): Promise<void> {
  const config = blob(Buffer.from(JSON.stringify({ name: tag })))
  const contents = layers.map((bytes) => blob(bytes))
  for (const one of [config, ...contents]) await repository.putBlob(one, opener(one))
  const described = (mediaType: string, { digest, size }: typeof config) => ({ mediaType, digest, size })
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: described(configType, config),
    layers: contents.map((one) => described('application/vnd.cncf.helm.chart.content.v1.tar+gzip', one)),
  }
  await repository.putManifest(tag, Buffer.from(JSON.stringify(manifest)), mediaTypes.ociManifest)
}
