import type { ActPlan, ActRequestInput } from '../../main/api/acts.ts'
import type { Job } from '../../main/api/models.ts'
import type { OwnedEngine } from '../../main/engine.ts'
import { describeActPlan, describeActResult } from './act-text.ts'
import { type Interruption, interruption, unlessInterrupted } from './interrupt.ts'
import { describeError } from './outcome.ts'
import { showingReading } from './reading-line.ts'
import { endOf, runJob, terminalWidth } from './run-job.ts'
import { withEngine } from './session.ts'

export interface ActOptions {
  /** Shows the plan and stops. */
  readonly dryRun?: boolean
  readonly json?: boolean
}

/** Plans an act on a repository with an engine of its own, shows the plan and runs it. Sets the exit code. */
export async function runAct(request: ActRequestInput, options: ActOptions): Promise<void> {
  const interrupted = interruption()
  try {
    await withEngine((engine) => planAndRun(engine, request, options, interrupted))
  } finally {
    interrupted.release()
  }
}

/** The same with an engine that is there: plans, shows the plan and runs it, unless nothing would change. */
export async function planAndRun(
  engine: OwnedEngine,
  request: ActRequestInput,
  { dryRun = false, json = false }: ActOptions,
  interrupted: Interruption,
): Promise<void> {
  const plan = await showingReading(engine, (run) =>
    unlessInterrupted(engine.call('act.plan', { act: request, run }), interrupted.signal),
  )
  const runs = !dryRun && !plan.empty
  if (!json) console.log(describeActPlan(plan, { whole: dryRun, width: terminalWidth() }).join('\n'))
  else if (!runs) console.log(JSON.stringify({ plan }))
  if (runs) report(plan, await runJob(engine, 'act.run', plan.id, interrupted), json)
}

/** Says how it ended, as words or as one document. What a check found to be wrong ends the command with 1, too. */
function report(plan: ActPlan, job: Job, json: boolean): void {
  const error = endOf(job)
  const result = job.acted
  if (!error && result?.findings.some((finding) => finding.severity === 'problem')) process.exitCode = 1
  if (json) {
    console.log(JSON.stringify({ plan, state: job.state, result, error, log: job.log }))
    return
  }
  if (result) console.log(describeActResult(plan, result).join('\n'))
  if (error) console.error(describeError(error))
}
