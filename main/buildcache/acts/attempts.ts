import type { ActResult } from '../../api/models.ts'
import type { JobContext } from '../../jobs/jobs.ts'
import { toErrorBody, toStrataError } from '../../support/errors.ts'

/** The single things that an act does: what became of each, for its result and its progress. */
export interface Attempts {
  readonly done: ActResult['done']
  readonly failed: ActResult['failed']
  /**
   * Does one thing unless the job is paused; resolves with what it gave. A failure is kept and others go on: then, as for
   * what has nothing to say, the answer is undefined. Rejects when the job is cancelled.
   */
  attempt(key: string, name: string, work: () => Promise<string | undefined>): Promise<string | undefined>
}

/** `work` answers with the line that is said of it; `key` is the item in the progress. */
export function attemptsOf(context: JobContext): Attempts {
  const done: ActResult['done'] = []
  const failed: ActResult['failed'] = []
  return {
    done,
    failed,
    attempt: async (key, name, work) => {
      await context.gate()
      context.progress.enter(key, 'act')
      try {
        const line = await work()
        context.progress.enter(key, 'done')
        if (line === undefined) return undefined
        done.push(line)
        context.log(line)
        return line
      } catch (thrown) {
        context.signal.throwIfAborted()
        const error = toStrataError(thrown, name)
        context.progress.enter(key, 'failed')
        context.log(`${name}: ${error.message}`)
        failed.push({ name, error: toErrorBody(error) })
        return undefined
      }
    },
  }
}
