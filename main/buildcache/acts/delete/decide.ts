import type { ImageTree } from '../../../registry/copy.ts'
import type { BlobDescriptor, Digest } from '../../../registry/digest.ts'

/** What a repository holds, and what of it is to go. */
export interface DeleteFacts {
  /** What every tag of the repository leads to, as far as it can be read. */
  readonly trees: ReadonlyMap<string, ImageTree>
  /** The tags that were chosen, and what they point at. */
  readonly chosen: ReadonlyMap<string, Digest>
  /** A tag can be taken away alone. */
  readonly deletesTags: boolean
}

/** What is done to delete the chosen tags, and what goes with them. */
export interface DeleteWork {
  /** Taken away alone: what they point at stays, because others need it. */
  readonly untagged: readonly string[]
  /** Manifests that are deleted, with every tag on them. */
  readonly manifests: ReadonlyMap<Digest, readonly string[]>
  /** Tags among those that were not chosen: their image is a chosen one, and the registry deletes by digest. */
  readonly alsoGone: readonly string[]
  /** Image indexes that stay and lose an image, because the registry deletes by digest. */
  readonly broken: readonly string[]
  /** What only deleted image indexes lead to, parents before children. */
  readonly children: readonly Digest[]
  /** Blobs that nothing else in the repository needs. */
  readonly freed: readonly BlobDescriptor[]
  /** Tags that stay and share blobs with what goes. */
  readonly sharing: readonly string[]
}

/**
 * Decides how the chosen tags go. A manifest that only chosen tags lead to is deleted; one that others need stays and only
 * loses the tag, unless the registry cannot do that. Pure: every rule of a delete stands here.
 */
export function decideDeletes({ trees, chosen, deletesTags }: DeleteFacts): DeleteWork {
  const others = [...trees].filter(([tag]) => !chosen.has(tag))
  const untagged: string[] = []
  const manifests = new Map<Digest, readonly string[]>()
  for (const [tag, digest] of chosen) {
    const isNeeded = others.some(([, tree]) => leadsTo(tree, digest))
    if (isNeeded && deletesTags) untagged.push(tag)
    else manifests.set(digest, [...(manifests.get(digest) ?? []), tag])
  }
  const alsoGone = others.filter(([, { root }]) => manifests.has(root.digest))
  for (const [tag, { root }] of alsoGone) manifests.set(root.digest, [...(manifests.get(root.digest) ?? []), tag])
  const staying = others.filter(([, { root }]) => !manifests.has(root.digest))
  const going = [...trees].filter(([, { root }]) => manifests.has(root.digest)).map(([, tree]) => tree)

  const needed = digestsIn([...staying.map(([, tree]) => tree), ...untagged.flatMap((tag) => trees.get(tag) ?? [])])
  const children = going.flatMap((tree) => tree.children).map(({ digest }) => digest)
  const blobs = new Map(going.flatMap((tree) => tree.blobs).map((blob) => [blob.digest, blob]))
  return {
    untagged,
    manifests,
    alsoGone: alsoGone.map(([tag]) => tag),
    broken: staying.filter(([, tree]) => tree.children.some(({ digest }) => manifests.has(digest))).map(([tag]) => tag),
    children: [...new Set(children)].filter((digest) => !needed.has(digest) && !manifests.has(digest)),
    freed: [...blobs.values()].filter(({ digest }) => !needed.has(digest)),
    sharing: staying.filter(([, tree]) => tree.blobs.some(({ digest }) => blobs.has(digest))).map(([tag]) => tag),
  }
}

function leadsTo({ root, children }: ImageTree, digest: Digest): boolean {
  return root.digest === digest || children.some((child) => child.digest === digest)
}

/** Everything that images need: manifests and blobs. */
export function digestsIn(trees: readonly ImageTree[]): ReadonlySet<Digest> {
  const found = new Set<Digest>()
  for (const { root, children, blobs } of trees)
    for (const { digest } of [root, ...children, ...blobs]) found.add(digest)
  return found
}
