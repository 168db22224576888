import { useEffect, useState } from 'react'
import type { ErrorBody } from '../../../main/api/errors.ts'
import { type Client, errorBody } from '../../client.ts'
import { useClient } from '../../engine.ts'

// Long enough that typing a reference does not ask a registry for each letter.
const usualPause = 400

const none = { plan: undefined, error: undefined, planning: false }

export interface PlanState<Plan> {
  /** The last plan that was made; of an older request while `planning`. */
  readonly plan: Plan | undefined
  readonly error: ErrorBody | undefined
  readonly planning: boolean
  /** Makes the plan anew: the store or the registry changed. */
  readonly again: () => void
}

/**
 * The plan of a request, made anew a moment after it last changed. An answer to an older request is dropped. `make` asks
 * the engine for it, and has to be the same function at every call; its signal fires when nobody waits for the plan any more.
 * `pause`: milliseconds that the request has to stay as it is; less where nothing but local files is read.
 */
export function useLivePlan<Request, Plan>(
  request: Request | undefined,
  make: (client: Client, request: Request, signal: AbortSignal) => Promise<Plan>,
  pause = usualPause,
): PlanState<Plan> {
  const client = useClient()
  const [state, setState] = useState<Omit<PlanState<Plan>, 'again'>>(none)
  const [round, setRound] = useState(0)
  const key = request && JSON.stringify(request)
  useEffect(() => {
    // A new round of the same request is a reason to plan too.
    void round
    if (key === undefined) {
      setState(none)
      return
    }
    const controller = new AbortController()
    const { signal } = controller
    setState((old) => ({ ...old, planning: true }))
    const timer = setTimeout(() => {
      make(client, JSON.parse(key) as Request, signal).then(
        (plan) => signal.aborted || setState({ plan, error: undefined, planning: false }),
        (thrown: unknown) => signal.aborted || setState({ plan: undefined, error: errorBody(thrown), planning: false }),
      )
    }, pause)
    return () => {
      controller.abort()
      clearTimeout(timer)
    }
  }, [client, make, key, round, pause])
  return { ...state, again: () => setRound((n) => n + 1) }
}
