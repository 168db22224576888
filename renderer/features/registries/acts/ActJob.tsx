import { Button } from '@mantine/core'
import { IconServer2 } from '@tabler/icons-react'
import type { Route } from '../../../app/routes.ts'
import { navigate } from '../../../app/use-route.ts'
import { useJobs } from '../../../engine.ts'
import { EmptyState } from '../../../ui/EmptyState.tsx'
import { Waiting } from '../../../ui/Waiting.tsx'
import { JobView } from '../../activity/JobView.tsx'
import page from '../../planning/page.module.css'

interface ActJobProps {
  readonly id: string
  /** Called with the job that a retry began. */
  readonly onRetried: (job: string) => void
  /** Where one goes from here. */
  readonly back: { readonly words: string; readonly to: Route }
}

/** The job of an act, in the place of its plan. */
export function ActJob({ id, onRetried, back }: ActJobProps) {
  const jobs = useJobs()
  const job = jobs.data?.find((j) => j.id === id)
  if (!job) {
    if (!jobs.isFetched) return <Waiting words="Reading the job" />
    return (
      <EmptyState
        icon={IconServer2}
        title="This job is no longer listed"
        actions={<Button onClick={() => navigate(back.to)}>{back.words}</Button>}
      >
        It was cleared from the activity. What it did is in the registry.
      </EmptyState>
    )
  }
  return (
    <div className={page.page}>
      <JobView
        job={job}
        onRetried={onRetried}
        actions={
          job.endedAt !== undefined && (
            <Button variant="default" onClick={() => navigate(back.to)}>
              {back.words}
            </Button>
          )
        }
      />
    </div>
  )
}
