import { Button } from '@mantine/core'
import { IconServer2 } from '@tabler/icons-react'
import type { RegistriesRoute } from '../../../app/routes.ts'
import { navigate, replaceRoute } from '../../../app/use-route.ts'
import { useJobs } from '../../../engine.ts'
import { EmptyState } from '../../../ui/EmptyState.tsx'
import { Waiting } from '../../../ui/Waiting.tsx'
import { JobView } from '../../activity/JobView.tsx'
import page from '../../planning/page.module.css'

/** The job of an act, in the place of its plan. */
export function ActJob({ route, id }: { readonly route: RegistriesRoute; readonly id: string }) {
  const jobs = useJobs()
  const job = jobs.data?.find((j) => j.id === id)
  const back = () => navigate({ screen: 'registries', repository: route.repository })
  if (!job) {
    if (!jobs.isFetched) return <Waiting words="Reading the job" />
    return (
      <EmptyState
        icon={IconServer2}
        title="This job is no longer listed"
        actions={<Button onClick={back}>Back to the tags</Button>}
      >
        It was cleared from the activity. What it did is in the registry.
      </EmptyState>
    )
  }
  return (
    <div className={page.page}>
      <JobView
        job={job}
        onRetried={(next) => replaceRoute({ ...route, job: next })}
        actions={
          job.endedAt !== undefined && (
            <Button variant="default" onClick={back}>
              Back to the tags
            </Button>
          )
        }
      />
    </div>
  )
}
