import { Button } from '@mantine/core'
import { IconUpload } from '@tabler/icons-react'
import { formatRoute, type Route } from '../../app/routes.ts'
import { navigate, replaceRoute } from '../../app/use-route.ts'
import { useWorkspace } from '../../engine.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import { JobPage } from '../activity/JobPage.tsx'
import { EnvironmentSelect } from '../planning/EnvironmentSelect.tsx'
import { PushPage } from './PushPage.tsx'

type PushRoute = Extract<Route, { screen: 'push' }>

/** Push: choose an environment, plan, and while the job of this page runs, its progress in the plan's place. */
export function PushScreen({ route }: { readonly route: PushRoute }) {
  const { ref } = route
  if (!ref) return <ChooseEnvironment />
  if (route.job === undefined) return <PushPage environment={ref} />
  return (
    <JobPage
      id={route.job}
      icon={IconUpload}
      what="push"
      where="in the registry"
      onRetried={(job) => replaceRoute({ screen: 'push', ref, job })}
      onPackage={(hash) => navigate({ screen: 'environments', ref, view: 'table', package: hash })}
      next={{ words: 'Push again…', to: { screen: 'push', ref } }}
    />
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
