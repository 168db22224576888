import { Button } from '@mantine/core'
import { IconPlayerPlay, IconTerminal2 } from '@tabler/icons-react'
import type { ErrorBody } from '../../../main/api/errors.ts'
import type { SpackPlan } from '../../../main/api/spack-runs.ts'
import { Command } from '../../ui/Command.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { FindingList } from '../../ui/FindingList.tsx'
import { Path } from '../../ui/Path.tsx'
import { PlanPane } from '../planning/PlanPane.tsx'
import type { PlanState } from '../planning/use-live-plan.ts'
import acts from '../registries/acts/acts.module.css'
import { GetSpack } from './GetSpack.tsx'
import css from './spack.module.css'

interface PlanProps {
  readonly planned: PlanState<SpackPlan>
  readonly complete: boolean
  readonly starting: boolean
  readonly runError: ErrorBody | undefined
  readonly onRun: (plan: string) => void
  readonly onPackage: (hash: string) => void
}

/** The command as it will be run, word for word, and the button that runs it. */
export function SpackPlanView({ planned, complete, ...rest }: PlanProps) {
  const { error, planning, again } = planned
  const missing = error?.code === 'spack-not-found' && !planning
  const empty = missing ? <GetSpack error={error} onAgain={again} /> : complete ? undefined : nothingYet
  return (
    <PlanPane planned={planned} empty={empty} waiting="Reading the environment">
      {(plan) => <Planned plan={plan} planning={planning} {...rest} />}
    </PlanPane>
  )
}

const nothingYet = (
  <EmptyState icon={IconTerminal2} title="Say which packages, and the command appears here">
    Nothing is run that is not shown here first, word for word.
  </EmptyState>
)

function Planned(props: { plan: SpackPlan; planning: boolean } & Omit<PlanProps, 'planned' | 'complete'>) {
  const { plan, planning, starting, runError, onRun, onPackage } = props
  return (
    <div className={css.plan}>
      <h2>{plan.title}</h2>
      <Command value={plan.command} />
      <dl className={css.facts}>
        <dt>In</dt>
        <dd>
          <Path value={plan.cwd} limit={90} />
        </dd>
        <dt>Spack</dt>
        <dd>
          {plan.spack.version ?? 'version unknown'} <Path value={plan.spack.root} limit={80} />
        </dd>
        <dt>Set for it</dt>
        <dd>
          {Object.entries(plan.variables).map(([name, value]) => (
            <code key={name}>
              {name}={value}
            </code>
          ))}
          <span className={css.note}>besides the variables of the shell that Strata was started from</span>
        </dd>
      </dl>
      <FindingList findings={plan.findings} onPackage={onPackage} />
      {runError && <ErrorPanel error={runError} />}
      <div>
        <Button
          leftSection={<IconPlayerPlay size={15} />}
          loading={starting}
          disabled={planning}
          className={plan.action === 'uninstall' ? acts.dangerous : undefined}
          onClick={() => onRun(plan.id)}
        >
          {verbs[plan.action]}
        </Button>
      </div>
    </div>
  )
}

const verbs = {
  concretize: 'Run spack concretize',
  install: 'Run spack install',
  uninstall: 'Run spack uninstall',
  find: 'Run spack find',
} as const
