/**
 * Maps a list with at most `limit` calls under way, in order of the list; the result is in that order too.
 * The first failure rejects, after which no further call begins.
 */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  limit: number,
  call: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array(items.length)
  let next = 0
  let failed = false
  const worker = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const index = next++
      const item = items[index] as T
      try {
        results[index] = await call(item, index)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
  return results
}

/** Runs calls with at most `limit` under way; the others wait in line. */
export function limitConcurrency(limit: number): <T>(call: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (call) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await call()
    } finally {
      // The place goes straight to the next in line; only without one does it become free.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
