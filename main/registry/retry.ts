import { StrataError } from '../support/errors.ts'
import { leastProgress } from './answer.ts'
import type { Host } from './host.ts'

/** Seven attempts wait about half a minute in all: a registry that restarts is back by then. */
export const defaultAttempts = 7
/** A host that has not answered once is most likely not the one that was meant. */
const maxFirstAttempts = 3
/** Milliseconds: the first pause, doubled each time, and the longest. */
const pauses = { first: 500, longest: 15_000 }
/** Space comes back when someone frees it: two minutes in all, and few of the bytes that would be for nothing. */
const spacePauses = { first: 2000, longest: 60_000 }
/** The most that one operation waits in all, what the registry asks for included. */
const maxTotalWait = 10 * 60_000

/**
 * The one place that repeats anything. It repeats what a `retryable` error says may succeed, bounded in count and in
 * time, with jittered exponential pauses, or when the registry says so. The count starts anew for an operation that got
 * further since.
 */
export class Backoff {
  private attempts = 1
  /** Bytes since the last failure. */
  private progress = 0
  private waited = 0
  private readonly host: Host
  private readonly signal: AbortSignal | undefined

  constructor(host: Host, signal?: AbortSignal) {
    this.host = host
    this.signal = signal
  }

  /** Returns when it is time for another attempt. @throws the error itself when there shall be none */
  async pause(thrown: unknown): Promise<void> {
    if (!(thrown instanceof StrataError) || !thrown.retryable) throw thrown
    const { answered } = this.host
    const { maxAttempts } = this.host.options
    // Nobody wants to wait half a minute to hear of a typing error.
    if (thrown.code === 'registry-unreachable' && !answered) throw thrown
    if (this.attempts >= (answered ? maxAttempts : Math.min(maxAttempts, maxFirstAttempts))) throw thrown
    const asked = thrown.details?.retryAfterSeconds
    // A registry that says "0 seconds" does not know better than we do.
    const wait = typeof asked === 'number' && asked > 0 ? asked * 1000 : this.jittered(thrown)
    if (this.waited + wait > maxTotalWait) throw thrown
    this.attempts += 1
    this.progress = 0
    this.waited += wait
    // Every request to a host that limits the rate waits (Host.ready); the pause after a failure is this one's own.
    if (typeof asked === 'number') this.host.postpone(wait, thrown.message)
    else {
      this.host.announce(wait, thrown.message)
      await this.host.options.sleep(wait, this.signal)
    }
  }

  /** So many bytes got through. A drop now and then is no progress: what drips would be repeated for ever. */
  advanced(bytes: number): void {
    this.progress += bytes
    if (this.progress >= leastProgress) this.reset()
  }

  reset(): void {
    this.attempts = 1
  }

  /** Between half and all of the exponential pause, so that eight uploads do not come back in step. */
  private jittered(thrown: StrataError): number {
    const { first, longest } = thrown.code === 'registry-out-of-space' ? spacePauses : pauses
    const pause = Math.min(longest, first * 2 ** (this.attempts - 1))
    return Math.round(pause * (0.5 + Math.random() / 2))
  }
}

/**
 * Runs an operation until it succeeds or must not be repeated; `attempt` gets its number, from 0. `advanced` is asked after
 * a failure: whether the operation got further than ever before, so that the count of attempts begins anew.
 */
export async function retrying<T>(
  host: Host,
  signal: AbortSignal | undefined,
  attempt: (number: number) => Promise<T>,
  advanced: () => boolean = () => false,
): Promise<T> {
  const backoff = new Backoff(host, signal)
  for (let number = 0; ; number += 1) {
    try {
      return await attempt(number)
    } catch (thrown) {
      if (advanced()) backoff.reset()
      await backoff.pause(thrown)
    }
  }
}
