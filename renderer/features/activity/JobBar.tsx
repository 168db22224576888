import type { Job } from '../../../main/api/models.ts'
import css from './job-bar.module.css'

interface BarProps {
  /** What is counted, for those who hear it. */
  readonly label: string
  /** From 0 to 1. */
  readonly part: number
  readonly state: Job['state']
}

/** How far a job is; its colour says how it ended. */
export function JobBar({ label, part, state }: BarProps) {
  return (
    <div
      className={css.bar}
      role="progressbar"
      aria-label={label}
      aria-valuenow={Math.floor(part * 100)}
      aria-valuemin={0}
      aria-valuemax={100}
      data-state={state}
    >
      <i style={{ transform: `scaleX(${part})` }} />
    </div>
  )
}
