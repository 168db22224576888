import { useEffect, useRef, useState } from 'react'
import type { ErrorBody } from '../../../main/api/errors.ts'
import type { CheckProgress, InstallPlan, InstallRequestInput } from '../../../main/api/install.ts'
import { errorBody } from '../../client.ts'
import { useClient } from '../../engine.ts'

export type CheckState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly run: string; readonly progress?: CheckProgress }
  | { readonly kind: 'done'; readonly plan: InstallPlan }
  | { readonly kind: 'failed'; readonly error: ErrorBody }

const idle = { kind: 'idle' } as const

export interface Check {
  readonly check: CheckState
  readonly start: (request: InstallRequestInput) => Promise<void>
  readonly cancel: () => void
}

/**
 * Looks into every package of a plan, on demand. What was found is forgotten as soon as there is another plan, and what is
 * still looked for is called off.
 */
export function useCheck(planId: string | undefined): Check {
  const client = useClient()
  const [state, setState] = useState<{ readonly of: string | undefined; readonly check: CheckState }>()
  const current = useRef<string>(undefined)
  useEffect(
    () =>
      client.on('install.checked', ({ run, progress }) => {
        if (run !== current.current) return
        setState((now) => (now?.check.kind === 'running' ? { ...now, check: { ...now.check, progress } } : now))
      }),
    [client],
  )
  // biome-ignore lint/correctness/useExhaustiveDependencies: another plan, or none any more, is the reason
  useEffect(() => cancel, [planId])

  function cancel(): void {
    const run = current.current
    current.current = undefined
    if (run !== undefined) void client.call('run.cancel', { run }).catch(() => undefined)
  }

  async function start(request: InstallRequestInput): Promise<void> {
    // Not crypto.randomUUID: a page that came over plain HTTP does not have it.
    const run = `${Date.now()}-${Math.random().toString(36).slice(2)}`
    current.current = run
    setState({ of: planId, check: { kind: 'running', run } })
    const check = await client.call('install.check', { ...request, run }).then(
      (plan): CheckState => ({ kind: 'done', plan }),
      (thrown: unknown): CheckState => endOf(errorBody(thrown)),
    )
    if (current.current === run) current.current = undefined
    setState((now) => (now?.check.kind === 'running' && now.check.run === run ? { ...now, check } : now))
  }

  return { check: state?.of === planId ? (state?.check ?? idle) : idle, start, cancel }
}

/** Who has cancelled it need not be told. */
function endOf(error: ErrorBody): CheckState {
  return error.code === 'cancelled' ? idle : { kind: 'failed', error }
}
