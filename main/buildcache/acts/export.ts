import { stat } from 'node:fs/promises'
import type { ActPlan, ActRequest, ActStep } from '../../api/acts.ts'
import { plural, shortDigest } from '../../api/format.ts'
import type { ActResult, Finding } from '../../api/models.ts'
import { parseManifest } from '../../image/document.ts'
import type { JobContext } from '../../jobs/jobs.ts'
import { createCopier, type ImageTree, readImageTree } from '../../registry/copy.ts'
import { type BlobDescriptor, type Digest, isDigest } from '../../registry/digest.ts'
import { archivedBytes, archivedName, archivePath, writeImageArchive } from '../../registry/image-archive.ts'
import { indexMediaTypes, mediaTypes } from '../../registry/media-types.ts'
import { formatReference, type LayoutReference, parseReference } from '../../registry/reference.ts'
import type { Manifest, Repository } from '../../registry/repository.ts'
import { mapConcurrently } from '../../support/concurrency.ts'
import { StrataError } from '../../support/errors.ts'
import { isPackageTag } from '../package-tag.ts'
import { stalePlan } from '../plan-shelf.ts'
import { readConfigBytes, readManifest } from '../remote-package.ts'
import { archiveUsage, layoutUsage } from '../usage.ts'
import type { ActSetting, PreparedAct } from './act.ts'
import { attemptsOf } from './attempts.ts'
import { blobsMissing } from './copy/decide.ts'
import { dockerInFolder } from './copy/describe.ts'
import { listedNames } from './names.ts'
import { planOf } from './plan.ts'
import { readPlatforms } from './platforms.ts'

type ExportRequest = Extract<ActRequest, { kind: 'export' }>

/** Where an image goes. */
type ExportTarget =
  | { readonly kind: 'archive'; readonly file: string; readonly replaces: boolean }
  | {
      readonly kind: 'folder'
      readonly reference: LayoutReference
      readonly repository: Repository
      readonly tag: string
      /** What the tag points at so far. */
      readonly replaces: Digest | undefined
      /** What the folder lacks. */
      readonly missing: readonly BlobDescriptor[]
    }

interface PreparedExport {
  readonly request: ExportRequest
  readonly image: Manifest
  readonly tree: ImageTree
  readonly target: ExportTarget
}

/** The one item of the progress. */
const itemKey = 'image'
/** Questions to the registry at a time. */
const LOOKUPS = 16

/**
 * Plans to write an image to a file or folder of this machine: no packages that it may need, no index. Of an image index a
 * folder takes the whole, or one platform; an archive takes one image.
 * Throws `usage` for another target, `registry-not-found` for an image that is not there or that the registry has lost
 * layers of, and `platform-missing`, saying which there are.
 */
export async function prepareExport(request: ExportRequest, setting: ActSetting): Promise<PreparedAct> {
  const { repository, store, signal } = setting
  const found = await readManifest(repository, store, request.image, { signal })
  if (!found) throw new StrataError('registry-not-found', `there is no image ${request.image}`)
  const file = archivePath(request.to)
  const image = await chooseImage(request, found, file !== undefined, setting)
  const tree = await readImageTree(repository, image.digest, (name) =>
    readManifest(repository, store, name, { signal }),
  )
  await requireBlobs(repository, tree, request.image, signal)
  const target = file === undefined ? await folderTarget(request, tree, setting) : await archiveTarget(file)
  const prepared: PreparedExport = { request, image, tree, target }
  const bytes = bytesOf(prepared)
  return {
    plan: planOf(request, setting, describeExport(prepared)),
    items: [{ key: itemKey, name: request.image, stages: [{ phase: 'fetch', bytes }] }],
    checkFresh: () => checkFresh(prepared, found.digest, repository),
    run: (context) => runExport(prepared, setting, context),
  }
}

async function chooseImage(
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
async function requireBlobs(
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

async function archiveTarget(file: string): Promise<ExportTarget> {
  return { kind: 'archive', file, replaces: await isThere(file) }
}

async function folderTarget(
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

async function isThere(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined
}

/** Bytes that are read from the registry. */
function bytesOf({ image, target }: PreparedExport): number {
  if (target.kind === 'archive') return archivedBytes(image.bytes)
  return target.missing.reduce((sum, { size }) => sum + size, 0)
}

function describeExport(
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

async function checkFresh({ request, target }: PreparedExport, digest: Digest, source: Repository): Promise<void> {
  if ((await source.headManifest(request.image))?.digest !== digest)
    throw stalePlan(`${request.image} is another image now`)
  if (target.kind === 'archive') {
    if ((await isThere(target.file)) && !target.replaces) throw stalePlan(`${target.file} is there now`)
    return
  }
  const now = (await target.repository.headManifest(target.tag))?.digest
  if (now !== target.replaces) throw stalePlan(`the tag ${target.tag} has changed`)
}

async function runExport(prepared: PreparedExport, setting: ActSetting, context: JobContext): Promise<ActResult> {
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
