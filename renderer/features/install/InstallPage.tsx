import { Button } from '@mantine/core'
import { IconDownload, IconX, IconZoomCheck } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { ErrorBody } from '../../../main/api/errors.ts'
import { plural } from '../../../main/api/format.ts'
import type { InstallPlan, InstallRequestInput } from '../../../main/api/install.ts'
import { navigate } from '../../app/use-route.ts'
import { type Client, errorBody } from '../../client.ts'
import { keys, useClient } from '../../engine.ts'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { PlanAgain, PlanHeader } from '../planning/PlanHeader.tsx'
import page from '../planning/page.module.css'
import { useLivePlan } from '../planning/use-live-plan.ts'
import { lacking, toRequest, useInstallDraft } from './drafts.ts'
import { InstallFindings } from './InstallFindings.tsx'
import { InstallForm } from './InstallForm.tsx'
import { InstallPlanView } from './InstallPlanView.tsx'
import css from './install.module.css'
import { blockers, installSums } from './model.ts'
import { useCheck } from './use-check.ts'
import { useDefaults } from './use-defaults.ts'

/** The form at the left, the live plan at the right, and the two buttons that look into it and run it. */
export function InstallPage() {
  const client = useClient()
  const queries = useQueryClient()
  const said = useInstallDraft((drafts) => drafts.draft)
  const change = useInstallDraft((drafts) => drafts.change)
  const { draft, offers } = useDefaults(said)
  // Before the mirrors are read the cache is unknown, and a plan would be made of the wrong one.
  const request = offers.ready ? toRequest(draft) : undefined
  const planned = useLivePlan(request, makePlan)
  const { check, start, cancel } = useCheck(planned.plan?.id)
  const [runError, setRunError] = useState<ErrorBody>()
  const [starting, setStarting] = useState(false)
  const [shown, setShown] = useState<string>()
  const plan = check.kind === 'done' ? check.plan : planned.plan

  async function run(id: string): Promise<void> {
    setStarting(true)
    setRunError(undefined)
    try {
      const { job } = await client.call('install.run', { plan: id })
      await queries.invalidateQueries({ queryKey: keys.jobs })
      navigate({ screen: 'install', job })
    } catch (thrown) {
      setRunError(errorBody(thrown))
      planned.again()
    } finally {
      setStarting(false)
    }
  }

  const { writable, stuck } = installSums(plan?.packages ?? [])
  const lacks = lacking(draft)
  const why = planned.planning
    ? undefined
    : ((lacks && `${lacks} first`) ?? (planned.error ? 'No plan could be made' : plan && whyNot(plan)))
  const busy = planned.planning || check.kind === 'running'
  return (
    <div className={page.page}>
      <PlanHeader
        title="Install"
        why={why ?? (stuck > 0 && !planned.planning ? `${plural(stuck, 'package')} will be left out` : undefined)}
        grave={stuck > 0}
        run={{
          words: writable > 0 ? `Install ${plural(writable, 'package')}` : plan ? 'Nothing to install' : 'Install',
          icon: IconDownload,
          starting,
          disabled: !planned.plan || busy || why !== undefined,
          onRun: () => planned.plan && void run(planned.plan.id),
        }}
      >
        <PlanAgain disabled={busy || (!plan && !planned.error)} onAgain={planned.again} />
        {check.kind === 'running' ? (
          <Button variant="default" leftSection={<IconX size={16} />} onClick={cancel}>
            Cancel the check
          </Button>
        ) : (
          <Button
            variant="default"
            leftSection={<IconZoomCheck size={16} />}
            title="Fetches the packages and looks into every file; installs nothing"
            disabled={planned.planning || !request || writable === 0 || check.kind === 'done'}
            onClick={() => request && void start(request)}
          >
            Check relocation
          </Button>
        )}
      </PlanHeader>
      <div className={`${page.columns} ${css.columns}`}>
        <div className={page.left}>
          <InstallForm draft={draft} change={change} offers={offers} />
          {runError && <ErrorPanel error={runError} />}
          {plan && <InstallFindings plan={plan} onPackage={setShown} />}
        </div>
        <InstallPlanView planned={planned} check={check} lacks={lacks} shown={shown} onShow={setShown} />
      </div>
    </div>
  )
}

const makePlan = (client: Client, request: InstallRequestInput): Promise<InstallPlan> =>
  client.call('install.plan', request)

/** Why a plan cannot be run; what stands in the way of single packages only leaves those out. */
function whyNot(plan: InstallPlan): string | undefined {
  const problems = blockers(plan)
  if (problems > 0) return `${plural(problems, 'problem')} to settle first`
  const { writable, stuck } = installSums(plan.packages)
  if (writable > 0) return undefined
  return stuck > 0 ? 'None of it can be installed' : 'All of it is there already'
}
