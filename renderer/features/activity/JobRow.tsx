import type { Job } from '../../../main/api/models.ts'
import { formatRoute } from '../../app/routes.ts'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { ThinBar } from '../../ui/ThinBar.tsx'
import css from './activity.module.css'
import { JobStateMark } from './JobStateMark.tsx'
import { overallPart } from './progress.ts'

/** One job in the list: what, how it stands, since when. */
export function JobRow({ job, current }: { readonly job: Job; readonly current: boolean }) {
  const part = overallPart(job)
  // Concretizing counts nothing: there is no part of it to show.
  const counted = job.kind !== 'spack' || job.progress.itemsTotal > 0
  const moving = job.state === 'running' || job.state === 'paused'
  return (
    <li>
      <a
        className={css.job}
        href={formatRoute({ screen: 'activity', job: job.id })}
        aria-current={current ? 'true' : undefined}
      >
        <span className={css.jobTitle} title={job.title}>
          {job.title}
        </span>
        <span className={css.jobMeta}>
          <JobStateMark job={job} />
          {moving && counted ? (
            <span>{Math.floor(part * 100)} %</span>
          ) : (
            <RelativeTime at={job.endedAt ?? job.startedAt} />
          )}
        </span>
        {moving && counted && <ThinBar part={part} className={css.rowBar} />}
      </a>
    </li>
  )
}
