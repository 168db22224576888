import type { ActPlan, ActRequest, ActStep } from '../../api/acts.ts'
import { plural, shortDigest } from '../../api/format.ts'
import type { ActResult, Finding } from '../../api/models.ts'
import type { JobContext } from '../../jobs/jobs.ts'
import type { ItemPlan } from '../../jobs/progress.ts'
import { createCopier, type ImageTree, readImageTree } from '../../registry/copy.ts'
import { type BlobDescriptor, type Digest, digestOf, isDigest } from '../../registry/digest.ts'
import { mediaTypes } from '../../registry/media-types.ts'
import { formatReference, parseReference, type Reference } from '../../registry/reference.ts'
import type { Repository } from '../../registry/repository.ts'
import { isLegalTag } from '../../registry/tag.ts'
import { StrataError } from '../../support/errors.ts'
import { checkImageTag } from '../package-tag.ts'
import { stalePlan } from '../plan-shelf.ts'
import { readManifest } from '../remote-package.ts'
import { imageUsage } from '../usage.ts'
import type { ActSetting, PreparedAct } from './act.ts'
import { attemptsOf } from './attempts.ts'
import { blobsMissing } from './copy/decide.ts'
import { planOf } from './plan.ts'
import { isAllDocker, type PlatformImage, readPlatforms } from './platforms.ts'

type CombineRequest = Extract<ActRequest, { kind: 'combine' }>

/** Something that was named: an image, or an image index that contributes all of its images. */
interface Named {
  /** As the user wrote it. */
  readonly text: string
  readonly source: Repository
  readonly version: string
  readonly digest: Digest
  readonly images: readonly PlatformImage[]
  readonly attestations: number
}

/** An image that the index is going to list. */
interface Part extends PlatformImage {
  readonly text: string
  readonly source: Repository
  readonly tree: ImageTree
  /** The repository has its manifest. */
  readonly present: boolean
  /** What the repository lacks of it, and no other part brings. */
  readonly missing: readonly BlobDescriptor[]
  /** Blobs can be made to appear without being sent. */
  readonly mounts: boolean
}

interface PreparedCombine {
  readonly request: CombineRequest
  readonly named: readonly Named[]
  /** In order of the platforms' names. */
  readonly parts: readonly Part[]
  /** Why there is no such index. */
  readonly problems: readonly Finding[]
  readonly index: { readonly bytes: Buffer; readonly mediaType: string; readonly digest: Digest }
  /** What the tag points at so far. */
  readonly replaces: Digest | undefined
}

/** The tag's own item of the progress. */
const indexKey = 'index'

/**
 * Plans an image index of published images, one of each platform. A word that could be a tag is one of the repository, as a
 * digest is; everything else is a reference, and what lies elsewhere is mounted or copied. The index is OCI's, or Docker's
 * manifest list when all images are in Docker's schema 2: Docker's tools and Apptainer take images of one kind without
 * looking twice. The same images make the same bytes: no time, and the order is that of the platforms' names.
 * Throws `tag-invalid`, `registry-not-found` and `manifest-invalid`. The same platform twice is a problem of the plan,
 * and the run refuses it.
 */
export async function prepareCombine(request: CombineRequest, setting: ActSetting): Promise<PreparedAct> {
  const { repository, signal } = setting
  checkImageTag(request.tag)
  const named: Named[] = []
  for (const text of new Set(request.images)) named.push(await lookUp(text, setting))
  const parts = await partsOf(named, setting)
  const replaces = (await repository.headManifest(request.tag, { signal }))?.digest
  const problems = twiceFindings(parts)
  const prepared: PreparedCombine = { request, named, parts, problems, index: indexOf(parts), replaces }
  return {
    plan: planOf(request, setting, describeCombine(prepared)),
    items: itemsOf(prepared),
    checkFresh: () => checkFresh(prepared, repository),
    run: (context) => runCombine(prepared, setting, context),
  }
}

async function lookUp(text: string, { repository, connection, store, signal }: ActSetting): Promise<Named> {
  const isOwn = isDigest(text) || isLegalTag(text)
  const reference = isOwn ? undefined : parseReference(text)
  const other =
    reference && !isSamePlace(reference, repository.reference) ? await connection.open(reference) : undefined
  const source = other ?? repository
  const version = isOwn ? text : (reference?.digest ?? reference?.tag ?? 'latest')
  const manifest = await readManifest(source, store, version, { signal })
  if (!manifest) {
    throw new StrataError('registry-not-found', `${formatReference(source.reference)}: there is no image ${version}`, {
      hint:
        isOwn && !isDigest(text)
          ? 'A word alone is a tag of this repository; an image elsewhere has a / in its name.'
          : undefined,
    })
  }
  return {
    text,
    source,
    version,
    digest: manifest.digest,
    ...(await readPlatforms(source, store, manifest, text, signal)),
  }
}

function isSamePlace(one: Reference, other: Reference): boolean {
  if (one.kind === 'layout' || other.kind === 'layout') return one.kind === other.kind && samePath(one, other)
  return one.registry === other.registry && one.repository === other.repository
}

function samePath(one: Reference, other: Reference): boolean {
  return one.kind === 'layout' && other.kind === 'layout' && one.path === other.path
}

/** What has to be done for each image, each named once, in the order of the index. */
async function partsOf(named: readonly Named[], { repository, store, signal }: ActSetting): Promise<readonly Part[]> {
  const seen = new Set<Digest>()
  const claimed = new Set<Digest>()
  const parts: Part[] = []
  for (const { text, source, images } of named) {
    for (const image of images) {
      const { digest } = image.manifest
      if (seen.has(digest)) continue
      seen.add(digest)
      const tree = await readImageTree(source, digest, (name) => readManifest(source, store, name, { signal }))
      const present = source === repository || (await repository.headManifest(digest, { signal })) !== undefined
      const unclaimed = tree.blobs.filter((blob) => !claimed.has(blob.digest))
      const missing = present ? [] : await blobsMissing(repository, unclaimed, signal)
      for (const blob of missing) claimed.add(blob.digest)
      parts.push({ ...image, text, source, tree, present, missing, mounts: canMount(source, repository) })
    }
  }
  return parts.sort((a, b) =>
    a.name === b.name ? compare(a.manifest.digest, b.manifest.digest) : compare(a.name, b.name),
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : 1
}

function canMount({ reference: from }: Repository, { reference: to }: Repository): boolean {
  return from.kind === 'registry' && to.kind === 'registry' && from.registry === to.registry
}

function indexOf(parts: readonly Part[]): PreparedCombine['index'] {
  const mediaType = parts.length > 0 && isAllDocker(parts) ? mediaTypes.dockerIndex : mediaTypes.ociIndex
  const manifests = parts.map(({ manifest, platform }) => ({
    mediaType: manifest.mediaType,
    digest: manifest.digest,
    size: manifest.size,
    platform,
  }))
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }))
  return { bytes, mediaType, digest: digestOf(bytes) }
}

function twiceFindings(parts: readonly Part[]): Finding[] {
  const first = new Map<string, Part>()
  return parts.flatMap((part): Finding[] => {
    const other = first.get(part.name)
    first.set(part.name, other ?? part)
    if (!other) return []
    return [
      {
        severity: 'problem',
        message: `${part.name} is there twice: ${nameOf(other)} and ${nameOf(part)}`,
        hint: 'An image index has one image for each platform: leave one of them out.',
      },
    ]
  })
}

function nameOf({ text, manifest }: Part): string {
  return `${text} (${shortDigest(manifest.digest)})`
}

function describeCombine(prepared: PreparedCombine): Pick<ActPlan, 'title' | 'steps' | 'sums' | 'empty' | 'findings'> {
  const { request, named, parts, problems, index, replaces } = prepared
  const { tag } = request
  const moves = parts.filter(({ present }) => !present)
  const there = replaces === index.digest
  const tagStep = { key: indexKey, object: 'tag', name: tag, digest: index.digest } as const
  const steps: ActStep[] = [
    ...moves.map(partStep),
    there
      ? { ...tagStep, action: 'present', why: 'is this very image index' }
      : {
          ...tagStep,
          action: 'write',
          why: replaces === undefined ? 'a new tag' : `pointed at ${shortDigest(replaces)} so far`,
        },
    ...parts.filter(({ present }) => present).map(partStep),
  ]
  return {
    title: `Combine ${plural(parts.length, 'image')} as ${tag}`,
    steps,
    sums: { tags: there ? 0 : 1, kept: there ? 1 : 0, bytes: moves.reduce((sum, part) => sum + sentBytes(part), 0) },
    empty: there && moves.length === 0,
    findings: [...problems, ...replacedFindings(prepared), ...attestationFindings(named), ...mixedFindings(parts)],
  }
}

function partStep(part: Part): ActStep {
  const { text, name, manifest, present, missing, mounts, source } = part
  const step = { key: manifest.digest, object: 'manifest', name, digest: manifest.digest } as const
  if (present) return { ...step, action: 'present', why: text }
  const bytes = bytesOf(missing)
  const action = missing.length === 0 ? 'write' : mounts ? 'mount' : 'copy'
  return { ...step, action, bytes, why: `${text}, from ${formatReference(source.reference)}` }
}

function bytesOf(blobs: readonly BlobDescriptor[]): number {
  return blobs.reduce((sum, { size }) => sum + size, 0)
}

function sentBytes({ missing, mounts }: Part): number {
  return mounts ? 0 : bytesOf(missing)
}

function replacedFindings({ request, index, replaces }: PreparedCombine): Finding[] {
  if (replaces === undefined || replaces === index.digest) return []
  return [
    {
      severity: 'warning',
      message: `The tag ${request.tag} exists and is moved: it points at ${shortDigest(replaces)}`,
      hint: 'Unless another tag names that image, only its digest leads to it afterwards.',
    },
  ]
}

function attestationFindings(named: readonly Named[]): Finding[] {
  return named
    .filter(({ attestations }) => attestations > 0)
    .map(({ text, attestations }) => ({
      severity: 'note',
      message: `Left out of ${text}: ${plural(attestations, 'attestation')}, which no platform runs`,
      hint: 'The index that it was in still has it.',
    }))
}

function mixedFindings(parts: readonly Part[]): Finding[] {
  const docker = parts.filter(({ manifest }) => manifest.mediaType === mediaTypes.dockerManifest).length
  if (docker === 0 || docker === parts.length) return []
  return [
    {
      severity: 'note',
      message: `${plural(docker, 'image')} of ${parts.length} is in Docker's format, the others in OCI's: the index is OCI's`,
      hint: 'Each image stays of one kind, so that Apptainer takes it.',
    },
  ]
}

function itemsOf({ request, parts }: PreparedCombine): ItemPlan[] {
  return [
    ...parts
      .filter(({ present }) => !present)
      .map((part): ItemPlan => {
        const stages = [{ phase: 'upload', bytes: sentBytes(part) }] as const
        return { key: part.manifest.digest, name: part.name, stages }
      }),
    { key: indexKey, name: request.tag, stages: [{ phase: 'act', bytes: 0 }] },
  ]
}

async function checkFresh({ request, named, replaces }: PreparedCombine, repository: Repository): Promise<void> {
  for (const { text, source, version, digest } of named) {
    if ((await source.headManifest(version))?.digest !== digest) throw stalePlan(`${text} is another image now`)
  }
  if ((await repository.headManifest(request.tag))?.digest !== replaces) {
    throw stalePlan(`the tag ${request.tag} has changed`)
  }
}

async function runCombine(prepared: PreparedCombine, setting: ActSetting, context: JobContext): Promise<ActResult> {
  const { request, parts, problems, index } = prepared
  const { repository, now } = setting
  const [problem] = problems
  if (problem) throw new StrataError('act-refused', problem.message, { hint: problem.hint })
  const startedAt = now()
  const attempts = attemptsOf(context)
  let bytes = 0
  let complete = true
  for (const part of parts.filter(({ present }) => !present)) {
    const { digest } = part.manifest
    const done = await attempts.attempt(digest, `${part.name} of ${part.text}`, async () => {
      bytes += await bring(part, setting, context, attempts.signal)
      return `${part.name} ${shortDigest(digest)}`
    })
    complete &&= done
  }
  const written = await attempts.attempt(indexKey, request.tag, async () => {
    if (!complete) throw new StrataError('act-incomplete', 'not written, because an image that it lists is not there')
    context.progress.enter(indexKey, 'act')
    await repository.putManifest(request.tag, index.bytes, index.mediaType, { signal: attempts.signal })
    return `${request.tag} ${shortDigest(index.digest)}`
  })
  const result = { ...attempts.result(), findings: [], bytes, seconds: (now() - startedAt) / 1000 }
  return written ? { ...result, image: imageOf(prepared, repository) } : result
}

/** Sees to it that the repository has an image; returns the bytes that were sent. */
async function bring(
  { tree, source, manifest, missing, mounts }: Part,
  { repository, store }: ActSetting,
  context: JobContext,
  signal: AbortSignal,
): Promise<number> {
  const key = manifest.digest
  const done = new Map<Digest, number>()
  const copier = createCopier(source, repository, {
    signal,
    readManifest: (name) => readManifest(source, store, name, { signal }),
    gate: () => context.gate(),
    onProgress: ({ digest }, bytes) => {
      // It was to be mounted, and the registry would not: its bytes are sent after all.
      if (mounts && done.size === 0) context.progress.size(key, 'upload', bytesOf(missing))
      done.set(digest, bytes)
      context.progress.enter(key, 'upload')
      context.progress.advance(
        key,
        'upload',
        [...done.values()].reduce((sum, one) => sum + one, 0),
      )
    },
  })
  await copier.image(tree, key)
  return copier.bytesSent()
}

function imageOf({ request, index }: PreparedCombine, { reference }: Repository): ActResult['image'] {
  const { tag } = request
  return {
    reference: formatReference({ ...reference, tag }),
    digest: index.digest,
    usage: imageUsage(reference, { kind: 'platforms', tag, base: undefined, package: undefined }),
  }
}
