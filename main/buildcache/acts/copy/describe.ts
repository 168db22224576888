import type { ActPlan, ActStep } from '../../../api/acts.ts'
import { plural, shortDigest } from '../../../api/format.ts'
import type { Finding } from '../../../api/models.ts'
import type { BlobDescriptor } from '../../../registry/digest.ts'
import { mediaTypes } from '../../../registry/media-types.ts'
import { formatReference } from '../../../registry/reference.ts'
import { INDEX_TAG } from '../../package-tag.ts'
import { listedNames } from '../names.ts'
import type { PlannedCopy, PreparedCopy } from './prepared.ts'

/** What a copy's plan says: what is sent, what appears without being sent, what is there, and what to know before. */
export function describeCopy(
  prepared: PreparedCopy,
): Pick<ActPlan, 'title' | 'target' | 'steps' | 'sums' | 'empty' | 'findings'> {
  const { copies, shared, present, mounts, updatesIndex, selection, target } = prepared
  const sent = mounts ? 0 : bytesOf([...copies.flatMap(({ blobs }) => blobs), ...shared.map(({ blob }) => blob)])
  const to = formatReference(target.reference)
  return {
    title: `Copy ${titleOf(prepared)} to ${to}`,
    target: to,
    steps: [
      ...shared.map(
        ({ blob, users }): ActStep => ({
          key: blob.digest,
          action: mounts ? 'mount' : 'copy',
          object: 'blob',
          name: shortDigest(blob.digest),
          digest: blob.digest,
          bytes: blob.size,
          why: `${plural(users, 'image')} of this copy need it`,
        }),
      ),
      ...copies.map((one) => copyStep(one, prepared)),
      ...(updatesIndex ? [indexStep] : []),
      ...present.map(
        (tag): ActStep => ({
          key: tag,
          action: 'present',
          object: 'tag',
          name: tag,
          why: 'the target has this very image',
        }),
      ),
    ],
    sums: { tags: copies.length, kept: present.length, bytes: sent },
    empty: copies.length === 0 && !updatesIndex,
    findings: [
      ...unreadableFindings(prepared),
      ...replacedFindings(copies, to),
      ...missingFindings(selection.missing),
      ...formatFindings(prepared),
    ],
  }
}

function titleOf({ request, copies, present }: PreparedCopy): string {
  if (request.tags.length === 0) return 'everything'
  const [first = ''] = request.tags
  return request.tags.length === 1 ? first : plural(copies.length + present.length, 'tag')
}

function copyStep({ tag, tree, replaces, blobs }: PlannedCopy, { mounts, selection }: PreparedCopy): ActStep {
  const needs = selection.neededBy.get(tag)
  const reasons = [
    needs === undefined ? 'asked for' : `${needs} needs it`,
    ...(replaces === undefined ? [] : [`replaces ${shortDigest(replaces)}`]),
    ...(blobs.length === 0 ? ['its layers are there, or come with others'] : []),
  ]
  return {
    key: tag,
    action: blobs.length === 0 ? 'write' : mounts ? 'mount' : 'copy',
    object: 'tag',
    name: tag,
    digest: tree.root.digest,
    bytes: bytesOf(blobs),
    why: reasons.join('; '),
  }
}

const indexStep: ActStep = {
  key: INDEX_TAG,
  action: 'write',
  object: 'index',
  name: INDEX_TAG,
  why: 'the index of the target is brought up to date',
}

function unreadableFindings({ unreadable }: PreparedCopy): Finding[] {
  return unreadable.map(({ tag, error }) => ({
    severity: 'problem',
    message: `${tag} cannot be copied: ${error.message}`,
    hint: 'Everything else is copied. strata check says what else is wrong with the source.',
  }))
}

function replacedFindings(copies: readonly PlannedCopy[], to: string): Finding[] {
  const replaced = copies.filter((one) => one.replaces !== undefined).map((one) => one.tag)
  if (replaced.length === 0) return []
  return [
    {
      severity: 'warning',
      message: `Replaced, because ${to} has other images under these tags: ${listedNames(replaced)}`,
      hint: 'Unless other tags name them, only their digests lead to those images afterwards.',
    },
  ]
}

function missingFindings(missing: PreparedCopy['selection']['missing']): Finding[] {
  if (missing.length === 0) return []
  const names = missing.map((node) => `${node.name}@${node.version}`)
  return [
    {
      severity: 'warning',
      message: `The source has no package of ${listedNames(names)}, which what is copied needs at run time`,
      hint: 'The images are whole; Spack has to have these packages from elsewhere to install from the copy.',
    },
  ]
}

function formatFindings({ copies, target }: PreparedCopy): Finding[] {
  const docker = copies.filter(({ tree }) => tree.root.mediaType === mediaTypes.dockerManifest)
  if (target.reference.kind !== 'layout' || docker.length === 0) return []
  return [dockerInFolder(docker.length)]
}

/** What to know of images that a folder gets as they are. */
export function dockerInFolder(images: number): Finding {
  return {
    severity: 'note',
    message: `${plural(images, 'image')} in Docker's format: in a folder skopeo and podman look for OCI's only`,
    hint: 'A copy changes no bytes. From this folder into a registry they come out as they went in.',
  }
}

function bytesOf(blobs: readonly BlobDescriptor[]): number {
  return blobs.reduce((sum, { size }) => sum + size, 0)
}
