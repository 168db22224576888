import { useState } from 'react'
import type { ErrorBody } from '../../../main/api/errors.ts'
import type { InstallPlan, InstallRequestInput } from '../../../main/api/install.ts'
import { errorBody } from '../../client.ts'
import { useClient } from '../../engine.ts'

export type CheckState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running' }
  | { readonly kind: 'done'; readonly plan: InstallPlan }
  | { readonly kind: 'failed'; readonly error: ErrorBody }

const idle = { kind: 'idle' } as const

/** Looks into every package of a plan, on demand. What was found is forgotten as soon as there is another plan. */
export function useCheck(planId: string | undefined): {
  readonly check: CheckState
  readonly start: (request: InstallRequestInput) => Promise<void>
} {
  const client = useClient()
  const [state, setState] = useState<{ readonly of: string | undefined; readonly check: CheckState }>()

  async function start(request: InstallRequestInput): Promise<void> {
    const settle = (check: CheckState) => setState((now) => (now?.of === planId ? { of: planId, check } : now))
    setState({ of: planId, check: { kind: 'running' } })
    try {
      settle({ kind: 'done', plan: await client.call('install.check', request) })
    } catch (thrown) {
      settle({ kind: 'failed', error: errorBody(thrown) })
    }
  }

  return { check: state?.of === planId ? (state?.check ?? idle) : idle, start }
}
