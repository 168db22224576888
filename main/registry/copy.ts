import { limitConcurrency, mapConcurrently } from '../support/concurrency.ts'
import { StrataError } from '../support/errors.ts'
import { type BlobDescriptor, type Digest, isDigest } from './digest.ts'
import { indexMediaTypes, parseObject } from './media-types.ts'
import type { Manifest, OperationOptions, PutResult, Repository } from './repository.ts'

/** A manifest without its bytes. */
export type ManifestHead = Omit<Manifest, 'bytes'>

/** An image, or an image index, with everything that it leads to. */
export interface ImageTree {
  readonly root: ManifestHead
  /** What an image index leads to, parents before children; nothing for an image. */
  readonly children: readonly ManifestHead[]
  /** Configs and layers, each once and in the manifests' order; layers with `urls` live elsewhere and are left out. */
  readonly blobs: readonly BlobDescriptor[]
}

/** Gives a manifest by tag or digest: the repository itself, or whoever has read it before. */
export type ReadManifest = (tagOrDigest: string) => Promise<Manifest | undefined>

export interface CopierOptions extends OperationOptions {
  /** Asks the source itself unless given. */
  readonly readManifest?: ReadManifest
  /** Waits before each blob and each manifest for as long as the copy is to rest. */
  readonly gate?: () => Promise<void>
  /** Bytes of a blob's running attempt; starts again at 0 when an attempt is repeated. */
  readonly onProgress?: (blob: BlobDescriptor, bytes: number) => void
}

/** Copies images from one repository to another; what several of them need goes over once. */
export interface Copier {
  /** Sees to it that the target has a blob: mounted where both are in one registry, else sent. Of those that wait the largest goes first. */
  blob(blob: BlobDescriptor): Promise<PutResult>
  /**
   * Copies all blobs, then each manifest after what it names, the root last and under this tag or digest. A failure is
   * thrown when nothing of the image is under way any more. Throws `registry-not-found` and whatever either side answers.
   */
  image(tree: ImageTree, tagOrDigest: string): Promise<Digest>
  /** Bytes of blobs that were sent; neither those that were there nor those that were mounted. */
  bytesSent(): number
}

/** Blobs under way at a time, of all the manifests of a copy. A host's own slots bound them once more. */
const blobsAtOnce = 8
/** Manifests in memory at a time. */
const manifestsAtOnce = 8
/** Indexes inside indexes: nobody nests deeper than two. */
const maxDepth = 4

/**
 * A copier between two repositories. The source's bytes go straight to the target, without the disk, and are never changed,
 * so that digests stay. What fails stays failed for this copier; what was copied is not sent again by the next one.
 */
export function createCopier(from: Repository, to: Repository, options: CopierOptions = {}): Copier {
  const { signal, gate = async () => undefined } = options
  const readManifest = options.readManifest ?? ((name) => from.getManifest(name, { signal }))
  const blobInTurn = limitConcurrency(blobsAtOnce)
  const manifestInTurn = limitConcurrency(manifestsAtOnce)
  const blobs = new Map<Digest, Promise<PutResult>>()
  const manifests = new Map<Digest, Promise<Digest>>()
  let bytesSent = 0

  const send = async (blob: BlobDescriptor): Promise<PutResult> => {
    await gate()
    const done = await to.putBlob(blob, () => from.readBlob(blob, { signal }), {
      signal,
      mountFrom: from.reference,
      onProgress: (bytes) => options.onProgress?.(blob, bytes),
    })
    if (done === 'uploaded') bytesSent += blob.size
    return done
  }
  const write = async ({ digest, mediaType }: ManifestHead, tagOrDigest: string): Promise<Digest> => {
    await gate()
    // By its digest: it is this manifest that is copied, wherever its tag points to by now.
    const manifest = await readManifest(digest)
    if (!manifest) throw missing(from, digest)
    return await to.putManifest(tagOrDigest, manifest.bytes, mediaType, { signal })
  }
  const blob = (one: BlobDescriptor): Promise<PutResult> =>
    once(blobs, one.digest, () => blobInTurn(() => send(one), one.size))
  return {
    blob,
    image: async ({ root, children, blobs: needed }, tagOrDigest) => {
      await allOf(largestFirst(needed).map(blob))
      for (const child of [...children].reverse()) {
        await once(manifests, child.digest, () => manifestInTurn(() => write(child, child.digest)))
      }
      return await manifestInTurn(() => write(root, tagOrDigest))
    },
    bytesSent: () => bytesSent,
  }
}

/** Does the work for a digest once; all who ask share the answer. */
function once<T>(known: Map<Digest, Promise<T>>, digest: Digest, work: () => Promise<T>): Promise<T> {
  const begun = known.get(digest) ?? work()
  known.set(digest, begun)
  return begun
}

/** Waits for all of them, also after a failure: nothing goes on behind the back of whoever hears of it. */
async function allOf(work: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(work)
  await Promise.all(work)
}

/**
 * Reads a manifest and all that it leads to. `from` is named in errors.
 * @throws StrataError `registry-not-found` for one that is not there, `manifest-invalid`, and what `read` throws
 */
export async function readImageTree(from: Repository, tagOrDigest: string, read: ReadManifest): Promise<ImageTree> {
  const manifestOf = async (name: string): Promise<Manifest> => {
    const manifest = await read(name)
    if (!manifest) throw missing(from, name)
    return manifest
  }
  const root = await manifestOf(tagOrDigest)
  const all = new Map<Digest, ManifestHead>()
  const blobs = new Map<Digest, BlobDescriptor>()
  let level: readonly Manifest[] = [root]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth) throw invalid(from, root.digest, `more than ${maxDepth} image indexes inside each other`)
    for (const { bytes, ...head } of level) {
      // What is named twice comes after all that name it.
      all.delete(head.digest)
      all.set(head.digest, head)
      for (const blob of blobsOf({ ...head, bytes })) blobs.set(blob.digest, blob)
    }
    const named = level.filter(isIndex).flatMap((index) => descriptorsIn(index, ['manifests']))
    level = await mapConcurrently([...new Set(named.map(({ digest }) => digest))], manifestsAtOnce, manifestOf)
  }
  const { bytes: _, ...head } = root
  all.delete(root.digest)
  return { root: head, children: [...all.values()], blobs: [...blobs.values()] }
}

/** The order in which to copy: a large one that begins last is what everybody waits for. */
export function largestFirst(blobs: readonly BlobDescriptor[]): readonly BlobDescriptor[] {
  return [...blobs].sort((a, b) => b.size - a.size)
}

function isIndex({ mediaType }: ManifestHead): boolean {
  return indexMediaTypes.includes(mediaType)
}

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

function missing({ reference }: Repository, tagOrDigest: string): StrataError {
  return new StrataError('registry-not-found', `${nameOf(reference)}: there is no manifest ${tagOrDigest}`)
}

function invalid({ reference }: Repository, digest: Digest, why: string): StrataError {
  return new StrataError('manifest-invalid', `${nameOf(reference)}: manifest ${digest}: ${why}`)
}

function nameOf(reference: Repository['reference']): string {
  return reference.kind === 'layout' ? reference.path : `${reference.registry}/${reference.repository}`
}
