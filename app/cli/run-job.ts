import type { ErrorBody } from '../../main/api/errors.ts'
import type { Job } from '../../main/api/models.ts'
import type { OwnedEngine } from '../../main/engine.ts'
import { StrataError, toErrorBody } from '../../main/support/errors.ts'
import type { Interruption } from './interrupt.ts'
import { type LiveView, liveView } from './live.ts'
import { exitCodeOf } from './outcome.ts'

/** Runs the plan to its end, and `view` shows it. The first Ctrl-C cancels cleanly, the second ends the process. */
export async function runJob(
  engine: OwnedEngine,
  method: 'push.run' | 'install.run' | 'act.run' | 'spack.run',
  plan: string,
  { signal }: Interruption,
  view: LiveView = liveView(process.stderr),
): Promise<Job> {
  const ended = new Promise<Job>((done) => {
    engine.on('job.changed', (job) => {
      view.update(job)
      if (job.endedAt !== undefined) done(job)
    })
  })
  const { job } = await engine.call(method, { plan })
  const cancel = (): void => {
    view.say('Stopping. Ctrl-C once more ends it at once.')
    // The job may have ended in this very moment: then there is nothing to cancel.
    engine.call('jobs.cancel', { id: job }).catch(() => undefined)
  }
  signal.addEventListener('abort', cancel, { once: true })
  if (signal.aborted) cancel()
  try {
    return await ended
  } finally {
    signal.removeEventListener('abort', cancel)
    view.end()
  }
}

/** What a job ended with, when that was not success; sets the exit code. */
export function endOf(job: Job): ErrorBody | undefined {
  const cancelled = new StrataError('cancelled', 'cancelled', { hint: 'Run it again to go on from here.' })
  const error = job.state === 'cancelled' ? toErrorBody(cancelled) : job.error
  if (error) process.exitCode = exitCodeOf(error)
  return error
}

/** Columns of the terminal, when there is one: what goes into a file or a pipe is never cut. */
export function terminalWidth(): number | undefined {
  return process.stdout.isTTY ? process.stdout.columns : undefined
}
