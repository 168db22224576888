import type { CacheReading } from './cache-reading.ts'
import { type Examination, examine } from './examine.ts'
import type { Gathered } from './gather.ts'

/** Whether what was composed will run: packages' layers are read from the cache, the base's from where it is. */
export function examineComposition(
  { composed, base }: Gathered,
  { repository }: Pick<CacheReading, 'repository'>,
  options: Parameters<typeof examine>[1],
): Promise<Examination> {
  const { signal } = options
  return examine(
    {
      packages: composed.packages.map(({ node, cached }) => ({ node, layer: cached.layer })),
      base: composed.base,
      baseName: base?.name,
      openLayer: (blob) => repository.readBlob(blob, { signal }),
      openBaseLayer: (blob) => (base?.repository ?? repository).readBlob(blob, { signal }),
    },
    options,
  )
}
