import { IconUpload } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { ErrorBody } from '../../../main/api/errors.ts'
import { plural } from '../../../main/api/format.ts'
import type { EnvironmentRef, PushPlan, PushRequestInput } from '../../../main/api/models.ts'
import { refName } from '../../app/routes.ts'
import { navigate } from '../../app/use-route.ts'
import { type Client, errorBody } from '../../client.ts'
import { keys, useClient, useEnvironment, useSettings } from '../../engine.ts'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { FindingList } from '../../ui/FindingList.tsx'
import { PlanAgain, PlanHeader } from '../planning/PlanHeader.tsx'
import page from '../planning/page.module.css'
import { type PlanState, useLivePlan } from '../planning/use-live-plan.ts'
import { toRequest, usePushDraft, withDefaults } from './drafts.ts'
import { PlanPackages } from './PlanPackages.tsx'
import { PlanView } from './PlanView.tsx'
import { PushForm } from './PushForm.tsx'

/** The form at the left, the live plan at the right, and the one button that runs it. */
export function PushPage({ environment: ref }: { readonly environment: EnvironmentRef }) {
  const client = useClient()
  const queries = useQueryClient()
  const environment = useEnvironment(ref)
  const settings = useSettings().data
  const [said, change] = usePushDraft(ref)
  const draft = withDefaults(said, environment.data, settings)
  // Before the environment is read its mirror is unknown, and a plan would be made for the wrong target.
  const ready = environment.data !== undefined && settings !== undefined
  const planned = useLivePlan(ready ? toRequest(ref, draft) : undefined, makePlan)
  const [runError, setRunError] = useState<ErrorBody>()
  const [starting, setStarting] = useState(false)
  const { plan } = planned
  const problems = plan?.findings.filter((f) => f.severity === 'problem').length ?? 0

  async function run(id: string): Promise<void> {
    setStarting(true)
    setRunError(undefined)
    try {
      const { job } = await client.call('push.run', { plan: id })
      await queries.invalidateQueries({ queryKey: keys.jobs })
      navigate({ screen: 'push', ref, job })
    } catch (thrown) {
      setRunError(errorBody(thrown))
      planned.again()
    } finally {
      setStarting(false)
    }
  }

  const openPackage = (hash: string) => navigate({ screen: 'environments', ref, view: 'table', package: hash })
  const act = plan && primaryAct(plan)
  const why = whyNot(planned, { hasTarget: draft.to.trim() !== '', act, problems })
  return (
    <div className={page.page}>
      <PlanHeader
        title={`Push ${environment.data?.name ?? refName(ref)}`}
        why={why}
        grave={problems > 0}
        run={{
          words: act ?? (plan ? 'Nothing to push' : 'Push'),
          icon: IconUpload,
          starting,
          disabled: !plan || planned.planning || why !== undefined,
          onRun: () => plan && void run(plan.id),
        }}
      >
        <PlanAgain disabled={planned.planning || (!plan && !planned.error)} onAgain={planned.again} />
      </PlanHeader>
      <div className={page.columns}>
        <div className={page.left}>
          {environment.error && <ErrorPanel error={errorBody(environment.error)} />}
          <PushForm environment={ref} detail={environment.data} draft={draft} change={change} planned={planned} />
          {runError && <ErrorPanel error={runError} />}
          {plan && (
            <>
              <FindingList findings={plan.findings} onPackage={openPackage} />
              <PlanPackages plan={plan} onOpen={openPackage} />
            </>
          )}
        </div>
        <PlanView planned={planned} hasTarget={draft.to.trim() !== ''} onOpen={openPackage} />
      </div>
    </div>
  )
}

const makePlan = (client: Client, request: PushRequestInput): Promise<PushPlan> => client.call('push.plan', request)

/** Why there is nothing to press: the plan says so, or there is none. While it is being made there is no telling. */
function whyNot(
  { plan, error, planning }: PlanState<PushPlan>,
  { hasTarget, act, problems }: { hasTarget: boolean; act: string | undefined; problems: number },
): string | undefined {
  if (planning) return undefined
  if (!hasTarget) return 'Say where to first'
  if (error) return 'No plan could be made'
  if (problems > 0) return `${plural(problems, 'problem')} to settle first`
  return plan && act === undefined ? 'All of it is there already' : undefined
}

/** The button's words: what this plan would do; undefined when it would do nothing. */
export function primaryAct(plan: PushPlan): string | undefined {
  const packages = plan.packages.filter((p) => p.writes).length
  if (packages > 0) return `Push ${plural(packages, 'package')}`
  if (plan.image) return `Write tag ${plan.image.tag}`
  return plan.updatesIndex ? 'Update index' : undefined
}
