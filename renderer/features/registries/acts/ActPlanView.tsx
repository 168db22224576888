import { IconListCheck } from '@tabler/icons-react'
import { useMemo } from 'react'
import type { ActKind, ActPlan, ActStep } from '../../../../main/api/acts.ts'
import { formatBytes, formatCount, plural, shortDigest, shortTag } from '../../../../main/api/format.ts'
import { Bytes } from '../../../ui/Bytes.tsx'
import { Command } from '../../../ui/Command.tsx'
import { EmptyState } from '../../../ui/EmptyState.tsx'
import type { GridColumn } from '../../../ui/grid/column.ts'
import { Grid } from '../../../ui/grid/Grid.tsx'
import { PlanPane } from '../../planning/PlanPane.tsx'
import page from '../../planning/page.module.css'
import type { PlanState } from '../../planning/use-live-plan.ts'
import { shortReference } from '../names.ts'
import css from './acts.module.css'
import { bytesWords, stepWords } from './words.ts'

const columns: readonly GridColumn<ActStep>[] = [
  {
    id: 'action',
    title: 'Action',
    track: '86px',
    text: (s) => stepWords[s.action].word,
    hue: (s) => stepWords[s.action].hue,
  },
  {
    id: 'name',
    title: 'What',
    track: 'minmax(120px, 1.2fr)',
    text: (s) => (s.object === 'tag' || s.object === 'index' ? shortTag(s.name) : `${s.object} ${shortTag(s.name)}`),
    hint: (s) => (s.digest === undefined ? s.name : `${s.name}\n${s.digest}`),
  },
  {
    id: 'bytes',
    title: 'Size',
    track: '80px',
    number: true,
    text: (s) => (s.bytes === undefined ? '' : formatBytes(s.bytes)),
    hint: (s) => (s.bytes === undefined ? undefined : `${formatCount(s.bytes)} bytes`),
  },
  { id: 'why', title: 'Why', track: 'minmax(100px, 1.4fr)', text: (s) => s.why, hint: (s) => s.why },
  {
    id: 'digest',
    title: 'Digest',
    track: '156px',
    text: (s) => (s.digest === undefined ? '' : shortDigest(s.digest)),
    hint: (s) => s.digest,
  },
]

const withoutDigest = columns.filter(({ id }) => id !== 'digest')

const rowId = (step: ActStep): string => step.key

interface PlanProps {
  readonly planned: PlanState<ActPlan>
  /** What the form still lacks. */
  readonly lacks: string | undefined
  readonly act: ActKind
}

/** The plan: a row a step, the sums, and the command that does the same. */
export function ActPlanView({ planned, lacks, act }: PlanProps) {
  return (
    <PlanPane
      planned={planned}
      empty={lacks === undefined ? undefined : <Lacking what={lacks} act={act} />}
      waiting="Reading the tags, their manifests and what they share"
    >
      {(plan) => <Planned plan={plan} planning={planned.planning} />}
    </PlanPane>
  )
}

function Lacking({ what, act }: { readonly what: string; readonly act: ActKind }) {
  return (
    <EmptyState icon={IconListCheck} title={`${what}, and the plan appears here`}>
      {act === 'prune'
        ? 'It shows what goes, what stays and why, and how many bytes that frees. Nothing is deleted before you confirm it.'
        : 'It shows what is written, sent or there already. Nothing is changed before you press the button.'}
    </EmptyState>
  )
}

function Planned({ plan, planning }: { readonly plan: ActPlan; readonly planning: boolean }) {
  return (
    <>
      <div className={page.planHead}>
        <h2 title={plan.target ?? plan.repository}>
          {plan.target === undefined
            ? plan.title
            : `${shortReference(plan.repository)} → ${shortReference(plan.target)}`}
        </h2>
        <span role="status">{planning ? 'Planning anew' : ''}</span>
      </div>
      <div className={`${page.picture} ${css.frame}`}>
        <Grid
          label="Steps of the plan"
          columns={plan.steps.some((step) => step.digest !== undefined) ? columns : withoutDigest}
          rows={plan.steps}
          rowId={rowId}
          className={css.grid}
          cellClass={css.cell}
        >
          Nothing would change.
        </Grid>
      </div>
      <Sums plan={plan} />
      <Command value={plan.command} line />
    </>
  )
}

function Sums({ plan }: { plan: ActPlan }) {
  const counts = useMemo(() => countSteps(plan.steps), [plan])
  return (
    <div className={page.sums}>
      <ul className={page.legend} aria-label="Sums">
        {counts.map(([action, count]) => (
          <li key={action} className={css.sum} data-hue={stepWords[action].hue}>
            {formatCount(count)} {stepWords[action].sum}
          </li>
        ))}
      </ul>
      <p className={page.amounts}>
        {/* Of a composition nothing to send is what one wants to read. */}
        {(plan.sums.bytes > 0 || plan.kind === 'compose') && (
          <span>
            <b>
              <Bytes value={plan.sums.bytes} />
            </b>{' '}
            {bytesWords[plan.kind]}
          </span>
        )}
        {plan.sums.tags > 0 && <span>{plural(plan.sums.tags, 'tag')}</span>}
        {plan.sums.kept > 0 && <span>{formatCount(plan.sums.kept)} left alone</span>}
      </p>
    </div>
  )
}

/** How many steps of each action there are, in the order in which the plan has them. */
export function countSteps(steps: readonly ActStep[]): readonly (readonly [ActStep['action'], number])[] {
  const counts = new Map<ActStep['action'], number>()
  for (const { action } of steps) counts.set(action, (counts.get(action) ?? 0) + 1)
  return [...counts]
}
