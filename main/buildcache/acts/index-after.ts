import { plural } from '../../api/format.ts'
import type { Finding } from '../../api/models.ts'
import type { JobContext } from '../../jobs/jobs.ts'
import type { Repository } from '../../registry/repository.ts'
import type { SpecDocument } from '../../spack/spec/document.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { updateIndex } from '../cache-index.ts'
import { INDEX_TAG } from '../package-tag.ts'
import type { Attempts } from './attempts.ts'
import { passedOverFinding } from './index-update.ts'

/** The progress item of an index that is brought up to date when an act has changed tags. */
export const indexItem = { key: INDEX_TAG, name: INDEX_TAG, stages: [{ phase: 'act', bytes: 0 }] } as const

/** Brings `index.spack` up to date after an act; resolves with the tags that Spack would stop at. */
export async function updateIndexAfter(
  { attempt, signal }: Attempts,
  context: JobContext,
  parts: {
    readonly repository: Repository
    readonly store: BlobStore
    readonly fresh?: ReadonlyMap<string, SpecDocument>
  },
): Promise<Finding[]> {
  const findings: Finding[] = []
  await attempt(INDEX_TAG, INDEX_TAG, async () => {
    context.progress.enter(INDEX_TAG, 'act')
    const index = await updateIndex(parts.repository, parts.store, { fresh: parts.fresh, signal })
    findings.push(...index.passedOver.map(passedOverFinding))
    return index.changed ? `${INDEX_TAG} lists ${plural(index.packages, 'package')}` : undefined
  })
  return findings
}
