import { type ReactNode, useMemo } from 'react'
import { formatDuration } from '../../../main/api/format.ts'
import type { Job } from '../../../main/api/models.ts'
import { Command } from '../../ui/Command.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { SpackRun } from '../spack/SpackRun.tsx'
import { LayerStack } from '../stack/LayerStack.tsx'
import { packedSizes, progressByKey } from '../stack/model.ts'
import { ActOutcome } from './ActOutcome.tsx'
import css from './activity.module.css'
import { InstallOutcome } from './InstallOutcome.tsx'
import { ItemProgress } from './ItemProgress.tsx'
import { JobActions } from './JobActions.tsx'
import { JobLog } from './JobLog.tsx'
import { JobProgressView } from './JobProgressView.tsx'
import { JobStateMark } from './JobStateMark.tsx'
import { PushOutcome } from './PushOutcome.tsx'

type OtherKind = Exclude<Job['kind'], 'spack'>

interface JobViewProps {
  readonly job: Job
  /** Called with the id of the job that a retry began. */
  readonly onRetried: (job: string) => void
  readonly onPackage?: (hash: string) => void
  readonly actions?: ReactNode
}

const sides = { push: 'Layer stack', install: 'Packages', act: 'Steps' } as const satisfies Record<OtherKind, string>

/** One job: how far it is, what it did, its log; at the right the stack that a push fills, or the packages of an install, and what an act does, step by step. A run of Spack is what it prints. */
export function JobView(props: JobViewProps) {
  const { kind } = props.job
  return kind === 'spack' ? <SpackRun {...props} /> : <StepsOfJob {...props} kind={kind} />
}

function StepsOfJob({ job, kind, onRetried, onPackage, actions }: JobViewProps & { kind: OtherKind }) {
  const { items } = job.progress
  const progress = useMemo(() => progressByKey(items), [items])
  const layers = useMemo(() => packedSizes(job.stack, items), [job.stack, items])
  // Of an install there is no stack; an act has one when its image is put together.
  const asSteps = kind !== 'push' && job.stack.length === 0
  return (
    <div className={css.view}>
      <header className={css.header}>
        <h1 className={css.title} title={job.title}>
          {job.title}
        </h1>
        <JobActions job={job} onRetried={onRetried} />
        {actions}
      </header>
      <div className={css.columns}>
        <div className={css.left}>
          <p className={css.when}>
            <JobStateMark job={job} />
            <span>
              started <RelativeTime at={job.startedAt} />
              {job.endedAt !== undefined && `, took ${formatDuration((job.endedAt - job.startedAt) / 1000)}`}
            </span>
          </p>
          <JobProgressView job={job} />
          {job.error && <ErrorPanel error={job.error} />}
          {job.result && <PushOutcome result={job.result} />}
          {job.installed && <InstallOutcome result={job.installed} />}
          {job.acted && <ActOutcome result={job.acted} />}
          <JobLog log={job.log} />
        </div>
        {(job.stack.length > 0 || kind !== 'push') && (
          <section className={css.stackSide} aria-label={asSteps ? sides[kind] : sides.push}>
            <div className={css.stackBox}>
              {asSteps ? (
                <ItemProgress items={items} kind={kind} />
              ) : (
                <LayerStack layers={layers} title={job.title} progress={progress} onOpen={onPackage} />
              )}
            </div>
            <Command value={job.command} line />
          </section>
        )}
      </div>
    </div>
  )
}
