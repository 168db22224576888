import type { BudgetItem } from '../../image/budget.ts'
import type { Digest } from '../../registry/digest.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { mapConcurrently } from '../../support/concurrency.ts'
import type { CacheReading } from './cache-reading.ts'
import type { ImagePart } from './destination.ts'
import type { Gathered } from './gather.ts'

/** A layer that has to be made of several packages'. */
export interface PlannedMerge {
  readonly key: Digest
  readonly items: readonly BudgetItem[]
  /** Those whose layers have to be fetched first. */
  readonly toFetch: readonly BudgetItem[]
}

/** The layers of a composed image, each once, with where they are; without a merged one that is not made yet. */
export function partsOf(
  { composed, base }: Pick<Gathered, 'composed' | 'base'>,
  { repository, store }: Pick<CacheReading, 'repository' | 'store'>,
): readonly ImagePart[] {
  const layers = composed.base?.manifest.layers ?? []
  const below = layers.map(({ digest, size }, at): ImagePart => {
    return { blob: { digest, size }, name: layerName(base?.name ?? '', at), from: base?.repository ?? repository }
  })
  const above = composed.budget.layers.flatMap((layer): ImagePart[] => {
    if (layer.kind === 'package') {
      const { digest, size, title } = layer.item.layer
      return [{ blob: { digest, size }, name: title, from: repository }]
    }
    const { merged } = composed
    return merged
      ? [{ blob: { digest: merged.digest, size: merged.size }, name: mergedName(layer.items), from: store }]
      : []
  })
  return [...new Map([...below, ...above].map((part) => [part.blob.digest, part])).values()]
}

/** What a layer of a base image is called in plans and progress; `at` counts from nothing. */
export function layerName(base: string, at: number): string {
  return `layer ${at + 1} of ${base}`
}

/** What a merged layer is called in plans and progress. */
export function mergedName(items: readonly BudgetItem[]): string {
  return `${items.length} packages in one layer`
}

/** What has to be done for a merged layer; undefined when none is needed, or it is made. */
export async function planMerge({ composed }: Gathered, store: BlobStore): Promise<PlannedMerge | undefined> {
  const layer = composed.budget.layers.find((one) => one.kind === 'merged')
  if (!layer || composed.merged) return undefined
  const { key, items } = layer
  const held = await mapConcurrently(items, 16, async ({ layer: { digest } }) => store.stat(digest))
  return { key, items, toFetch: items.filter((item, i) => held[i]?.size !== item.layer.size) }
}
