import { StrataError } from '../support/errors.ts'
import { abortable } from './abortable.ts'

/** Runs work for a key once while it runs; those who ask meanwhile share the answer. Nothing is kept afterwards. */
export class Once<T> {
  private readonly running = new Map<string, Promise<T>>()

  /**
   * A failure goes to everyone who shared it and is then forgotten. Only a cancellation is not shared: when the one
   * who did the work gave up, the next who still wants it does it anew. Whoever waits may give up alone.
   */
  async run(key: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    for (;;) {
      const shared = this.running.get(key)
      if (!shared) break
      try {
        return await abortable(shared, signal)
      } catch (thrown) {
        const othersCancel = thrown instanceof StrataError && thrown.code === 'cancelled' && !signal?.aborted
        if (!othersCancel) throw thrown
      }
    }
    const own = work().finally(() => this.running.delete(key))
    this.running.set(key, own)
    return own
  }
}
