import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { ActPlan, ActRequestInput } from '../../../../main/api/acts.ts'
import type { ErrorBody } from '../../../../main/api/errors.ts'
import { type Client, errorBody } from '../../../client.ts'
import { keys, useClient } from '../../../engine.ts'
import { runName } from '../../../run-name.ts'
import { type PlanState, useLivePlan } from '../../planning/use-live-plan.ts'

interface Act {
  readonly planned: PlanState<ActPlan>
  /** Begins what the plan says. */
  readonly run: () => Promise<void>
  readonly starting: boolean
  /** Why it did not begin. */
  readonly runError: ErrorBody | undefined
}

/** The live plan of an act, and its run: `onStarted` gets the job. A plan that has gone stale is made anew. */
export function useAct(request: ActRequestInput | undefined, onStarted: (job: string) => void): Act {
  const client = useClient()
  const queries = useQueryClient()
  const [runError, setRunError] = useState<ErrorBody>()
  const [starting, setStarting] = useState(false)
  const planned = useLivePlan(request, makePlan)
  const id = planned.plan?.id

  async function run(): Promise<void> {
    if (id === undefined) return
    setStarting(true)
    setRunError(undefined)
    try {
      const { job } = await client.call('act.run', { plan: id })
      await queries.invalidateQueries({ queryKey: keys.jobs })
      onStarted(job)
    } catch (thrown) {
      setRunError(errorBody(thrown))
      planned.again()
    } finally {
      setStarting(false)
    }
  }

  return { planned, run, starting, runError }
}

/** A plan that nobody waits for any more is ended in the engine, too: it may be reading thousands of manifests. */
const makePlan = (client: Client, act: ActRequestInput, signal: AbortSignal): Promise<ActPlan> => {
  const run = runName()
  signal.addEventListener('abort', () => void client.call('run.cancel', { run }))
  return client.call('act.plan', { act, run })
}
