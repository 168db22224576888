import type { ActPlan, ActRequestInput } from '../../../main/api/acts.ts'
import type { Job } from '../../../main/api/models.ts'
import type { Machine } from '../push/machine.ts'

/** Plans an act and runs it to its end, unless nothing would change. */
export async function runAct(
  machine: Machine,
  act: ActRequestInput,
): Promise<{ readonly plan: ActPlan; readonly job: Job | undefined }> {
  const plan = await machine.engine.call('act.plan', { act })
  return { plan, job: plan.empty ? undefined : await runPlanned(machine, plan) }
}

/** Runs a plan to its end. */
export async function runPlanned(machine: Machine, plan: ActPlan): Promise<Job> {
  const ended = new Map<string, Job>()
  let done: ((job: Job) => void) | undefined
  let id: string | undefined
  const stop = machine.engine.on('job.changed', (job) => {
    if (job.endedAt === undefined) return
    ended.set(job.id, job)
    if (job.id === id) done?.(job)
  })
  try {
    id = (await machine.engine.call('act.run', { plan: plan.id })).job
    return ended.get(id) ?? (await new Promise<Job>((resolve) => (done = resolve)))
  } finally {
    stop()
  }
}
