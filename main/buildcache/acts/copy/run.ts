import type { ActResult } from '../../../api/models.ts'
import type { JobContext } from '../../../jobs/jobs.ts'
import type { ItemPlan, ProgressTracker } from '../../../jobs/progress.ts'
import { createCopier, largestFirst } from '../../../registry/copy.ts'
import { type BlobDescriptor, type Digest, shortDigest } from '../../../registry/digest.ts'
import { type SpecDocument, specDocument } from '../../../spack/spec/document.ts'
import { toErrorBody } from '../../../support/errors.ts'
import { readManifest } from '../../remote-package.ts'
import type { ActSetting } from '../act.ts'
import { attemptsOf } from '../attempts.ts'
import { indexItem, indexStep } from '../index-step.ts'
import type { PreparedCopy } from './prepared.ts'

/** What a copy's progress counts: the bytes of each tag, of what they share, and the index. */
export function copyItems({ copies, shared, mounts, updatesIndex }: PreparedCopy): ItemPlan[] {
  const sent = (key: string, name: string, blobs: readonly BlobDescriptor[]): ItemPlan => ({
    key,
    name,
    stages: [{ phase: 'upload', bytes: mounts ? 0 : blobs.reduce((sum, { size }) => sum + size, 0) }],
  })
  return [
    ...shared.map(({ blob }) => sent(blob.digest, shortDigest(blob.digest), [blob])),
    ...copies.map(({ tag, blobs }) => sent(tag, tag, blobs)),
    ...(updatesIndex ? [indexItem] : []),
  ]
}

/**
 * Does what the plan says: all blobs, the largest first and each once; a tag as soon as everything behind it is there. What
 * fails takes along the tags that need it, and everything else is copied. Rejects only when cancelled.
 */
export async function runCopy(prepared: PreparedCopy, setting: ActSetting, context: JobContext): Promise<ActResult> {
  const { copies, shared, target, updatesIndex, unreadable } = prepared
  const { repository, store, now } = setting
  const startedAt = now()
  const attempts = attemptsOf(context)
  const { signal } = attempts
  const copier = createCopier(repository, target, {
    signal,
    readManifest: (name) => readManifest(repository, store, name, { signal }),
    gate: () => context.gate(),
    onProgress: countBytes(prepared, context.progress),
  })
  // All at once, so that the copier can choose; whoever needs a blob hears of its failure.
  const blobs = new Map(copies.flatMap(({ tree }) => tree.blobs.map((blob) => [blob.digest, blob])))
  for (const blob of largestFirst([...blobs.values()])) copier.blob(blob).catch(() => undefined)
  await Promise.all([
    ...shared.map(async ({ blob }) => {
      const key = blob.digest
      await copier.blob(blob).then(
        () => context.progress.enter(key, 'done'),
        () => context.progress.enter(key, 'failed'),
      )
    }),
    ...copies.map(({ tag, tree }) =>
      attempts.attempt(tag, tag, async () => `${tag} ${shortDigest(await copier.image(tree, tag))}`),
    ),
  ])
  const index = updatesIndex
    ? await indexStep(attempts, context, { repository: target, store, fresh: documentsOf(prepared) })
    : undefined
  const { done, failed } = attempts.result()
  return {
    done,
    failed: [...unreadable.map(({ tag, error }) => ({ name: tag, error: toErrorBody(error) })), ...failed],
    findings: index?.findings ?? [],
    bytes: copier.bytesSent(),
    seconds: (now() - startedAt) / 1000,
  }
}

/** The specs of what was copied, so that the target's index is made without reading them back. */
function documentsOf({ copies, selection }: PreparedCopy): ReadonlyMap<string, SpecDocument> {
  const { catalog } = selection
  const copied = new Set(copies.map((one) => one.tag))
  const known = catalog ? [...catalog.tags].filter(([, tag]) => copied.has(tag)) : []
  return new Map(known.flatMap(([hash, tag]) => (catalog ? [[tag, specDocument(catalog.graph, hash)]] : [])))
}

/** Adds the bytes of blobs up to those of the items that they belong to. */
function countBytes(
  { copies, shared, mounts }: PreparedCopy,
  progress: ProgressTracker,
): (blob: BlobDescriptor, bytes: number) => void {
  const itemOf = new Map<Digest, string>([
    ...shared.map(({ blob }) => [blob.digest, blob.digest] as const),
    ...copies.flatMap(({ tag, blobs }) => blobs.map(({ digest }) => [digest, tag] as const)),
  ])
  const last = new Map<Digest, number>()
  const done = new Map<string, number>()
  const totals = new Map<string, number>()
  return ({ digest, size }, bytes) => {
    const key = itemOf.get(digest)
    if (key === undefined) return
    if (!last.has(digest)) {
      // It was to be mounted, and the registry would not: its bytes are sent after all.
      totals.set(key, (totals.get(key) ?? 0) + size)
      if (mounts) progress.size(key, 'upload', totals.get(key) ?? size)
      progress.enter(key, 'upload')
    }
    done.set(key, (done.get(key) ?? 0) + bytes - (last.get(digest) ?? 0))
    last.set(digest, bytes)
    progress.advance(key, 'upload', done.get(key) ?? 0)
  }
}
