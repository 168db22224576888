import { assertNever } from '../../ui/assert.ts'
import { Command } from '../../ui/Command.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { DoctorSteps } from './DoctorSteps.tsx'
import { DoctorVerdict } from './DoctorVerdict.tsx'
import css from './doctor.module.css'
import type { DoctorRun } from './use-doctor.ts'

/** A doctor's run whole: the verdict, every step as it ends, and the command that asks the same. */
export function DoctorView({ run }: { readonly run: DoctorRun }) {
  switch (run.kind) {
    case 'idle':
      return undefined
    case 'running':
      return (
        <div className={css.run}>
          <DoctorVerdict run={run} />
          <DoctorSteps steps={run.steps} running />
        </div>
      )
    case 'refused':
      return <ErrorPanel error={run.error} />
    case 'done':
      return (
        <div className={css.run}>
          <DoctorVerdict run={run} />
          <DoctorSteps steps={run.report.steps} />
          <Command value={run.report.command} />
        </div>
      )
    default:
      return assertNever(run)
  }
}
