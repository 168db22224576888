import { IconPackageImport } from '@tabler/icons-react'
import { describeCheck, plural } from '../../../main/api/format.ts'
import type { InstallPlan } from '../../../main/api/install.ts'
import { Command } from '../../ui/Command.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { Path } from '../../ui/Path.tsx'
import { PlanPane } from '../planning/PlanPane.tsx'
import type { PlanState } from '../planning/use-live-plan.ts'
import { InstallSums } from './InstallSums.tsx'
import css from './install.module.css'
import { isWritten } from './model.ts'
import { PackageDetail } from './PackageDetail.tsx'
import { PlanGrid } from './PlanGrid.tsx'
import type { CheckState } from './use-check.ts'

interface PlanProps {
  readonly planned: PlanState<InstallPlan>
  readonly check: CheckState
  /** What the form still lacks. */
  readonly lacks: string | undefined
  /** DAG hash of the package that is told about. */
  readonly shown: string | undefined
  readonly onShow: (hash: string | undefined) => void
}

/** The plan: where, what is in the way, a row a package, the sums, and the command that does the same. */
export function InstallPlanView({ planned, lacks, ...rest }: PlanProps) {
  return (
    <PlanPane
      planned={planned}
      empty={lacks === undefined ? undefined : <Lacking what={lacks} />}
      waiting="Reading what the cache has, and what is installed"
      className={css.plan}
    >
      {(plan) => <Planned plan={plan} planning={planned.planning} {...rest} />}
    </PlanPane>
  )
}

function Lacking({ what }: { readonly what: string }) {
  return (
    <EmptyState icon={IconPackageImport} title={`${what}, and the plan appears here`}>
      A cache is any registry that Spack packages were pushed to (oci://ghcr.io/me/cache), or such a folder
      (oci-layout:///path). The plan shows for each package whether it is there already, whether its paths fit, and what
      has to be fetched. Nothing is written before you press the button.
    </EmptyState>
  )
}

interface PlannedProps extends Omit<PlanProps, 'planned' | 'lacks'> {
  readonly plan: InstallPlan
  readonly planning: boolean
}

function Planned({ plan, planning, check, shown, onShow }: PlannedProps) {
  const current = check.kind === 'done' ? check.plan : plan
  const chosen = current.packages.find((p) => p.hash === shown)
  return (
    <>
      <div className={css.where}>
        <Path value={current.from} limit={60} /> <span>into</span> <Path value={current.target.root} limit={60} />
        <span role="status">{planning ? 'Planning anew' : checkWords(check, current)}</span>
      </div>
      {check.kind === 'failed' && <ErrorPanel error={check.error} />}
      <PlanGrid packages={current.packages} shown={shown} onShow={onShow} />
      {chosen && <PackageDetail package={chosen} onClose={() => onShow(undefined)} />}
      <InstallSums plan={current} />
      <Command value={current.command} line />
    </>
  )
}

function checkWords(check: CheckState, { packages }: InstallPlan): string {
  if (check.kind === 'running') {
    const { progress } = check
    return progress ? describeCheck(progress) : `Reading about ${plural(packages.filter(isWritten).length, 'package')}`
  }
  return check.kind === 'done' ? 'Checked: every file was looked at' : ''
}
