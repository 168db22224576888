import { type ImageIndex, parseManifest } from '../../image/document.ts'
import { isDigest, shortDigest } from '../../registry/digest.ts'
import { formatReference } from '../../registry/reference.ts'
import { StrataError } from '../../support/errors.ts'
import { readManifest } from '../remote-package.ts'
import type { LayerPlace, LayerRef } from './layer-source.ts'

/** Images inside an index inside an index: nobody nests deeper. */
const mostIndexes = 3

/**
 * The layers of the image behind a tag or a digest, base first; of an image for several platforms those for this machine.
 * Reads manifests only. Throws `registry-not-found`, `manifest-invalid`, and `platform-missing`, whose hint names the
 * images that there are.
 */
export async function readTagLayers(place: LayerPlace, tagOrDigest: string): Promise<readonly LayerRef[]> {
  const { repository, store, signal } = place
  let version = tagOrDigest
  for (let depth = 0; depth < mostIndexes; depth++) {
    const found = await readManifest(repository, store, version, { signal })
    if (!found) {
      throw new StrataError('registry-not-found', `${formatReference(repository.reference)}: there is no ${version}`)
    }
    const document = parseManifest(found.bytes, `the manifest of ${version}`)
    if (document.kind === 'manifest') {
      return document.manifest.layers.map(({ digest, size, mediaType }) => ({ digest, bytes: size, mediaType }))
    }
    version = forThisMachine(document.index, tagOrDigest)
  }
  throw new StrataError('manifest-invalid', `${tagOrDigest}: more than ${mostIndexes} image indexes inside each other`)
}

/** A layer that is named by its digest alone. Throws `registry-not-found`. */
export async function readLayerRef({ repository, signal }: LayerPlace, digest: string): Promise<LayerRef> {
  if (!isDigest(digest)) throw new StrataError('usage', `${digest} is not a sha256 digest`)
  const found = await repository.hasBlob(digest, { signal })
  if (found) return { digest, bytes: found.size, mediaType: '' }
  throw new StrataError('registry-not-found', `${formatReference(repository.reference)} has no ${shortDigest(digest)}`)
}

/** Go's names of what Node calls `process.arch`, where they differ. */
const goNames: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', ia32: '386' }

function forThisMachine({ manifests }: ImageIndex, name: string): string {
  // An attestation is listed as an image for no platform.
  const images = manifests.filter(({ platform }) => platform?.architecture !== 'unknown')
  const own = goNames[process.arch] ?? process.arch
  const match = images.find(({ platform }) => platform?.os === 'linux' && platform.architecture === own)
  const chosen = match ?? (images.length === 1 ? images[0] : undefined)
  if (chosen) return chosen.digest
  const list = images.map(({ digest, platform }) => `${platform?.os}/${platform?.architecture} ${digest}`)
  throw new StrataError('platform-missing', `${name} has no image for linux/${own}`, {
    hint: `Name one of its images by its digest: ${list.join(', ') || 'there are none'}`,
  })
}
