import { Button } from '@mantine/core'
import { IconUpload } from '@tabler/icons-react'
import type { EnvironmentRef } from '../../../main/api/models.ts'
import { formatRoute, type Route } from '../../app/routes.ts'
import { navigate, replaceRoute } from '../../app/use-route.ts'
import { useJobs, useWorkspace } from '../../engine.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import { JobView } from '../activity/JobView.tsx'
import { EnvironmentSelect } from '../planning/EnvironmentSelect.tsx'
import page from '../planning/page.module.css'
import { PushPage } from './PushPage.tsx'

type PushRoute = Extract<Route, { screen: 'push' }>

/** Push: choose an environment, plan, and while the job of this page runs, its progress in the plan's place. */
export function PushScreen({ route }: { readonly route: PushRoute }) {
  if (!route.ref) return <ChooseEnvironment />
  if (route.job !== undefined) return <RunningPush environment={route.ref} id={route.job} />
  return <PushPage environment={route.ref} />
}

function RunningPush({ environment, id }: { environment: EnvironmentRef; id: string }) {
  const jobs = useJobs()
  const job = jobs.data?.find((j) => j.id === id)
  if (!job) {
    if (!jobs.isFetched) return <Waiting words="Reading the job" />
    return (
      <EmptyState
        icon={IconUpload}
        title="This push is no longer listed"
        actions={<Button onClick={() => navigate({ screen: 'push', ref: environment })}>Plan it anew</Button>}
      >
        It was cleared from the activity. What it pushed is in the registry.
      </EmptyState>
    )
  }
  return (
    <div className={page.page}>
      <JobView
        job={job}
        onRetried={(next) => replaceRoute({ screen: 'push', ref: environment, job: next })}
        onPackage={(hash) => navigate({ screen: 'environments', ref: environment, view: 'table', package: hash })}
        actions={
          job.endedAt !== undefined && (
            <Button variant="default" onClick={() => navigate({ screen: 'push', ref: environment })}>
              Push again…
            </Button>
          )
        }
      />
    </div>
  )
}

function ChooseEnvironment() {
  const workspace = useWorkspace()
  if (!workspace.data) return <Waiting words="Looking for environments" />
  const all = [...workspace.data.instances.flatMap((i) => i.environments), ...workspace.data.folders]
  if (all.length === 0) {
    return (
      <EmptyState
        icon={IconUpload}
        title="No environment to push yet"
        actions={
          <Button component="a" href={formatRoute({ screen: 'environments', view: 'table' })}>
            Go to Environments
          </Button>
        }
      >
        A push packs the installed packages of a Spack environment and sends them to an OCI registry. Open a Spack
        installation, a folder with a spack.yaml, or the sample first.
      </EmptyState>
    )
  }
  return (
    <EmptyState
      icon={IconUpload}
      title="What to push"
      actions={<EnvironmentSelect entries={all} onChoose={(ref) => navigate({ screen: 'push', ref })} />}
    >
      Choose an environment. The next page shows what a push would do before it does anything.
    </EmptyState>
  )
}
