import { Button } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useEffect } from 'react'
import type { Route } from '../../app/routes.ts'
import { navigate, replaceRoute } from '../../app/use-route.ts'
import { useJobs } from '../../engine.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import { JobView } from '../activity/JobView.tsx'
import page from '../planning/page.module.css'
import { saidBy, useInstallDraft } from './drafts.ts'
import { InstallPage } from './InstallPage.tsx'

type InstallRoute = Extract<Route, { screen: 'install' }>

/** Install: say from where, what and into what; plan, check, and while the job of this page runs, its progress. */
export function InstallScreen({ route }: { readonly route: InstallRoute }) {
  const change = useInstallDraft((drafts) => drafts.change)
  useEffect(() => change(saidBy(route)), [route, change])
  if (route.job !== undefined) return <RunningInstall id={route.job} />
  return <InstallPage />
}

function RunningInstall({ id }: { id: string }) {
  const jobs = useJobs()
  const job = jobs.data?.find((j) => j.id === id)
  if (!job) {
    if (!jobs.isFetched) return <Waiting words="Reading the job" />
    return (
      <EmptyState
        icon={IconDownload}
        title="This install is no longer listed"
        actions={<Button onClick={() => navigate({ screen: 'install' })}>Plan it anew</Button>}
      >
        It was cleared from the activity. What it installed is in the store.
      </EmptyState>
    )
  }
  return (
    <div className={page.page}>
      <JobView
        job={job}
        onRetried={(next) => replaceRoute({ screen: 'install', job: next })}
        actions={
          job.endedAt !== undefined && (
            <Button variant="default" onClick={() => navigate({ screen: 'install' })}>
              Install more…
            </Button>
          )
        }
      />
    </div>
  )
}
