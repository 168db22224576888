import type { ActResult } from '../../../api/models.ts'
import type { JobContext } from '../../../jobs/jobs.ts'
import type { ItemPlan } from '../../../jobs/progress.ts'
import { type BlobDescriptor, type Digest, shortDigest } from '../../../registry/digest.ts'
import type { Repository } from '../../../registry/repository.ts'
import { mapConcurrently } from '../../../support/concurrency.ts'
import { StrataError } from '../../../support/errors.ts'
import type { ActSetting } from '../act.ts'
import { type Attempts, attemptsOf } from '../attempts.ts'
import { indexItem, indexStep } from '../index-step.ts'
import { digestsIn } from './decide.ts'
import type { PreparedDelete } from './prepared.ts'

/** Deletes under way at a time: each is small, and most registries do them one after the other. */
const AT_ONCE = 8

/** What a delete's progress counts: tags, parts of image indexes, and the index. */
export function deleteItems({ work, updatesIndex }: PreparedDelete): ItemPlan[] {
  const item = (key: string, name: string): ItemPlan => ({ key, name, stages: [{ phase: 'act', bytes: 0 }] })
  return [
    ...[...work.untagged, ...[...work.manifests.values()].flat()].map((tag) => item(tag, tag)),
    ...work.children.map((digest) => item(digest, shortDigest(digest))),
    ...(updatesIndex ? [indexItem] : []),
  ]
}

/**
 * Does what the plan says: out of the index, then the tags, then what only they led to. A folder's blobs go as well, those
 * that nothing needs; a registry gives their space back by itself. Rejects only when cancelled.
 */
export async function runDelete(
  prepared: PreparedDelete,
  setting: ActSetting,
  context: JobContext,
): Promise<ActResult> {
  const { repository, work, updatesIndex } = prepared
  const { store, now } = setting
  const startedAt = now()
  const attempts = attemptsOf(context)
  // First out of the index: it must never name what is gone, wherever this ends.
  const leaving = new Set([...work.untagged, ...[...work.manifests.values()].flat()])
  const index = updatesIndex ? await indexStep(attempts, context, { repository, store, leaving }) : undefined
  const freed = index?.updated === false ? [] : await deleteAll(prepared, attempts, context)
  // What could not be deleted is listed again; and who pushed meanwhile may have listed what was still there.
  if (index) await indexStep(attempts, context, { repository, store })
  const bytes = freed.reduce((sum, { size }) => sum + size, 0)
  return { ...attempts.result(), findings: index?.findings ?? [], bytes, seconds: (now() - startedAt) / 1000 }
}

/** Deletes tags, manifests and a folder's blobs; resolves with the blobs that nothing needs any more. */
async function deleteAll(
  prepared: PreparedDelete,
  attempts: Attempts,
  { progress }: JobContext,
): Promise<readonly BlobDescriptor[]> {
  const { repository, work } = prepared
  const { attempt, signal } = attempts
  await mapConcurrently(work.untagged, AT_ONCE, (tag) =>
    attempt(tag, tag, async () => {
      progress.enter(tag, 'act')
      await repository.deleteTag(tag, { signal })
      return `${tag} deleted; its image stays`
    }),
  )
  await mapConcurrently([...work.manifests], AT_ONCE, async ([digest, tags]) => {
    // One request for all tags of an image; whoever comes second finds it gone.
    for (const tag of tags) {
      await attempt(tag, tag, async () => {
        progress.enter(tag, 'act')
        await repository.deleteManifest(digest, { signal })
        return `${tag} deleted`
      })
    }
  })
  await deleteChildren(work.children, repository, attempts)
  const freed = freedBlobs(prepared, attempts)
  if (repository.reference.kind === 'layout') await deleteBlobs(repository, freed, signal)
  return freed
}

/** The planned blobs but for those of tags that could not be deleted. */
function freedBlobs({ work, trees }: PreparedDelete, attempts: Attempts): readonly BlobDescriptor[] {
  const left = new Set(attempts.result().failed.map(({ name }) => name))
  const needed = digestsIn([...trees].filter(([tag]) => left.has(tag)).map(([, tree]) => tree))
  return work.freed.filter(({ digest }) => !needed.has(digest))
}

async function deleteChildren(
  digests: readonly Digest[],
  repository: Repository,
  { attempt, signal }: Attempts,
): Promise<void> {
  // One after the other: an image index inside another has to go before what it names.
  for (const digest of digests) {
    await attempt(digest, shortDigest(digest), async () => {
      await repository.deleteManifest(digest, { signal })
      return undefined
    })
  }
}

/** Deletes blobs from a folder; what somebody has come to need meanwhile stays. */
async function deleteBlobs(
  repository: Repository,
  blobs: readonly BlobDescriptor[],
  signal: AbortSignal,
): Promise<void> {
  for (const { digest } of blobs) {
    await repository.deleteBlob(digest, { signal }).catch((error: unknown) => {
      if (!(error instanceof StrataError) || error.code !== 'blob-in-use') throw error
    })
  }
}
