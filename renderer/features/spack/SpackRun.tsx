import { IconPlayerStop } from '@tabler/icons-react'
import { type ReactNode, useEffect, useMemo, useState } from 'react'
import { formatDuration, plural } from '../../../main/api/format.ts'
import type { Job, JobItem } from '../../../main/api/models.ts'
import { Command } from '../../ui/Command.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { ItemProgress } from '../activity/ItemProgress.tsx'
import { JobActions } from '../activity/JobActions.tsx'
import { JobBar } from '../activity/JobBar.tsx'
import { JobStateMark } from '../activity/JobStateMark.tsx'
import { overallPart, phaseCounts } from '../activity/progress.ts'
import { phaseWords } from '../stack/model.ts'
import { OutputView } from './OutputView.tsx'
import { RunFindings } from './RunFindings.tsx'
import css from './run.module.css'

interface RunProps {
  readonly job: Job
  /** Called with the id of the job that a retry began. */
  readonly onRetried: (job: string) => void
  readonly onPackage?: (hash: string) => void
  /** What one does next. */
  readonly actions?: ReactNode
}

/** A run of Spack: how far it is, what it prints, package by package, how it ended. */
export function SpackRun({ job, onRetried, onPackage, actions }: RunProps) {
  const items = useMemo(() => ordered(job.progress.items), [job.progress.items])
  const running = job.state === 'running'
  return (
    <div className={css.run}>
      <header className={css.head}>
        <h2 className={css.title} title={job.title}>
          {job.title}
        </h2>
        <div className={css.actions}>
          <JobActions job={job} onRetried={onRetried} />
          {actions}
        </div>
      </header>
      <Progress job={job} />
      {job.ending && (
        <p className={css.ending} role="status">
          <IconPlayerStop size={16} aria-hidden />
          Stopping. Spack was interrupted, as with Ctrl-C, and gets some seconds to take its locks and half-made
          prefixes away; what does not end by then is killed.
        </p>
      )}
      <Outcome job={job} onPackage={onPackage} />
      <div className={css.body}>
        <OutputView key={job.id} job={job.id} fileName={`spack-${job.id}.txt`} running={running} />
        {items.length > 0 && (
          <aside className={css.packages} aria-label="Packages">
            <ItemProgress items={items} kind="spack" over={!running} />
          </aside>
        )}
      </div>
      <Command value={job.command} line />
    </div>
  )
}

const order = { failed: 0, build: 1, unpack: 1, register: 1, fetch: 1, waiting: 2, skipped: 3, done: 4 } as const

/** What failed and what is in work first. */
function ordered(items: readonly JobItem[]): readonly JobItem[] {
  const place = ({ phase }: JobItem): number => (phase in order ? order[phase as keyof typeof order] : 1)
  return items.toSorted((a, b) => place(a) - place(b))
}

function Progress({ job }: { job: Job }) {
  const { progress, state, endedAt, startedAt } = job
  const counted = progress.itemsTotal > 0
  const part = overallPart(job)
  const now = useNow(state === 'running')
  return (
    <section aria-label="Progress">
      {(counted || state !== 'running') && (
        <JobBar label="Packages done" part={state === 'running' || counted ? part : 1} state={state} />
      )}
      <p className={css.facts}>
        <JobStateMark job={job} />
        <span className={css.time}>{formatDuration(wholeSeconds((endedAt ?? now) - startedAt, state))}</span>
        {counted && (
          <span>
            {progress.itemsDone} of {plural(progress.itemsTotal, 'package')}
          </span>
        )}
        <span className={css.dim}>{phasesOf(progress.items, state === 'running' ? phases : settled)}</span>
        <span className={css.started}>
          started <RelativeTime at={startedAt} />
        </span>
      </p>
    </section>
  )
}

/** While it runs, whole seconds: tenths would flicker. */
function wholeSeconds(milliseconds: number, state: Job['state']): number {
  const seconds = Math.max(0, milliseconds / 1000)
  return state === 'running' ? Math.floor(seconds) : seconds
}

const settled = ['failed', 'skipped'] as const
const phases = ['build', 'fetch', 'unpack', 'register', 'waiting', ...settled] as const

function phasesOf(items: readonly JobItem[], told: readonly (typeof phases)[number][]): string {
  const counts = phaseCounts(items)
  return told
    .filter((phase) => counts[phase] > 0)
    .map((phase) => `${counts[phase]} ${phaseWords[phase]}`)
    .join(' · ')
}

/** The present time, every second. */
function useNow(ticks: boolean): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (!ticks) return
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [ticks])
  return now
}

/** How it ended, when it did not go well. */
function Outcome({ job, onPackage }: { job: Job; onPackage?: (hash: string) => void }) {
  const { ran, error, state } = job
  if (state === 'running' || (state === 'done' && (ran?.findings.length ?? 0) === 0)) return undefined
  if (ran) {
    return (
      <section className={css.outcome} aria-label="What went wrong">
        {state === 'failed' && <h3>{howEnded(ran.exitCode, ran.signal)}</h3>}
        <RunFindings findings={ran.findings} onPackage={onPackage} />
      </section>
    )
  }
  if (error && error.code !== 'cancelled') return <ErrorPanel error={error} />
  return <p className={css.dim}>{state === 'interrupted' ? interrupted : cancelled}</p>
}

const interrupted = 'Strata itself ended while this ran. What was printed until then is here.'
const cancelled = 'It was stopped: nothing of what it started runs any more. What was installed until then stays.'

function howEnded(exitCode: number | undefined, signal: string | undefined): string {
  return exitCode === undefined
    ? `Spack was ended by ${signal ?? 'a signal'}`
    : `Spack ended with exit status ${exitCode}`
}
