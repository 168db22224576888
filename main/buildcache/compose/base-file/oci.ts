import { join } from 'node:path'
import { isDigest, shortDigest } from '../../../registry/digest.ts'
import { type IndexEntry, LayoutIndex, refName } from '../../../registry/layout-index.ts'
import type { LayoutReference } from '../../../registry/reference.ts'
import { StrataError } from '../../../support/errors.ts'
import { listedNames } from '../../acts/names.ts'
import { type ArchiveFile, shares } from './archive-file.ts'
import { blobFile, startLayout } from './layout.ts'
import { type MemberPlace, writeMembers } from './members.ts'

/**
 * Writes the layout that an OCI archive holds to a folder, each blob checked by its digest; what else is in the archive is
 * left out. The layout names the image that is meant alone. Throws `digest-mismatch`, and what `writeMembers` and
 * `chooseLayoutImage` throw.
 */
export async function importOci(archive: ArchiveFile, name: string | undefined, folder: string): Promise<void> {
  const { path: file } = archive
  await startLayout(folder)
  const placeOf = (name: string): MemberPlace | undefined => {
    if (name === 'index.json' || name === 'oci-layout') return { file: join(folder, name) }
    const digest = /^blobs\/(sha256)\/([0-9a-f]{64})$/.exec(name)?.slice(1).join(':')
    return isDigest(digest) ? { file: blobFile(folder, digest), digest } : undefined
  }
  const wrong = (name: string) =>
    new StrataError('digest-mismatch', `${file}: ${name} has other content than its name says`)
  // Nothing is compressed anew: reading it is all.
  await writeMembers(archive.read(shares.members + shares.compress), placeOf, wrong)
  const { digest } = await chooseLayoutImage(folder, name, file)
  await new LayoutIndex(folder).update((entries) => entries.filter((one) => one.digest === digest).slice(0, 1))
}

/**
 * The image of an OCI layout folder that is meant: the one of that tag, or without a name the only one. `shown` is what the
 * user called the folder. Throws `layout-invalid`, saying which there are.
 */
export async function chooseLayoutImage(
  folder: string,
  name: string | undefined,
  shown: string,
): Promise<LayoutReference> {
  const entries = await new LayoutIndex(folder).read()
  const tagged = entries.filter((entry) => namesOf(entry).length > 0)
  // What has no name beside what has one is an attached document or a part of an image index.
  const choice = tagged.length > 0 ? tagged : entries
  const named = name === undefined ? choice : entries.filter((entry) => isNamed(entry, name))
  const digests = new Set(named.map(({ digest }) => digest))
  const [digest] = digests
  if (digest !== undefined && digests.size === 1) return { kind: 'layout', scheme: 'layout', path: folder, digest }
  const all = tagged.map((entry) => namesOf(entry)[0] ?? '')
  const there = all.length > 0 ? `There are: ${listedNames(all)}. ` : ''
  if (choice.length === 0) throw new StrataError('layout-invalid', `${shown} holds no image`)
  if (name !== undefined) {
    throw new StrataError('layout-invalid', `${shown} holds no image ${name}`, { hint: there.trim() || undefined })
  }
  throw new StrataError('layout-invalid', `${shown} holds ${choice.length} images`, {
    hint:
      all[0] === undefined
        ? 'None of them has a tag: give the one that is meant a tag.'
        : `${there}Name one of them after it: ${shown}:${all[0]}`,
  })
}

/** The tag, and where docker and containerd wrote the layout the image's whole name. */
function namesOf({ annotations }: IndexEntry): readonly string[] {
  return [annotations?.[refName], annotations?.['io.containerd.image.name']].filter((one) => one !== undefined)
}

function isNamed(entry: IndexEntry, name: string): boolean {
  return namesOf(entry).includes(name) || entry.digest === name || shortDigest(entry.digest) === name
}
