import { IconClockPause } from '@tabler/icons-react'
import { formatDuration, formatRate } from '../../../main/api/format.ts'
import type { Job, JobItem } from '../../../main/api/models.ts'
import { Bytes } from '../../ui/Bytes.tsx'
import { ThinBar } from '../../ui/ThinBar.tsx'
import { phaseWords } from '../stack/model.ts'
import css from './activity.module.css'
import { JobBar } from './JobBar.tsx'
import { itemsInWork, overallPart, phaseCounts } from './progress.ts'

const bytesWords = {
  push: 'Bytes packed and bytes sent, together',
  install: 'Bytes fetched and bytes unpacked, together',
  act: 'Bytes copied, freed or read',
  spack: 'Spack does not say how many bytes it moves',
} as const satisfies Record<Job['kind'], string>

// As many lines as a machine has packages in work, and then a number.
const linesShown = 8

/** The overall bar with rate and time left, and a line for each package in work. */
export function JobProgressView({ job }: { readonly job: Job }) {
  const { progress, state } = job
  const part = overallPart(job)
  const running = state === 'running'
  const lines = itemsInWork(progress.items)
  return (
    <section aria-label="Progress">
      <JobBar label="All of the job" part={part} state={state} />
      <p className={css.amounts}>
        <b>{Math.floor(part * 100)} %</b>
        {state !== 'done' && (
          <span title={bytesWords[job.kind]}>
            <Bytes value={progress.bytesDone} /> of <Bytes value={progress.bytesTotal} />
          </span>
        )}
        {running && <span>{formatRate(progress.rate)}</span>}
        {running && progress.secondsLeft !== undefined && <span>{formatDuration(progress.secondsLeft)} left</span>}
      </p>
      <p className={css.counts}>{countWords(progress.items)}</p>
      {progress.waiting !== undefined && (
        <p className={css.waiting} role="status">
          <IconClockPause size={15} aria-hidden /> {progress.waiting}
        </p>
      )}
      {(running || state === 'paused') && lines.length > 0 && (
        <ul className={css.items} aria-label="In work">
          {lines.slice(0, linesShown).map((item) => (
            <Item key={item.key} item={item} />
          ))}
          {lines.length > linesShown && <li className={css.counts}>and {lines.length - linesShown} more</li>}
        </ul>
      )}
    </section>
  )
}

function Item({ item }: { item: JobItem }) {
  const part = item.total > 0 ? Math.min(1, item.done / item.total) : 0
  return (
    <li className={css.item} data-phase={item.phase}>
      <span className={css.itemName} title={item.name}>
        {item.name}
      </span>
      <span>{phaseWords[item.phase]}</span>
      {item.phase === 'failed' ? <ThinBar part={1} hue="problem" /> : <ThinBar part={part} />}
      <span className={css.itemBytes}>
        {item.total > 0 && item.phase !== 'failed' && (
          <>
            <Bytes value={item.done} /> of <Bytes value={item.total} />
          </>
        )}
      </span>
    </li>
  )
}

function countWords(items: readonly JobItem[]): string {
  const counts = phaseCounts(items)
  return (
    ['done', 'register', 'unpack', 'fetch', 'upload', 'pack', 'act', 'build', 'waiting', 'failed', 'skipped'] as const
  )
    .filter((phase) => counts[phase] > 0)
    .map((phase) => `${counts[phase]} ${phaseWords[phase]}`)
    .join(' · ')
}
