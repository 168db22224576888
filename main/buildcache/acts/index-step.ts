import { plural } from '../../api/format.ts'
import type { Finding } from '../../api/models.ts'
import type { JobContext } from '../../jobs/jobs.ts'
import type { Repository } from '../../registry/repository.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { type IndexOptions, updateIndex } from '../cache-index.ts'
import { INDEX_TAG } from '../package-tag.ts'
import type { Attempts } from './attempts.ts'
import { passedOverFinding } from './index-update.ts'

/** The progress item of an index that an act brings up to date. */
export const indexItem = { key: INDEX_TAG, name: INDEX_TAG, stages: [{ phase: 'act', bytes: 0 }] } as const

/** Brings `index.spack` up to date as a part of an act. The findings are the tags that Spack would stop at. */
export async function indexStep(
  { attempt, signal }: Attempts,
  context: JobContext,
  parts: { readonly repository: Repository; readonly store: BlobStore } & Pick<IndexOptions, 'fresh' | 'leaving'>,
): Promise<{ readonly updated: boolean; readonly findings: Finding[] }> {
  const { repository, store, fresh, leaving } = parts
  const findings: Finding[] = []
  const updated = await attempt(INDEX_TAG, INDEX_TAG, async () => {
    context.progress.enter(INDEX_TAG, 'act')
    const index = await updateIndex(repository, store, { fresh, leaving, signal })
    findings.push(...index.passedOver.map(passedOverFinding))
    return index.changed ? `${INDEX_TAG} lists ${plural(index.packages, 'package')}` : undefined
  })
  return { updated, findings }
}
