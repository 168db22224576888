import { StrataError } from '../../main/support/errors.ts'

/** What Ctrl-C (or a SIGTERM) means while a command works. */
export interface Interruption {
  /** Fires with the first one. The second ends the process at once: nothing listens for it any more. */
  readonly signal: AbortSignal
  /** Gives the signals back. */
  release(): void
}

export function interruption(): Interruption {
  const controller = new AbortController()
  const abort = (): void => {
    release()
    controller.abort(new StrataError('cancelled', 'cancelled', { hint: 'Run it again to go on from here.' }))
  }
  const release = (): void => {
    process.off('SIGINT', abort)
    process.off('SIGTERM', abort)
  }
  process.on('SIGINT', abort)
  process.on('SIGTERM', abort)
  return { signal: controller.signal, release }
}

/** The work's result, or the signal's reason as soon as it fires. The work itself goes on unheard. */
export function unlessInterrupted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
    if (signal.aborted) abort()
  })
}
