import type { ImageTree } from '../../../registry/copy.ts'
import type { BlobDescriptor, Digest } from '../../../registry/digest.ts'
import type { Reference } from '../../../registry/reference.ts'
import type { Repository } from '../../../registry/repository.ts'
import { mapConcurrently } from '../../../support/concurrency.ts'
import { isPackageTag } from '../../package-tag.ts'
import { digestsOfTags } from '../../tagged-images.ts'
import type { CopyWork, PlannedCopy, SharedBlob } from './prepared.ts'

/** Questions to the target at a time. */
const LOOKUPS = 16

/** Looks what the target has of these images, and shares out what it lacks. Changes nothing. */
export async function decideCopies(
  trees: ReadonlyMap<string, ImageTree>,
  from: Reference,
  target: Repository,
  signal: AbortSignal,
): Promise<Omit<CopyWork, 'updatesIndex'>> {
  const held = await digestsOfTags(target, [...trees.keys()], signal)
  const all = [...trees]
  const there = all.filter(([tag, { root }]) => held.get(tag) === root.digest)
  const wanted = all.filter(([tag, { root }]) => held.get(tag) !== root.digest)
  const missing = await missingBlobs(wanted, there, target, signal)
  const { ownBlobs, shared } = shareOut(wanted, missing)
  return {
    copies: wanted.map(
      ([tag, tree]): PlannedCopy => ({ tag, tree, replaces: held.get(tag), blobs: ownBlobs.get(tag) ?? [] }),
    ),
    shared,
    present: there.map(([tag]) => tag),
    mounts:
      from.kind === 'registry' && target.reference.kind === 'registry' && from.registry === target.reference.registry,
  }
}

type Tagged = readonly [tag: string, tree: ImageTree]

async function missingBlobs(
  wanted: readonly Tagged[],
  there: readonly Tagged[],
  target: Repository,
  signal: AbortSignal,
): Promise<ReadonlySet<Digest>> {
  // A registry that has an image has all that it needs.
  const known = new Set(there.flatMap(([, { blobs }]) => blobs.map(({ digest }) => digest)))
  const asked = new Map<Digest, BlobDescriptor>()
  for (const [, { blobs }] of wanted)
    for (const blob of blobs) if (!known.has(blob.digest)) asked.set(blob.digest, blob)
  const missing = await blobsMissing(target, [...asked.values()], signal)
  return new Set(missing.map(({ digest }) => digest))
}

/** Those of these blobs that the target lacks. */
export async function blobsMissing(
  target: Repository,
  blobs: readonly BlobDescriptor[],
  signal: AbortSignal,
): Promise<readonly BlobDescriptor[]> {
  const missing = await mapConcurrently(blobs, LOOKUPS, async (blob) => {
    const found = await target.hasBlob(blob.digest, { signal })
    // Of another size it is damaged, and is going to be written again.
    return found?.size === blob.size ? [] : [blob]
  })
  return missing.flat()
}

/**
 * Says of each missing blob whose it is, so that the bytes of all add up: the only image's that needs it, or the package's
 * whose own layer it is (its last one). What is left is shared.
 */
function shareOut(
  wanted: readonly Tagged[],
  missing: ReadonlySet<Digest>,
): { readonly ownBlobs: ReadonlyMap<string, readonly BlobDescriptor[]>; readonly shared: readonly SharedBlob[] } {
  const users = new Map<Digest, { readonly blob: BlobDescriptor; readonly tags: string[]; owner: string | undefined }>()
  for (const [tag, { blobs }] of wanted) {
    for (const blob of blobs.filter(({ digest }) => missing.has(digest))) {
      const known = users.get(blob.digest) ?? { blob, tags: [], owner: undefined }
      known.tags.push(tag)
      if (isPackageTag(tag) && blob === blobs.at(-1)) known.owner ??= tag
      users.set(blob.digest, known)
    }
  }
  const ownBlobs = new Map<string, BlobDescriptor[]>()
  const shared: SharedBlob[] = []
  for (const { blob, tags, owner } of users.values()) {
    const only = tags.length === 1 ? tags[0] : owner
    if (only === undefined) shared.push({ blob, users: tags.length })
    else ownBlobs.set(only, [...(ownBlobs.get(only) ?? []), blob])
  }
  return { ownBlobs, shared }
}
