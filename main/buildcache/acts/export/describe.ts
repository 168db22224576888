import type { ActPlan, ActStep } from '../../../api/acts.ts'
import { shortDigest } from '../../../api/format.ts'
import type { Finding } from '../../../api/models.ts'
import { isDigest } from '../../../registry/digest.ts'
import { mediaTypes } from '../../../registry/media-types.ts'
import { formatReference } from '../../../registry/reference.ts'
import { dockerInFolder } from '../copy/describe.ts'
import { bytesOf, itemKey, type PreparedExport } from './prepared.ts'

/** What an export's plan says: the one thing that is written, and what to know before. */
export function describeExport(
  prepared: PreparedExport,
): Pick<ActPlan, 'title' | 'target' | 'steps' | 'sums' | 'empty' | 'findings'> {
  const { request, image, target } = prepared
  const bytes = bytesOf(prepared)
  const step = { ...stepOf(prepared), digest: image.digest, bytes }
  const to = target.kind === 'archive' ? target.file : formatReference(target.reference)
  const empty = step.action === 'present'
  return {
    title: `Export ${isDigest(request.image) ? shortDigest(request.image) : request.image} to ${to}`,
    target: to,
    steps: [step],
    sums: { tags: empty ? 0 : 1, kept: empty ? 1 : 0, bytes: empty ? 0 : bytes },
    empty,
    findings: findingsOf(prepared),
  }
}

function stepOf({ image, target }: PreparedExport): Pick<ActStep, 'key' | 'action' | 'object' | 'name' | 'why'> {
  if (target.kind === 'archive') {
    const why = target.replaces ? 'replaces the file that is there' : 'a new file'
    return { key: itemKey, action: 'copy', object: 'manifest', name: target.file, why }
  }
  const step = { key: itemKey, object: 'tag', name: target.tag } as const
  if (target.replaces === image.digest && target.missing.length === 0) {
    return { ...step, action: 'present', why: 'the folder has this very image' }
  }
  const isNew = target.replaces === undefined || target.replaces === image.digest
  const why = isNew ? 'a new tag' : `pointed at ${shortDigest(target.replaces ?? '')} so far`
  return { ...step, action: target.missing.length > 0 ? 'copy' : 'write', why }
}

function findingsOf({ image, tree, target }: PreparedExport): Finding[] {
  const all = [tree.root, ...tree.children]
  const docker = all.filter(({ mediaType }) => mediaType === mediaTypes.dockerManifest).length
  if (target.kind === 'folder') {
    const moved = target.replaces !== undefined && target.replaces !== image.digest
    return [...(moved ? [replacesTag(target.tag)] : []), ...(docker > 0 ? [dockerInFolder(docker)] : [])]
  }
  return [...(target.replaces ? [replacesFile(target.file)] : []), ...(docker > 0 ? [dockerInArchive] : [])]
}

function replacesTag(tag: string): Finding {
  return {
    severity: 'warning',
    message: `The folder has another image under the tag ${tag}, which is replaced`,
    hint: 'Unless another tag names that image, only its digest leads to it afterwards.',
  }
}

function replacesFile(file: string): Finding {
  return {
    severity: 'warning',
    message: `${file} is there and is replaced`,
    hint: 'It stays as it is until the new file is whole.',
  }
}

const dockerInArchive: Finding = {
  severity: 'note',
  message: "The image is in Docker's format: in the archive its manifest has OCI's media types, and so another digest",
  hint: 'Layers, config and the image id stay. Readers of such archives find an image by its name in no other form.',
}
