import type { JobContext } from '../jobs/jobs.ts'
import { StrataError } from '../support/errors.ts'
import type { Connection } from './connection.ts'

/** Plans that can still be run; the window makes a new one with every change of its form. */
const KEPT_PLANS = 8

/** After this long, in milliseconds, a registry of many tags is asked again before a plan is run. */
export const FRESH = 60_000

interface Kept<T> {
  readonly plan: T
  running: boolean
}

/** Plans between being shown and being run. `drop` stops what a plan still has under way. */
export class PlanShelf<T> {
  private readonly kept = new Map<string, Kept<T>>()
  private readonly drop: (plan: T) => Promise<void>

  constructor(drop: (plan: T) => Promise<void>) {
    this.drop = drop
  }

  /** Plans that nobody runs, oldest first. */
  *idle(): Generator<T> {
    for (const { plan, running } of this.kept.values()) if (!running) yield plan
  }

  async put(id: string, plan: T): Promise<void> {
    this.kept.set(id, { plan, running: false })
    for (const [old, one] of this.kept) {
      if (this.kept.size <= KEPT_PLANS) return
      if (one.running) continue
      this.kept.delete(old)
      await this.drop(one.plan)
    }
  }

  /**
   * Takes a plan to run it, once it is sure that it still holds: `check` may throw, and the plan can be taken again then.
   * `done` when the run has ended. Throws `plan-stale` for a plan that is not known any more or is run already.
   */
  async take(id: string, check: (plan: T) => Promise<void>): Promise<{ readonly plan: T; done(): Promise<void> }> {
    const one = this.kept.get(id)
    if (!one || one.running) throw stalePlan('it was run already or is too old')
    // Before the first wait: who asks for it meanwhile must not get it as well.
    one.running = true
    try {
      await check(one.plan)
    } catch (error) {
      one.running = false
      throw error
    }
    return {
      plan: one.plan,
      done: async () => {
        this.kept.delete(id)
        await this.drop(one.plan)
      },
    }
  }

  async close(): Promise<void> {
    const idle = [...this.idle()]
    this.kept.clear()
    await Promise.all(idle.map(this.drop))
  }
}

/**
 * The work of a job on a plan that was taken: its progress tells of waits for the registry, and at its end the plan is
 * done with.
 */
export async function carryOut<T>(
  taken: { readonly plan: { readonly connection: Connection }; done(): Promise<void> },
  { progress }: JobContext,
  work: () => Promise<T>,
): Promise<T> {
  const stop = taken.plan.connection.onWait(progress.waiting)
  try {
    return await work()
  } finally {
    stop()
    await taken.done()
  }
}

export function stalePlan(why: string): StrataError {
  return new StrataError('plan-stale', `the plan does not hold any more: ${why}`, {
    hint: 'Make the plan anew and look at it again.',
  })
}
