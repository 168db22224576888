import { IconStack2 } from '@tabler/icons-react'
import { cutMiddle } from '../../../main/api/format.ts'
import type { PushPlan } from '../../../main/api/models.ts'
import { Command } from '../../ui/Command.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { PlanPane } from '../planning/PlanPane.tsx'
import page from '../planning/page.module.css'
import type { PlanState } from '../planning/use-live-plan.ts'
import { LayerStack } from '../stack/LayerStack.tsx'
import { PlanSums } from './PlanSums.tsx'
import css from './push.module.css'

interface PlanProps {
  readonly planned: PlanState<PushPlan>
  readonly hasTarget: boolean
  readonly onOpen: (hash: string) => void
}

/** The plan: the layer stack, its sums, and the command that does the same. */
export function PlanView({ planned, hasTarget, onOpen }: PlanProps) {
  return (
    <PlanPane
      planned={planned}
      empty={hasTarget ? undefined : noTarget}
      waiting="Asking the registry what it has, and the blob store what is packed"
    >
      {(plan) => <Planned plan={plan} planning={planned.planning} onOpen={onOpen} />}
    </PlanPane>
  )
}

const noTarget = (
  <EmptyState icon={IconStack2} title="Say where to, and the plan appears here">
    A registry (oci://ghcr.io/me/cache), a mirror of the environment, or a folder (oci-layout:///path). Nothing is sent
    before you press the button.
  </EmptyState>
)

interface PlannedProps {
  readonly plan: PushPlan
  readonly planning: boolean
  readonly onOpen: (hash: string) => void
}

function Planned({ plan, planning, onOpen }: PlannedProps) {
  const where = plan.image?.reference ?? plan.target
  return (
    <>
      <div className={page.planHead}>
        <h2 title={where}>{cutMiddle(where, 64)}</h2>
        <span role="status">{planning ? 'Planning anew' : ''}</span>
      </div>
      <div className={`${page.picture} ${css.stackBox}`}>
        {plan.stack.length > 0 ? (
          <LayerStack layers={plan.stack} title={plan.image?.tag ?? plan.title} onOpen={onOpen} />
        ) : (
          <EmptyState icon={IconStack2} title="No layers">
            No package of this plan has anything to ship.
          </EmptyState>
        )}
      </div>
      <PlanSums plan={plan} />
      <Command value={plan.command} line />
    </>
  )
}
