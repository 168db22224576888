import pc from 'picocolors'
import { formatBytes, formatDuration, formatRate } from '../../main/api/format.ts'
import type { Job, JobItem } from '../../main/api/models.ts'

/** The screen is drawn at most this often, in milliseconds. */
const INTERVAL = 100
const BAR = 24

/** Shows a running job: a line for each package in work and an overall bar; without a terminal a line for each that ends. */
export interface LiveView {
  update(job: Job): void
  /** Takes the moving lines away. */
  end(): void
}

export function liveView(stream: NodeJS.WriteStream): LiveView {
  return stream.isTTY ? movingView(stream) : lineView(stream)
}

function movingView(stream: NodeJS.WriteStream): LiveView {
  let drawn = 0
  let drawnAt = 0
  const erase = (): void => {
    if (drawn > 0) stream.write(`\u001b[${drawn}A\u001b[0J`)
    drawn = 0
  }
  return {
    update: (job) => {
      const now = Date.now()
      if (now - drawnAt < INTERVAL) return
      drawnAt = now
      const lines = liveLines(job, stream.columns || 80, Math.max(4, (stream.rows || 24) - 4))
      erase()
      stream.write(`${lines.join('\n')}\n`)
      drawn = lines.length
    },
    end: erase,
  }
}

/** What stands on the screen while a job runs: at most `rows` lines, none longer than `columns`. */
export function liveLines(job: Job, columns: number, rows: number): string[] {
  const { progress } = job
  const running = progress.items.filter((item) => item.phase === 'pack' || item.phase === 'upload')
  const left = progress.secondsLeft === undefined ? '' : `, ${formatDuration(progress.secondsLeft)} left`
  const done = progress.bytesTotal > 0 ? Math.min(1, progress.bytesDone / progress.bytesTotal) : 0
  const shown = running.slice(0, rows - 2)
  const hidden = running.length - shown.length
  return [
    ...shown.map((item) => itemLine(item).slice(0, columns)),
    ...(hidden > 0 ? [`  and ${hidden} more`] : []),
    ...(progress.waiting ? [pc.yellow(progress.waiting)] : []),
    `${bar(done)} ${Math.round(done * 100)} %  ${progress.itemsDone} of ${progress.itemsTotal}  ${formatRate(progress.rate)}${left}`,
  ]
}

function itemLine(item: JobItem): string {
  const part = item.total > 0 ? Math.min(1, item.done / item.total) : 0
  const verb = item.phase === 'pack' ? 'packing  ' : 'uploading'
  return `  ${verb} ${item.name.padEnd(24)} ${bar(part)} ${formatBytes(item.done)} of ${formatBytes(item.total)}`
}

function bar(part: number): string {
  const full = Math.round(part * BAR)
  return `${'█'.repeat(full)}${'░'.repeat(BAR - full)}`
}

function lineView(stream: NodeJS.WriteStream): LiveView {
  const ended = new Set<string>()
  return {
    update: (job) => {
      for (const item of job.progress.items) {
        if ((item.phase !== 'done' && item.phase !== 'failed') || ended.has(item.key)) continue
        ended.add(item.key)
        stream.write(`${item.phase === 'done' ? 'done  ' : 'failed'} ${item.name}\n`)
      }
    },
    end: () => undefined,
  }
}
