import { cancelled } from './failure.ts'

interface Waiter {
  readonly grant: () => void
}

/** A fixed number of places, given out in the order of asking. Owned by a host: its politeness to the registry. */
export class Slots {
  private free: number
  private readonly waiting: Waiter[] = []

  constructor(count: number) {
    this.free = count
  }

  /**
   * Waits for a place; the answer gives it back (calling it again does nothing).
   * @throws StrataError `cancelled`
   */
  async take(signal?: AbortSignal): Promise<() => void> {
    if (signal?.aborted) throw cancelled(signal)
    if (this.free > 0) this.free -= 1
    else await this.queue(signal)
    let given = false
    return () => {
      if (given) return
      given = true
      const next = this.waiting.shift()
      if (next) next.grant()
      else this.free += 1
    }
  }

  private queue(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        grant: () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        },
      }
      const onAbort = () => {
        this.waiting.splice(this.waiting.indexOf(waiter), 1)
        reject(cancelled(signal))
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.waiting.push(waiter)
    })
  }
}
