import { cancelled } from './failure.ts'

/**
 * What `work` comes to, or `cancelled` as soon as the signal says so, for work that does not listen to it (or not at
 * every moment). What such work comes to after that goes to `late`, which has to give it back.
 */
export function abortable<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  late: (value: T) => void = () => undefined,
): Promise<T> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      reject(cancelled(signal))
      work.then(late, () => undefined)
    }
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
