import { useEffect, useState } from 'react'
import type { ErrorBody } from '../../../main/api/errors.ts'
import type { PushPlan, PushRequestInput } from '../../../main/api/models.ts'
import { errorBody } from '../../client.ts'
import { useClient } from '../../engine.ts'

// Long enough that typing a reference does not ask a registry for each letter.
const pause = 400

export interface PlanState {
  /** The last plan that was made; of an older request while `planning`. */
  readonly plan: PushPlan | undefined
  readonly error: ErrorBody | undefined
  readonly planning: boolean
  /** Makes the plan anew: the store or the registry changed. */
  readonly again: () => void
}

/** The plan of a request, made anew a moment after it last changed. An answer to an older request is dropped. */
export function usePlan(request: PushRequestInput | undefined): PlanState {
  const client = useClient()
  const [state, setState] = useState<Omit<PlanState, 'again'>>({ plan: undefined, error: undefined, planning: false })
  const [round, setRound] = useState(0)
  const key = request && JSON.stringify(request)
  useEffect(() => {
    // A new round of the same request is a reason to plan too.
    void round
    if (key === undefined) {
      setState({ plan: undefined, error: undefined, planning: false })
      return
    }
    let current = true
    setState((old) => ({ ...old, planning: true }))
    const timer = setTimeout(() => {
      client.call('push.plan', JSON.parse(key) as PushRequestInput).then(
        (plan) => current && setState({ plan, error: undefined, planning: false }),
        (thrown: unknown) => current && setState({ plan: undefined, error: errorBody(thrown), planning: false }),
      )
    }, pause)
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [client, key, round])
  return { ...state, again: () => setRound((n) => n + 1) }
}
