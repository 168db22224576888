import {
  type Icon,
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleX,
  IconHandStop,
  IconPlayerPause,
  IconPlugConnectedX,
  IconProgress,
} from '@tabler/icons-react'
import type { Job } from '../../../main/api/models.ts'
import css from './activity.module.css'
import { failuresOf } from './progress.ts'

type Mark = { readonly icon: Icon; readonly word: string; readonly hue: string }

const marks = {
  running: { icon: IconProgress, word: 'running', hue: 'build' },
  paused: { icon: IconPlayerPause, word: 'paused', hue: 'warning' },
  done: { icon: IconCircleCheck, word: 'done', hue: 'reuse' },
  failed: { icon: IconCircleX, word: 'failed', hue: 'problem' },
  cancelled: { icon: IconHandStop, word: 'cancelled', hue: 'present' },
  interrupted: { icon: IconPlugConnectedX, word: 'interrupted', hue: 'warning' },
} as const satisfies Record<Job['state'], Mark>

/** How a job stands: icon and word. A job that is done but left something out says so. */
export function JobStateMark({ job }: { readonly job: Job }) {
  const incomplete = job.state === 'done' && failuresOf(job).length > 0
  const mark: Mark = incomplete ? { icon: IconAlertTriangle, word: 'incomplete', hue: 'warning' } : marks[job.state]
  return (
    <span className={css.mark} data-hue={mark.hue}>
      <mark.icon size={15} aria-hidden />
      {mark.word}
    </span>
  )
}
