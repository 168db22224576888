import { useCallback, useEffect, useRef, useState } from 'react'
import type { Input } from '../../../main/api/contract.ts'
import type { ErrorBody } from '../../../main/api/errors.ts'
import type { DoctorReport, DoctorStep } from '../../../main/api/registries.ts'
import { errorBody } from '../../client.ts'
import { useClient } from '../../engine.ts'
import { runName } from '../../run-name.ts'

export type DoctorRun =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly steps: readonly DoctorStep[] }
  | { readonly kind: 'done'; readonly report: DoctorReport }
  /** Not even the question was understood: no step could be tried. */
  | { readonly kind: 'refused'; readonly error: ErrorBody }

export interface Doctor {
  readonly run: DoctorRun
  /** Begins a run; an older one that is still under way is no longer listened to. */
  readonly start: (input: Omit<Input<'registry.doctor'>, 'run'>) => Promise<void>
  readonly forget: () => void
}

/** One doctor's run at a time, its steps as they end. What is asked, credentials above all, is kept nowhere. */
export function useDoctor(): Doctor {
  const client = useClient()
  const [run, setRun] = useState<DoctorRun>({ kind: 'idle' })
  const current = useRef<string>(undefined)
  useEffect(
    () =>
      client.on('doctor.step', ({ run: name, step }) => {
        if (name !== current.current) return
        setRun((old) => (old.kind === 'running' ? { kind: 'running', steps: [...old.steps, step] } : old))
      }),
    [client],
  )
  const start = useCallback<Doctor['start']>(
    async (input) => {
      const name = runName()
      current.current = name
      setRun({ kind: 'running', steps: [] })
      const end = await client.call('registry.doctor', { ...input, run: name }).then(
        (report): DoctorRun => ({ kind: 'done', report }),
        (thrown: unknown): DoctorRun => ({ kind: 'refused', error: errorBody(thrown) }),
      )
      if (current.current === name) setRun(end)
    },
    [client],
  )
  const forget = useCallback(() => {
    current.current = undefined
    setRun({ kind: 'idle' })
  }, [])
  return { run, start, forget }
}
