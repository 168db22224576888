import { shortDigest } from '../../../api/format.ts'
import type { ActResult } from '../../../api/models.ts'
import { parseManifest } from '../../../image/document.ts'
import type { JobContext } from '../../../jobs/jobs.ts'
import { createCopier } from '../../../registry/copy.ts'
import { type BlobDescriptor, type Digest, isDigest } from '../../../registry/digest.ts'
import { archivedBytes, archivedName, writeImageArchive } from '../../../registry/image-archive.ts'
import { formatReference } from '../../../registry/reference.ts'
import type { Repository } from '../../../registry/repository.ts'
import { StrataError } from '../../../support/errors.ts'
import { isPackageTag } from '../../package-tag.ts'
import { readConfigBytes, readManifest } from '../../remote-package.ts'
import { archiveUsage, layoutUsage } from '../../usage.ts'
import type { ActSetting } from '../act.ts'
import { attemptsOf } from '../attempts.ts'
import { itemKey, type PreparedExport } from './prepared.ts'

/** Writes the image; returns what became of it. Rejects only when cancelled. */
export async function runExport(
  prepared: PreparedExport,
  setting: ActSetting,
  context: JobContext,
): Promise<ActResult> {
  const { now } = setting
  const startedAt = now()
  const attempts = attemptsOf(context)
  let bytes = 0
  const done = await attempts.attempt(itemKey, prepared.request.image, async () => {
    context.progress.enter(itemKey, 'fetch')
    bytes = await write(prepared, setting, context, attempts.signal)
    return lineOf(prepared)
  })
  const common = { ...attempts.result(), findings: [], bytes, seconds: (now() - startedAt) / 1000 }
  return done ? { ...common, image: imageOf(prepared, setting.repository) } : common
}

/** Returns the bytes that were read. */
async function write(
  prepared: PreparedExport,
  { repository, store }: ActSetting,
  context: JobContext,
  signal: AbortSignal,
): Promise<number> {
  const { image, tree, target } = prepared
  const onBytes = (bytes: number): void => context.progress.advance(itemKey, 'fetch', bytes)
  if (target.kind === 'archive') {
    const name = archivedName({ ...repository.reference, ...tagOf(prepared) })
    const document = parseManifest(image.bytes, `the manifest of ${prepared.request.image}`)
    if (document.kind === 'index') throw new StrataError('internal', 'an image index is no image')
    const config = await readConfigBytes(repository, store, document.manifest.config, signal)
    const readBlob = (blob: BlobDescriptor) => repository.readBlob(blob, { signal })
    await writeImageArchive(target.file, { manifest: image, config, name }, readBlob, { signal, onProgress: onBytes })
    return archivedBytes(image.bytes)
  }
  const parts = new Map<Digest, number>()
  const copier = createCopier(repository, target.repository, {
    signal,
    readManifest: (name) => readManifest(repository, store, name, { signal }),
    gate: () => context.gate(),
    onProgress: ({ digest }, bytes) => {
      parts.set(digest, bytes)
      onBytes([...parts.values()].reduce((sum, one) => sum + one, 0))
    },
  })
  await copier.image(tree, target.tag)
  return copier.bytesSent()
}

function tagOf({ request }: PreparedExport): { readonly tag?: string; readonly digest?: Digest } {
  return isDigest(request.image) ? { digest: request.image } : { tag: request.image }
}

function lineOf({ image, target }: PreparedExport): string {
  return `${target.kind === 'archive' ? target.file : target.tag} ${shortDigest(image.digest)}`
}

function imageOf(prepared: PreparedExport, { reference }: Repository): ActResult['image'] {
  const { image, request, target } = prepared
  const { digest } = image
  if (target.kind === 'folder') {
    return { reference: formatReference(target.reference), digest, usage: layoutUsage(target.reference) }
  }
  const name = archivedName({ ...reference, ...tagOf(prepared) })
  const usage = archiveUsage(target.file, isPackageTag(request.image) ? undefined : name)
  return { reference: request.to, digest, usage }
}
