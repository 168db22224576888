import { Button } from '@mantine/core'
import type { Icon } from '@tabler/icons-react'
import type { Route } from '../../app/routes.ts'
import { navigate } from '../../app/use-route.ts'
import { useJobs } from '../../engine.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import page from '../planning/page.module.css'
import { JobView } from './JobView.tsx'

interface JobPageProps {
  readonly id: string
  readonly icon: Icon
  /** What the job is, and where that is which it did: `push`, `in the registry`. */
  readonly what: string
  readonly where: string
  /** Called with the job that a retry began. */
  readonly onRetried: (job: string) => void
  readonly onPackage?: (hash: string) => void
  /** Where one goes from here. */
  readonly next: { readonly words: string; readonly to: Route }
}

/** The job that a page began, in the place of its plan. */
export function JobPage({ id, icon, what, where, onRetried, onPackage, next }: JobPageProps) {
  const jobs = useJobs()
  const job = jobs.data?.find((j) => j.id === id)
  if (!job) {
    if (!jobs.isFetched) return <Waiting words="Reading the job" />
    return (
      <EmptyState
        icon={icon}
        title={`This ${what} is no longer listed`}
        actions={<Button onClick={() => navigate(next.to)}>{next.words}</Button>}
      >
        It was cleared from the activity. What it did is {where}.
      </EmptyState>
    )
  }
  return (
    <div className={page.page}>
      <JobView
        job={job}
        onRetried={onRetried}
        onPackage={onPackage}
        actions={
          job.endedAt !== undefined && (
            <Button variant="default" onClick={() => navigate(next.to)}>
              {next.words}
            </Button>
          )
        }
      />
    </div>
  )
}
