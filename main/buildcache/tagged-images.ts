import { type ImageTree, readImageTree } from '../registry/copy.ts'
import type { BlobDescriptor, Digest } from '../registry/digest.ts'
import type { Repository } from '../registry/repository.ts'
import type { BlobStore } from '../store/blob-store.ts'
import { mapConcurrently } from '../support/concurrency.ts'
import type { StrataError } from '../support/errors.ts'
import { isDamage, readManifest } from './remote-package.ts'

/** Tags that are read at a time. */
const LOOKUPS = 16

/** What tags lead to. */
export interface TaggedImages {
  /** In the order in which the tags were given. */
  readonly trees: ReadonlyMap<string, ImageTree>
  /** Tags whose manifests are gone, or cannot be read. */
  readonly unreadable: readonly { readonly tag: string; readonly error: StrataError }[]
}

/**
 * Reads what tags (or digests) lead to: manifests only, each fetched once ever. What is wrong with one tag is said of it;
 * throws when the repository cannot be asked.
 */
export async function readTaggedImages(
  repository: Repository,
  store: BlobStore,
  tags: readonly string[],
  signal: AbortSignal | undefined,
): Promise<TaggedImages> {
  const unreadable: { tag: string; error: StrataError }[] = []
  // Thousands of images name the same layers: one object for each is kept.
  const known = new Map<Digest, BlobDescriptor>()
  const one = (blob: BlobDescriptor): BlobDescriptor => {
    const kept = known.get(blob.digest) ?? blob
    known.set(blob.digest, kept)
    return kept
  }
  const read = await mapConcurrently(tags, LOOKUPS, async (tag) => {
    try {
      const tree = await readImageTree(repository, tag, (name) => readManifest(repository, store, name, { signal }))
      return [[tag, { ...tree, blobs: tree.blobs.map(one) }] as const]
    } catch (error) {
      if (!isDamage(error)) throw error
      unreadable.push({ tag, error })
      return []
    }
  })
  return { trees: new Map(read.flat()), unreadable }
}
