import { IconAlertCircle, IconAlertTriangle, IconCheck, IconLoader2 } from '@tabler/icons-react'
import css from './doctor.module.css'
import { nextStep, stepNames, verdict, whyFailed } from './steps.ts'
import type { DoctorRun } from './use-doctor.ts'

const icons = { ok: IconCheck, warning: IconAlertTriangle, failed: IconAlertCircle, running: IconLoader2 } as const

/** In a line: what is being tried, then what came of it, and of a failure its cause. Read out as it changes. */
export function DoctorVerdict({ run }: { readonly run: DoctorRun }) {
  if (run.kind !== 'running' && run.kind !== 'done') return undefined
  const state = run.kind === 'running' ? 'running' : run.report.state
  const Icon = icons[state]
  const cause = run.kind === 'done' ? whyFailed(run.report) : undefined
  return (
    <p className={css.verdict} data-state={state} role="status">
      <Icon size={16} aria-hidden />
      <span>
        {run.kind === 'running' ? trying(run) : verdict(run.report)}
        {cause !== undefined && <span className={css.why}>{cause}</span>}
      </span>
    </p>
  )
}

function trying({ steps }: Extract<DoctorRun, { kind: 'running' }>): string {
  const next = nextStep(steps)
  return next === undefined ? 'Trying…' : `Trying: ${stepNames[next]}`
}
