import { Button } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { ActKind, ActPlan, ActRequestInput } from '../../../../main/api/acts.ts'
import type { ErrorBody } from '../../../../main/api/errors.ts'
import { plural, shortTag } from '../../../../main/api/format.ts'
import type { RegistriesRoute } from '../../../app/routes.ts'
import { navigate } from '../../../app/use-route.ts'
import { type Client, errorBody } from '../../../client.ts'
import { keys, useClient } from '../../../engine.ts'
import { runName } from '../../../run-name.ts'
import { ErrorPanel } from '../../../ui/ErrorPanel.tsx'
import { FindingList } from '../../../ui/FindingList.tsx'
import page from '../../planning/page.module.css'
import { type PlanState, useLivePlan } from '../../planning/use-live-plan.ts'
import { shortReference } from '../names.ts'
import { ActForm } from './ActForm.tsx'
import { ActJob } from './ActJob.tsx'
import { ActPlanView } from './ActPlanView.tsx'
import css from './acts.module.css'
import { Confirm } from './Confirm.tsx'
import { type ActDraft, freshDraft, lacking, toRequest } from './draft.ts'
import { actWords, confirmWords, runWords } from './words.ts'

type ActRoute = RegistriesRoute & { readonly repository: string; readonly act: ActKind }

/** An act on a repository: what it takes at the left, its plan at the right, and while it runs, its progress. */
export function ActPage({ route }: { readonly route: ActRoute }) {
  return route.job === undefined ? <Planning route={route} /> : <ActJob route={route} id={route.job} />
}

function Planning({ route }: { route: ActRoute }) {
  const { repository, act, tags = [] } = route
  const client = useClient()
  const queries = useQueryClient()
  const [draft, setDraft] = useState<ActDraft>(freshDraft)
  const [typed, setTyped] = useState('')
  const [runError, setRunError] = useState<ErrorBody>()
  const [starting, setStarting] = useState(false)
  const subject = { repository, act, tags }
  const planned = useLivePlan(toRequest(subject, draft), makePlan)
  const { plan } = planned
  const lacks = lacking(subject, draft)
  const confirm = plan && confirmWords(plan)
  const confirmed = confirm === undefined || typed.trim().toLowerCase() === confirm
  const why = whyNot(planned, { lacks, confirmed })

  async function run(id: string): Promise<void> {
    setStarting(true)
    setRunError(undefined)
    try {
      const { job } = await client.call('act.run', { plan: id })
      await queries.invalidateQueries({ queryKey: keys.jobs })
      navigate({ ...route, job })
    } catch (thrown) {
      setRunError(errorBody(thrown))
      planned.again()
    } finally {
      setStarting(false)
    }
  }

  return (
    <div className={page.page}>
      <header className={page.header}>
        <h1 className={page.title} title={repository}>
          {titleOf(act, tags)} <span className={css.where}>in {shortReference(repository)}</span>
        </h1>
        {why !== undefined && (
          <span id="why-not" className={page.note}>
            {why}
          </span>
        )}
        <Button
          variant="default"
          leftSection={<IconRefresh size={15} />}
          disabled={planned.planning || (!plan && !planned.error)}
          onClick={planned.again}
        >
          Plan again
        </Button>
        <Button
          loading={starting}
          className={confirm === undefined ? undefined : css.dangerous}
          disabled={!plan || planned.planning || why !== undefined}
          aria-describedby={why === undefined ? undefined : 'why-not'}
          onClick={() => plan && void run(plan.id)}
        >
          {plan && !plan.empty ? runWords(plan) : actWords[act].title}
        </Button>
      </header>
      <div className={`${page.columns} ${css.columns}`}>
        <div className={page.left}>
          <ActForm subject={subject} draft={draft} change={(part) => setDraft((old) => ({ ...old, ...part }))} />
          {runError && <ErrorPanel error={runError} />}
          {plan && <FindingList findings={plan.findings} />}
          {plan && confirm !== undefined && !plan.empty && (
            <Confirm words={confirm} typed={typed} onType={setTyped} onConfirm={() => confirmed && void run(plan.id)} />
          )}
        </div>
        <ActPlanView planned={planned} lacks={lacks} act={act} />
      </div>
    </div>
  )
}

/** A plan that nobody waits for any more is ended in the engine, too: it may be reading thousands of manifests. */
const makePlan = (client: Client, act: ActRequestInput, signal: AbortSignal): Promise<ActPlan> => {
  const run = runName()
  signal.addEventListener('abort', () => void client.call('run.cancel', { run }))
  return client.call('act.plan', { act, run })
}

/** The act and what it is for: one tag by its name, several by their number. */
function titleOf(act: ActKind, tags: readonly string[]): string {
  const { title } = actWords[act]
  const [first] = tags
  if (first === undefined) return title
  return `${title} ${tags.length === 1 ? shortTag(first) : plural(tags.length, 'tag')}`
}

function whyNot(
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
