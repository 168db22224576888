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

/**
 * Runs calls with at most `limit` under way; of those that wait the heaviest goes first, since a large one that begins
 * last is what everybody waits for. Equal ones go in the order of asking.
 */
export function limitConcurrency(limit: number): <T>(call: () => Promise<T>, weight?: number) => Promise<T> {
  const waiting: { readonly weight: number; readonly start: () => void }[] = []
  let running = 0
  return async (call, weight = 0) => {
    if (running >= limit) await new Promise<void>((start) => waiting.push({ weight, start }))
    else running++
    try {
      return await call()
    } finally {
      // The place goes straight to the next in line; only without one does it become free.
      const next = takeHeaviest(waiting)
      if (next) next.start()
      else running--
    }
  }
}

/** Takes the heaviest of a queue out of it, the first of equal ones. */
function takeHeaviest<T extends { readonly weight: number }>(queue: T[]): T | undefined {
  let heaviest = 0
  for (const [at, one] of queue.entries()) if (one.weight > (queue[heaviest]?.weight ?? 0)) heaviest = at
  return queue.splice(heaviest, 1)[0]
}
