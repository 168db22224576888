import { plural, shortDigest } from '../../../api/format.ts'
import type { ImageTree } from '../../../registry/copy.ts'
import { isDigest } from '../../../registry/digest.ts'
import { indexMediaTypes } from '../../../registry/media-types.ts'
import { type LayoutReference, parseReference } from '../../../registry/reference.ts'
import type { Manifest, Repository } from '../../../registry/repository.ts'
import { mapConcurrently } from '../../../support/concurrency.ts'
import { StrataError } from '../../../support/errors.ts'
import type { ActSetting } from '../act.ts'
import { blobsMissing } from '../copy/decide.ts'
import { listedNames } from '../names.ts'
import { readPlatforms } from '../platforms.ts'
import { type ExportRequest, type ExportTarget, isThere } from './prepared.ts'

/** Questions to the registry at a time. */
const LOOKUPS = 16

/** The image that is meant: of an image index the whole, or one platform's. Throws as `prepareExport` says. */
export async function chooseImage(
  { image, platform }: ExportRequest,
  found: Manifest,
  oneOnly: boolean,
  { repository, store, signal }: ActSetting,
): Promise<Manifest> {
  const isIndex = indexMediaTypes.includes(found.mediaType)
  if (platform === undefined && !(isIndex && oneOnly)) return found
  const { images } = await readPlatforms(repository, store, found, image, signal)
  const fitting = images.filter(
    ({ name }) => platform === undefined || name === platform || name.startsWith(`${platform}/`),
  )
  const [only] = fitting
  if (only && fitting.length === 1) return only.manifest
  const there = images.map(({ name }) => name).join(', ')
  if (platform === undefined) {
    throw new StrataError('usage', `${image} is there for several platforms, and an archive holds one image`, {
      hint: `Choose one with --platform: ${there}. An OCI folder takes them all.`,
    })
  }
  throw new StrataError(
    'platform-missing',
    `${image} is ${fitting.length > 1 ? 'more than once' : 'not'} there for ${platform}`,
    {
      hint: `It is there for: ${there}.`,
    },
  )
}

/** An image whose layers are gone cannot be written; better said before the first gigabyte. */
export async function requireBlobs(
  repository: Repository,
  tree: ImageTree,
  shown: string,
  signal: AbortSignal,
): Promise<void> {
  const lost = await mapConcurrently(tree.blobs, LOOKUPS, async ({ digest }) =>
    (await repository.hasBlob(digest, { signal })) ? [] : [shortDigest(digest)],
  )
  const names = lost.flat()
  if (names.length === 0) return
  throw new StrataError(
    'registry-not-found',
    `the registry has lost ${plural(names.length, 'blob')} of ${shown}: ${listedNames(names)}`,
    {
      hint: 'strata check says what else is gone; pushing the packages again brings layers back.',
    },
  )
}

/** A file, as the place where an image goes. */
export async function archiveTarget(file: string): Promise<ExportTarget> {
  return { kind: 'archive', file, replaces: await isThere(file) }
}

/** An OCI folder, and what it lacks of an image. Throws `usage` for what is none, and for the image's own. */
export async function folderTarget(
  { to, image }: ExportRequest,
  tree: ImageTree,
  { repository: source, connection, signal }: ActSetting,
): Promise<ExportTarget> {
  const reference = layoutReference(to)
  const tag = reference.tag ?? (isDigest(image) ? image.slice('sha256:'.length).slice(0, 12) : image)
  const isSource = source.reference.kind === 'layout' && source.reference.path === reference.path
  if (isSource) {
    throw new StrataError('usage', 'an export needs another folder to go to', {
      hint: 'Further names for an image in the same folder are given with: strata tag',
    })
  }
  const repository = await connection.open({ ...reference, tag: undefined })
  const replaces = (await repository.headManifest(tag, { signal }))?.digest
  const missing = await blobsMissing(repository, tree.blobs, signal)
  return { kind: 'folder', reference: { ...reference, tag }, repository, tag, replaces, missing }
}

function layoutReference(to: string): LayoutReference {
  const reference = to.startsWith('oci-layout://') ? parseReference(to) : undefined
  if (reference?.kind === 'layout' && reference.digest === undefined) return reference
  throw new StrataError('usage', `an image cannot be exported to "${to}"`, {
    hint: 'Write oci-layout:///folder:tag, docker-archive:/file.tar or oci-archive:/file.tar. Into a registry it goes with: strata copy',
  })
}
