import { shortDigest } from '../../../api/format.ts'
import type { Finding } from '../../../api/models.ts'
import { readImageTree } from '../../../registry/copy.ts'
import { type BlobDescriptor, type Digest, digestOf } from '../../../registry/digest.ts'
import { mediaTypes } from '../../../registry/media-types.ts'
import type { Repository } from '../../../registry/repository.ts'
import { readManifest } from '../../remote-package.ts'
import type { ActSetting } from '../act.ts'
import { blobsMissing } from '../copy/decide.ts'
import { isAllDocker } from '../platforms.ts'
import type { Named, Part, PreparedCombine } from './prepared.ts'

/** What has to be done for each image, each named once, in the order of the index. */
export async function partsOf(
  named: readonly Named[],
  { repository, store, signal }: ActSetting,
): Promise<readonly Part[]> {
  const seen = new Set<Digest>()
  const claimed = new Set<Digest>()
  const parts: Part[] = []
  for (const { text, source, images } of named) {
    for (const image of images) {
      const { digest } = image.manifest
      if (seen.has(digest)) continue
      seen.add(digest)
      const tree = await readImageTree(source, digest, (name) => readManifest(source, store, name, { signal }))
      const present = source === repository || (await repository.headManifest(digest, { signal })) !== undefined
      const unclaimed = tree.blobs.filter((blob) => !claimed.has(blob.digest))
      const missing = present ? [] : await blobsMissing(repository, unclaimed, signal)
      for (const blob of missing) claimed.add(blob.digest)
      parts.push({ ...image, text, source, tree, present, missing, mounts: canMount(source, repository) })
    }
  }
  return parts.sort((a, b) =>
    a.name === b.name ? compare(a.manifest.digest, b.manifest.digest) : compare(a.name, b.name),
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : 1
}

function canMount({ reference: from }: Repository, { reference: to }: Repository): boolean {
  return from.kind === 'registry' && to.kind === 'registry' && from.registry === to.registry
}

/** The index itself: the same images make the same bytes. */
export function indexOf(parts: readonly Part[]): PreparedCombine['index'] {
  const mediaType = parts.length > 0 && isAllDocker(parts) ? mediaTypes.dockerIndex : mediaTypes.ociIndex
  const manifests = parts.map(({ manifest, platform }) => ({
    mediaType: manifest.mediaType,
    digest: manifest.digest,
    size: manifest.size,
    platform,
  }))
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }))
  return { bytes, mediaType, digest: digestOf(bytes) }
}

/** A platform that is there twice: there is no such index. */
export function twiceFindings(parts: readonly Part[]): Finding[] {
  const first = new Map<string, Part>()
  return parts.flatMap((part): Finding[] => {
    const other = first.get(part.name)
    first.set(part.name, other ?? part)
    if (!other) return []
    return [
      {
        severity: 'problem',
        message: `${part.name} is there twice: ${nameOf(other)} and ${nameOf(part)}`,
        hint: 'An image index has one image for each platform: leave one of them out.',
      },
    ]
  })
}

function nameOf({ text, manifest }: Part): string {
  return `${text} (${shortDigest(manifest.digest)})`
}

/** Bytes of blobs together. */
export function bytesOf(blobs: readonly BlobDescriptor[]): number {
  return blobs.reduce((sum, { size }) => sum + size, 0)
}

/** Bytes of an image that have to be sent. */
export function sentBytes({ missing, mounts }: Part): number {
  return mounts ? 0 : bytesOf(missing)
}
