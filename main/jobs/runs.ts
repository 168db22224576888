import { setMaxListeners } from 'node:events'
import { StrataError } from '../support/errors.ts'

/** Calls that last and are no jobs: whoever made one can end it by the name that he gave it. */
export interface Runs {
  /** Does the work with a signal that fires when the run is cancelled, or when the engine closes. */
  within<T>(run: string | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T>
  cancel(run: string): void
  close(): void
}

export function createRuns(): Runs {
  const running = new Map<string, Set<AbortController>>()
  const abort = (controllers: Iterable<AbortController>): void => {
    for (const controller of controllers) controller.abort(new StrataError('cancelled', 'cancelled'))
  }
  return {
    within: async (run = '', work) => {
      const controller = new AbortController()
      // Every request listens; by default Node takes more than ten for a leak.
      setMaxListeners(0, controller.signal)
      const same = running.get(run) ?? new Set()
      running.set(run, same.add(controller))
      try {
        return await work(controller.signal)
      } finally {
        same.delete(controller)
        if (same.size === 0) running.delete(run)
      }
    },
    // Calls without a name are nobody's to end.
    cancel: (run) => run !== '' && abort(running.get(run) ?? []),
    close: () => abort([...running.values()].flatMap((same) => [...same])),
  }
}
