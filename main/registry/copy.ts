import { mapConcurrently } from '../support/concurrency.ts'
import { StrataError } from '../support/errors.ts'
import { type BlobDescriptor, type Digest, isDigest } from './digest.ts'
import { indexMediaTypes, parseObject } from './media-types.ts'
import type { Manifest, OperationOptions, Repository } from './repository.ts'

export interface CopyOptions extends OperationOptions {
  /** The tag there; the same tag or digest as here unless given. */
  readonly as?: string
  /** All bytes of blobs that have gone over so far, also of attempts that are repeated. */
  readonly onProgress?: (bytes: number) => void
}

export interface CopyResult {
  readonly digest: Digest
  /** Bytes of blobs that were sent; neither those that were there nor those that were mounted. */
  readonly bytesSent: number
}

/** Blobs under way at a time, of all the manifests of a copy. A host's own slots bound them once more. */
const blobsAtOnce = 8
/** Indexes inside indexes: nobody nests deeper than two. */
const maxDepth = 4

/**
 * Copies an image, or an image index with everything in it, from one repository to another: blobs first, in parallel,
 * mounted where both are in one registry and else straight from one to the other without the disk; each manifest after
 * what it names. Bytes are never changed, so that digests stay.
 *
 * @throws StrataError `registry-not-found`, `manifest-invalid`, and whatever either side answers; what was copied stays
 */
export async function copyImage(
  from: Repository,
  to: Repository,
  tagOrDigest: string,
  options: CopyOptions = {},
): Promise<CopyResult> {
  const { signal } = options
  const root = await manifestOf(from, tagOrDigest, signal)
  const manifests = await withChildren(from, root, signal)
  const blobs = new Map<Digest, BlobDescriptor>()
  for (const manifest of manifests) {
    for (const blob of blobsOf(manifest)) blobs.set(blob.digest, blob)
  }
  let passed = 0
  let bytesSent = 0
  // The large ones first: a large one that begins last is what everybody waits for.
  const inOrder = [...blobs.values()].sort((a, b) => b.size - a.size)
  await mapConcurrently(inOrder, blobsAtOnce, async (blob) => {
    let last = 0
    const onProgress = (bytes: number): void => {
      passed += Math.max(0, bytes - last)
      last = bytes
      options.onProgress?.(passed)
    }
    const open = () => from.readBlob(blob, { signal })
    const done = await to.putBlob(blob, open, { signal, mountFrom: from.reference, onProgress })
    if (done === 'uploaded') bytesSent += blob.size
  })
  for (const manifest of manifests.slice(1).reverse()) {
    await to.putManifest(manifest.digest, manifest.bytes, manifest.mediaType, { signal })
  }
  const digest = await to.putManifest(options.as ?? tagOrDigest, root.bytes, root.mediaType, { signal })
  return { digest, bytesSent }
}

/** A manifest and all that it leads to, parents before children. */
async function withChildren(from: Repository, root: Manifest, signal?: AbortSignal): Promise<readonly Manifest[]> {
  const all = new Map<Digest, Manifest>([[root.digest, root]])
  let level: readonly Manifest[] = [root]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth) throw invalid(from, root.digest, `more than ${maxDepth} image indexes inside each other`)
    const named = level.filter(isIndex).flatMap((index) => descriptorsIn(index, ['manifests']))
    const digests = [...new Set(named.map(({ digest }) => digest))]
    level = await mapConcurrently(digests, blobsAtOnce, (digest) => manifestOf(from, digest, signal))
    for (const manifest of level) {
      // What is named twice comes after all that name it.
      all.delete(manifest.digest)
      all.set(manifest.digest, manifest)
    }
  }
  return [...all.values()]
}

async function manifestOf(from: Repository, tagOrDigest: string, signal?: AbortSignal): Promise<Manifest> {
  const manifest = await from.getManifest(tagOrDigest, { signal })
  if (manifest) return manifest
  throw new StrataError('registry-not-found', `${nameOf(from)}: there is no manifest ${tagOrDigest}`)
}

function isIndex({ mediaType }: Manifest): boolean {
  return indexMediaTypes.includes(mediaType)
}

/** Config and layers; layers with `urls` live elsewhere and are not copied. */
function blobsOf(manifest: Manifest): readonly BlobDescriptor[] {
  return isIndex(manifest) ? [] : descriptorsIn(manifest, ['config', 'layers'])
}

function descriptorsIn(manifest: Manifest, keys: readonly string[]): readonly BlobDescriptor[] {
  const document = parseObject(manifest.bytes)
  return keys
    .flatMap((key) => document?.[key] ?? [])
    .flatMap((descriptor: unknown) => {
      if (typeof descriptor !== 'object' || descriptor === null || 'urls' in descriptor) return []
      const { digest, size } = descriptor as Partial<BlobDescriptor>
      return isDigest(digest) && typeof size === 'number' ? [{ digest, size }] : []
    })
}

function invalid(from: Repository, digest: Digest, why: string): StrataError {
  return new StrataError('manifest-invalid', `${nameOf(from)}: manifest ${digest}: ${why}`)
}

function nameOf({ reference }: Repository): string {
  return reference.kind === 'layout' ? reference.path : `${reference.registry}/${reference.repository}`
}
