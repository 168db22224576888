import type { ActPlan, ActRequestInput } from '../../../main/api/acts.ts'
import type { Job } from '../../../main/api/models.ts'
import type { Machine } from '../push/machine.ts'

export interface RunActOptions {
  /** Sees every update of the job. */
  readonly watch?: (job: Job) => void
}

/** Plans an act. */
export function planAct({ engine }: Machine, act: ActRequestInput): Promise<ActPlan> {
  return engine.call('act.plan', { act })
}

/** Runs a plan to its end. */
export async function runPlan({ engine }: Machine, plan: ActPlan, { watch }: RunActOptions = {}): Promise<Job> {
  const ended = new Map<string, Job>()
  let heard = (): void => undefined
  const stop = engine.on('job.changed', (job) => {
    watch?.(job)
    if (job.endedAt !== undefined) ended.set(job.id, job)
    heard()
  })
  const { job: id } = await engine.call('act.run', { plan: plan.id })
  try {
    for (;;) {
      const job = ended.get(id)
      if (job) return job
      await new Promise<void>((resolve) => {
        heard = resolve
      })
    }
  } finally {
    stop()
  }
}

/** Plans an act and runs it to its end. */
export async function runAct(
  machine: Machine,
  act: ActRequestInput,
  options: RunActOptions = {},
): Promise<{ readonly plan: ActPlan; readonly job: Job }> {
  const plan = await planAct(machine, act)
  return { plan, job: await runPlan(machine, plan, options) }
}
