import { formatRate, plural } from '../../main/api/format.ts'
import type { Job } from '../../main/api/models.ts'
import { formatRoute } from './routes.ts'
import css from './shell.module.css'

/** How many jobs run and how fast; leads to them. Nothing when none does. */
export function JobsIndicator({ jobs }: { readonly jobs: readonly Job[] }) {
  const running = jobs.filter((j) => j.state === 'running')
  const [first] = running
  if (!first) return undefined
  const rate = running.reduce((sum, j) => sum + j.progress.rate, 0)
  return (
    <a
      className={css.jobs}
      href={formatRoute({ screen: 'activity', job: running.length === 1 ? first.id : undefined })}
    >
      <i aria-hidden />
      {plural(running.length, 'job')}
      {/* Spack does not say how many bytes it moves. */}
      {running.some((j) => j.kind !== 'spack') && <span className={css.rate}>{formatRate(rate)}</span>}
    </a>
  )
}
