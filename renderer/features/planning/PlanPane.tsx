import type { ReactNode } from 'react'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import page from './page.module.css'
import type { PlanState } from './use-live-plan.ts'

interface PlanPaneProps<Plan> {
  readonly planned: PlanState<Plan>
  /** Shown instead while the form lacks something. */
  readonly empty: ReactNode | undefined
  /** What is being done until the first plan is there, in words. */
  readonly waiting: string
  readonly className?: string
  readonly children: (plan: Plan) => ReactNode
}

/** The half of a page that shows its plan: what there would be, why there is none, that it is being made, or the plan. */
export function PlanPane<Plan>({ planned, empty, waiting, className = '', children }: PlanPaneProps<Plan>) {
  const { plan, error, planning } = planned
  const isPlan = empty === undefined && plan !== undefined && (error === undefined || planning)
  return (
    <section
      className={`${page.plan} ${isPlan ? className : ''}`}
      aria-label="Plan"
      aria-busy={isPlan && planning}
      data-stale={(isPlan && planning) || undefined}
    >
      {isPlan
        ? children(plan)
        : (empty ?? (error && !planning ? <ErrorPanel error={error} /> : <Waiting words={waiting} />))}
    </section>
  )
}
