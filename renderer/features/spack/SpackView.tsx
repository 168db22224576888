import { Button } from '@mantine/core'
import { IconDownload, IconTerminal2, IconUpload } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { ErrorBody } from '../../../main/api/errors.ts'
import type { SpackAction, SpackPlan, SpackRunRequestInput } from '../../../main/api/spack-runs.ts'
import { navigate, replaceRoute } from '../../app/use-route.ts'
import { type Client, errorBody } from '../../client.ts'
import { keys, useClient, useJobs } from '../../engine.ts'
import { assertNever } from '../../ui/assert.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import type { OneEnvironment, RoomProps } from '../environments/room.ts'
import { useLivePlan } from '../planning/use-live-plan.ts'
import { likelyAction, toRequest, useSpackDraft } from './drafts.ts'
import { SpackForm } from './SpackForm.tsx'
import { SpackPlanView } from './SpackPlanView.tsx'
import { SpackRun } from './SpackRun.tsx'
import css from './spack.module.css'

/** Running the user's own Spack in an environment: what it is to do, the exact command, and the run itself. */
export function SpackView({ route, environment }: RoomProps) {
  if (route.job !== undefined) return <Running route={route} id={route.job} />
  return <Planning route={route} environment={environment} />
}

/** Only local files are read for it. */
const pause = 120

function Planning({ route, environment }: RoomProps) {
  const client = useClient()
  const queries = useQueryClient()
  const { ref } = route
  const [draft, change] = useSpackDraft(ref)
  const action = route.run ?? likelyAction(environment)
  const specs = action === 'concretize' ? [] : (route.specs ?? [])
  const request = toRequest(ref, action, specs, draft)
  const planned = useLivePlan(request, makePlan, pause)
  const [runError, setRunError] = useState<ErrorBody>()
  const [starting, setStarting] = useState(false)

  async function run(plan: string): Promise<void> {
    setStarting(true)
    setRunError(undefined)
    try {
      const { job } = await client.call('spack.run', { plan })
      await queries.invalidateQueries({ queryKey: keys.jobs })
      navigate({ ...route, run: action, specs, job })
    } catch (thrown) {
      setRunError(errorBody(thrown))
      planned.again()
    } finally {
      setStarting(false)
    }
  }

  return (
    <div className={css.columns}>
      <div className={css.left}>
        <SpackForm
          environment={environment}
          action={action}
          onAction={(next) => replaceRoute({ ...route, run: next })}
          specs={specs}
          onSpecs={(next) => replaceRoute({ ...route, run: action, specs: next.length > 0 ? next : undefined })}
          draft={draft}
          change={change}
        />
      </div>
      <SpackPlanView
        planned={planned}
        complete={request !== undefined}
        starting={starting}
        runError={runError}
        onRun={(plan) => void run(plan)}
        onPackage={showPackage(ref)}
      />
    </div>
  )
}

const makePlan = (client: Client, request: SpackRunRequestInput): Promise<SpackPlan> =>
  client.call('spack.plan', request)

function showPackage(ref: OneEnvironment['ref']): (hash: string) => void {
  return (hash) => navigate({ screen: 'environments', ref, view: 'table', package: hash })
}

function Running({ route, id }: { route: OneEnvironment; id: string }) {
  const jobs = useJobs()
  const job = jobs.data?.find((one) => one.id === id)
  const back = () => navigate({ ...route, job: undefined })
  if (!job) {
    if (!jobs.isFetched) return <Waiting words="Reading the job" />
    return (
      <EmptyState
        icon={IconTerminal2}
        title="This run is no longer listed"
        actions={<Button onClick={back}>Plan it anew</Button>}
      >
        It was cleared from the activity, and what it printed with it.
      </EmptyState>
    )
  }
  const over = job.state !== 'running'
  return (
    <SpackRun
      job={job}
      onRetried={(next) => replaceRoute({ ...route, job: next })}
      onPackage={showPackage(route.ref)}
      actions={
        over && (
          <>
            <Button variant="default" onClick={back}>
              Change…
            </Button>
            {job.state === 'done' && route.run !== undefined && whatNext(route, route.run)}
          </>
        )
      }
    />
  )
}

/** What usually comes after it. */
function whatNext(route: OneEnvironment, action: SpackAction): ReactNode {
  switch (action) {
    case 'concretize':
      return (
        <Button
          leftSection={<IconDownload size={15} />}
          onClick={() => navigate({ ...route, run: 'install', specs: undefined, job: undefined })}
        >
          Install…
        </Button>
      )
    case 'install':
      return (
        <Button leftSection={<IconUpload size={15} />} onClick={() => navigate({ screen: 'push', ref: route.ref })}>
          Push…
        </Button>
      )
    case 'uninstall':
    case 'find':
      return undefined
    default:
      return assertNever(action)
  }
}
