import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { ErrorBody } from '../../../main/api/errors.ts'
import type { FileEditPlan, FileEditRequestInput, FileEditResult } from '../../../main/api/spack-files.ts'
import { type Client, errorBody } from '../../client.ts'
import { spackFilesChanged, useClient } from '../../engine.ts'
import { type PlanState, useLivePlan } from '../planning/use-live-plan.ts'

export interface Edit {
  /** What the edit would write: made anew with every change of it. */
  readonly planned: PlanState<FileEditPlan>
  /** Writes what the plan shows; the difference is made anew when the file was changed by somebody else. */
  readonly apply: () => Promise<void>
  readonly applying: boolean
  /** Who changes the environment, in words, while the writing waits for it. */
  readonly waitsFor: string | undefined
  /** Why it was not written. */
  readonly applyError: ErrorBody | undefined
}

/** The live plan of a change of one of Spack's files, and its writing. No plan while there is no request. */
export function useEdit(request: FileEditRequestInput | undefined, onWritten: (result: FileEditResult) => void): Edit {
  const client = useClient()
  const queries = useQueryClient()
  const [applying, setApplying] = useState(false)
  const [waitsFor, setWaitsFor] = useState<string>()
  const [applyError, setApplyError] = useState<ErrorBody>()
  const planned = useLivePlan(request, makePlan, 0)
  const id = planned.plan?.id

  async function apply(): Promise<void> {
    if (id === undefined) return
    setApplying(true)
    const stop = client.on('edit.waits', ({ plan, holder }) => {
      if (plan === id) setWaitsFor(holder)
    })
    setApplyError(undefined)
    try {
      const result = await client.call('edit.apply', { plan: id })
      await spackFilesChanged(queries)
      onWritten(result)
    } catch (thrown) {
      setApplyError(errorBody(thrown))
      planned.again()
    } finally {
      stop()
      setWaitsFor(undefined)
      setApplying(false)
    }
  }

  return { planned, apply, applying, waitsFor, applyError }
}

const makePlan = (client: Client, request: FileEditRequestInput): Promise<FileEditPlan> =>
  client.call('edit.plan', request)
