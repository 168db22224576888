import type { CatalogProgress } from '../../api/catalog.ts'

export type OnProgress = (progress: Omit<CatalogProgress, 'run'>) => void

/** Milliseconds between two batches: a listener gets at most ten updates a second. */
const PAUSE = 100

/** Collects what is read and hands it out in batches, with how many there have been. */
export function batches<T>(
  now: () => number,
  hand: (read: number, fresh: readonly T[]) => void,
): { add(one: T): void; flush(): void } {
  let fresh: T[] = []
  let read = 0
  let handedAt = now()
  const flush = (): void => {
    if (fresh.length === 0) return
    const batch = fresh
    fresh = []
    handedAt = now()
    hand(read, batch)
  }
  return {
    add: (one) => {
      fresh.push(one)
      read += 1
      if (now() - handedAt >= PAUSE) flush()
    },
    flush,
  }
}
