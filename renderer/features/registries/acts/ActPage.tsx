import { IconServer2 } from '@tabler/icons-react'
import { useState } from 'react'
import type { ActPlan } from '../../../../main/api/acts.ts'
import { plural, shortTag } from '../../../../main/api/format.ts'
import type { RegistriesRoute, RepositoryAct } from '../../../app/routes.ts'
import { navigate, replaceRoute } from '../../../app/use-route.ts'
import { ErrorPanel } from '../../../ui/ErrorPanel.tsx'
import { FindingList } from '../../../ui/FindingList.tsx'
import { JobPage } from '../../activity/JobPage.tsx'
import { PlanAgain, PlanHeader } from '../../planning/PlanHeader.tsx'
import page from '../../planning/page.module.css'
import type { PlanState } from '../../planning/use-live-plan.ts'
import { shortReference } from '../names.ts'
import { ActForm } from './ActForm.tsx'
import { ActPlanView } from './ActPlanView.tsx'
import css from './acts.module.css'
import { Confirm } from './Confirm.tsx'
import { type ActDraft, freshDraft, lacking, toRequest } from './draft.ts'
import { useAct } from './use-act.ts'
import { actWords, confirmWords, runWords } from './words.ts'

type ActRoute = RegistriesRoute & { readonly repository: string; readonly act: RepositoryAct }

/** An act on a repository: what it takes at the left, its plan at the right, and while it runs, its progress. */
export function ActPage({ route }: { readonly route: ActRoute }) {
  if (route.job === undefined) return <Planning route={route} />
  return (
    <JobPage
      id={route.job}
      icon={IconServer2}
      what="job"
      where="in the registry"
      onRetried={(job) => replaceRoute({ ...route, job })}
      next={{ words: 'Back to the tags', to: { screen: 'registries', repository: route.repository } }}
    />
  )
}

function Planning({ route }: { route: ActRoute }) {
  const { repository, act, tags = [] } = route
  const [draft, setDraft] = useState<ActDraft>(freshDraft)
  const [typed, setTyped] = useState('')
  const subject = { repository, act, tags }
  const { planned, run, starting, runError } = useAct(toRequest(subject, draft), (job) => navigate({ ...route, job }))
  const { plan } = planned
  const lacks = lacking(subject, draft)
  const confirm = plan && confirmWords(plan)
  const confirmed = confirm === undefined || typed.trim().toLowerCase() === confirm
  const why = whyNot(planned, { lacks, confirmed })

  return (
    <div className={page.page}>
      <PlanHeader
        title={
          <>
            {titleOf(act, tags)} <span className={css.where}>in {shortReference(repository)}</span>
          </>
        }
        titleHint={repository}
        why={why}
        run={{
          words: plan && !plan.empty ? runWords(plan) : actWords[act].title,
          starting,
          className: confirm === undefined ? undefined : css.dangerous,
          disabled: !plan || planned.planning || why !== undefined,
          onRun: () => plan && void run(),
        }}
      >
        <PlanAgain disabled={planned.planning || (!plan && !planned.error)} onAgain={planned.again} />
      </PlanHeader>
      <div className={`${page.columns} ${css.columns}`}>
        <div className={page.left}>
          <ActForm subject={subject} draft={draft} change={(part) => setDraft((old) => ({ ...old, ...part }))} />
          {runError && <ErrorPanel error={runError} />}
          {plan && <FindingList findings={plan.findings} />}
          {plan && confirm !== undefined && !plan.empty && (
            <Confirm words={confirm} typed={typed} onType={setTyped} onConfirm={() => confirmed && void run()} />
          )}
        </div>
        <ActPlanView planned={planned} lacks={lacks} act={act} />
      </div>
    </div>
  )
}

/** The act and what it is for: one tag by its name, several by their number. */
function titleOf(act: RepositoryAct, tags: readonly string[]): string {
  const { title } = actWords[act]
  const [first] = tags
  if (first === undefined) return title
  return `${title} ${tags.length === 1 ? shortTag(first) : plural(tags.length, 'tag')}`
}

/** Why there is nothing to press; undefined when there is, or while there is no telling. */
export function whyNot(
  { plan, error, planning }: PlanState<ActPlan>,
  { lacks, confirmed }: { lacks: string | undefined; confirmed: boolean },
): string | undefined {
  if (lacks !== undefined) return `${lacks} first`
  if (planning) return undefined
  if (error) return 'No plan could be made'
  if (!plan) return undefined
  const problems = plan.findings.filter((f) => f.severity === 'problem').length
  if (problems > 0 && plan.kind !== 'check') return `${plural(problems, 'problem')} to settle first`
  if (plan.empty) return 'Nothing to do'
  return confirmed ? undefined : 'Confirm it first'
}
