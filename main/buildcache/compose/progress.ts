import type { ComposeProgress } from '../../api/compose.ts'
import type { EventName, EventPayload } from '../../api/contract.ts'

/** Hears how far the reading of what a composition needs is. */
export type OnComposeProgress = (progress: Omit<ComposeProgress, 'run'>) => void

/** Milliseconds between two events of progress. */
const PAUSE = 100

/** Makes `compose.progress` events of it, for a call that was made with a name: not too many, but the last of all. */
export function composeProgress(
  run: string | undefined,
  parts: {
    readonly emit: <E extends EventName>(event: E, payload: EventPayload<E>) => void
    readonly now: () => number
  },
): OnComposeProgress {
  let toldAt = Number.NEGATIVE_INFINITY
  return (progress) => {
    const now = parts.now()
    if (run === undefined || (progress.done < progress.total && now - toldAt < PAUSE)) return
    toldAt = now
    parts.emit('compose.progress', { run, ...progress })
  }
}
