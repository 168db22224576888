import { setMaxListeners } from 'node:events'
import type { ErrorCode } from '../../api/errors.ts'
import { plural } from '../../api/format.ts'
import type { ActResult } from '../../api/models.ts'
import type { JobContext } from '../../jobs/jobs.ts'
import { StrataError, toErrorBody, toStrataError } from '../../support/errors.ts'

/** The single things that an act does, and what became of each. */
export interface Attempts {
  /** Fires when the job is cancelled, and when nothing further has a chance. */
  readonly signal: AbortSignal
  /**
   * Does one thing; `key` is its item in the progress, and `work` answers with the line that is said of it. A failure is
   * kept and others go on, unless it would be theirs as well. Resolves with whether it was done; rejects when the job is
   * cancelled.
   */
  attempt(key: string, name: string, work: () => Promise<string | undefined>): Promise<boolean>
  /** What was done and what failed so far. */
  result(): Pick<ActResult, 'done' | 'failed'>
}

/** What is wrong with the registry, the way to it or this machine, and not with the one thing that failed. */
const hopeless: ReadonlySet<ErrorCode> = new Set([
  'registry-unreachable',
  'registry-tls',
  'registry-auth',
  'registry-not-a-registry',
  'registry-out-of-space',
  'disk-full',
])

export function attemptsOf(context: JobContext): Attempts {
  const done: ActResult['done'] = []
  const failed: ActResult['failed'] = []
  const stop = new AbortController()
  let skipped = 0

  const fail = (key: string, name: string, thrown: unknown): void => {
    const error = toStrataError(thrown, name)
    context.progress.enter(key, 'failed')
    context.log(`${name}: ${error.message}`)
    failed.push({ name, error: toErrorBody(error) })
    if (hopeless.has(error.code)) stop.abort(error)
  }
  const signal = AbortSignal.any([context.signal, stop.signal])
  // Every request listens; by default Node takes more than ten for a leak.
  setMaxListeners(0, signal)
  return {
    signal,
    attempt: async (key, name, work) => {
      await context.gate()
      try {
        if (!stop.signal.aborted) {
          const line = await work()
          context.progress.enter(key, 'done')
          if (line !== undefined) context.log(line)
          done.push(...(line === undefined ? [] : [line]))
          return true
        }
      } catch (thrown) {
        context.signal.throwIfAborted()
        if (!stop.signal.aborted) {
          fail(key, name, thrown)
          return false
        }
      }
      context.progress.enter(key, 'skipped')
      skipped += 1
      return false
    },
    result: () => {
      const why = skipped > 0 ? toStrataError(stop.signal.reason) : undefined
      const rest = why && new StrataError(why.code, `not done any more: ${why.message}`, { hint: why.hint })
      return { done, failed: rest ? [...failed, { name: plural(skipped, 'other'), error: toErrorBody(rest) }] : failed }
    },
  }
}
