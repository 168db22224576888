import { Button } from '@mantine/core'
import { IconClockHour4, IconTrash } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { plural } from '../../../main/api/format.ts'
import type { Route } from '../../app/routes.ts'
import { navigate, replaceRoute } from '../../app/use-route.ts'
import { errorBody } from '../../client.ts'
import { keys, useClient, useJobs } from '../../engine.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import css from './activity.module.css'
import { JobRow } from './JobRow.tsx'
import { JobView } from './JobView.tsx'

type ActivityRoute = Extract<Route, { screen: 'activity' }>

/** Running and past jobs at the left, the chosen one in the rest. */
export function ActivityScreen({ route }: { readonly route: ActivityRoute }) {
  const client = useClient()
  const queries = useQueryClient()
  const jobs = useJobs()
  if (jobs.error) {
    return (
      <div className={css.alone}>
        <ErrorPanel error={errorBody(jobs.error)} />
      </div>
    )
  }
  if (!jobs.data) return <Waiting words="Reading the journal" />
  if (jobs.data.length === 0) {
    return (
      <EmptyState
        icon={IconClockHour4}
        title="Nothing has run yet"
        actions={<Button onClick={() => navigate({ screen: 'push' })}>Push…</Button>}
      >
        Every push and every install appears here while it runs and stays when it has ended: what it did, how fast, its
        log, and where it stopped.
      </EmptyState>
    )
  }
  const ended = jobs.data.filter((j) => j.endedAt !== undefined).length
  const chosen = jobs.data.find((j) => j.id === route.job) ?? jobs.data[0]

  async function clear(): Promise<void> {
    await client.call('jobs.clear', {})
    await queries.invalidateQueries({ queryKey: keys.jobs })
    replaceRoute({ screen: 'activity' })
  }

  return (
    <div className={css.screen}>
      <aside className={css.list} aria-label="Jobs">
        <ul className={css.listScroll}>
          {jobs.data.map((job) => (
            <JobRow key={job.id} job={job} current={job.id === chosen?.id} />
          ))}
        </ul>
        {ended > 0 && (
          <div className={css.listFoot}>
            <Button variant="subtle" color="gray" leftSection={<IconTrash size={15} />} onClick={() => void clear()}>
              Clear {plural(ended, 'ended job')}
            </Button>
          </div>
        )}
      </aside>
      {chosen && <JobView key={chosen.id} job={chosen} onRetried={(job) => navigate({ screen: 'activity', job })} />}
    </div>
  )
}
