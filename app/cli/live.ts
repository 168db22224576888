import { cutMiddle, formatBytes, formatDuration, formatRate, plural } from '../../main/api/format.ts'
import type { Job, JobItem } from '../../main/api/models.ts'
import { err } from './colours.ts'
import { cut } from './table.ts'

/** Letters of a bar. */
const BAR = 24
/** Below this many columns a line has a percentage in place of its bar. */
const BAR_FROM = 76
/** Names are cut in the middle beyond this. */
const NAME_WIDTH = 28

/** Shows a running job: a line for each package in work and an overall bar; without a terminal a line for each that ends. */
export interface LiveView {
  update(job: Job): void
  /** A word of the shell's own, such as that it is being cancelled. */
  say(text: string): void
  /** Takes the moving lines away. */
  end(): void
}

export function liveView(stream: NodeJS.WriteStream): LiveView {
  return stream.isTTY && process.env.TERM !== 'dumb' ? movingView(stream) : lineView(stream)
}

/** Redraws in place. A job says at most ten times a second that it has changed: no faster than a screen can take. */
function movingView(stream: NodeJS.WriteStream): LiveView {
  let drawn: readonly string[] = []
  let note: string | undefined
  let last: Job | undefined
  /** A line that is wider than the terminal has become stands on several rows. */
  const rows = (): number => {
    const columns = stream.columns || 80
    return drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / columns)), 0)
  }
  const erase = (): string => (drawn.length > 0 ? `\u001b[${rows()}A\r\u001b[0J` : '')
  const draw = (): void => {
    if (!last) return
    const lines = liveLines(last, stream.columns || 80, stream.rows || 24, note)
    // One write, so that no screen shows the moment in between.
    stream.write(`${erase()}${lines.map(([text, colour]) => `${colour(text)}\n`).join('')}`)
    drawn = lines.map(([text]) => text)
  }
  return {
    update: (job) => {
      last = job
      draw()
    },
    say: (text) => {
      note = text
      draw()
    },
    end: () => {
      stream.write(erase())
      drawn = []
      last = undefined
    },
  }
}

type Line = readonly [text: string, colour: (text: string) => string]

const plain = (text: string): string => text

/**
 * What stands on a screen of this many columns and rows while a job runs, each line shorter than it is wide:
 * what is packed and sent, why nothing moves, and the whole.
 */
export function liveLines({ kind, progress }: Job, columns: number, rows: number, note?: string): Line[] {
  const active = progress.items.filter((item) => item.phase in verbs)
  const moving = active.filter((item) => item.done < item.total)
  const sent = active.length - moving.length
  const room = Math.max(1, rows - 5)
  const shown = moving.slice(0, room)
  const hidden = moving.length - shown.length
  const width = Math.min(NAME_WIDTH, Math.max(0, ...progress.items.map((item) => item.name.length)))
  const lines: Line[] = [
    ...shown.map((item): Line => [itemLine(item, width, columns), plain]),
    ...(hidden > 0 ? [[`  and ${hidden} more`, err.dim] as const] : []),
    // An image is written, and a package entered into the database, after all that it needs.
    ...(sent > 0 ? [[`  ${waitingWords(kind, sent)}`, err.dim] as const] : []),
    ...(progress.waiting ? [[`  ${progress.waiting}`, err.yellow] as const] : []),
    [overallLine(progress, columns), err.bold],
    ...(note === undefined ? [] : [[note, err.yellow] as const]),
  ]
  // The last column stays free: writing into it wraps on some terminals.
  return lines.map(([text, colour]) => [cut(text, columns - 1), colour])
}

/** What is done to an item while its bytes move. */
const verbs: Partial<Record<JobItem['phase'], string>> = {
  pack: 'packing',
  upload: 'uploading',
  fetch: 'fetching',
  unpack: 'unpacking',
  act: 'working',
}
const VERB_WIDTH = 9

function waitingWords(kind: Job['kind'], count: number): string {
  switch (kind) {
    case 'push':
      return `${plural(count, 'layer')} sent, the tags follow`
    case 'install':
      return `${plural(count, 'package')} unpacked, waiting for what they need`
    case 'act':
      return `${plural(count, 'tag')} in work`
    case 'spack':
      return `${plural(count, 'package')} in work`
  }
}

function itemLine(item: JobItem, width: number, columns: number): string {
  const verb = (verbs[item.phase] ?? item.phase).padEnd(VERB_WIDTH)
  const name = cutMiddle(item.name, width).padEnd(width)
  const sizes = `${formatBytes(item.done).padStart(9)} of ${formatBytes(item.total)}`
  return `  ${verb} ${name} ${gauge(portion(item.done, item.total), columns)} ${sizes}`
}

function overallLine(progress: Job['progress'], columns: number): string {
  const failed = progress.items.filter((item) => item.phase === 'failed').length
  const left = progress.secondsLeft ?? 0
  // Manifests have no bytes that count: as long as one is outstanding, it is not done.
  const limit = progress.itemsDone + failed < progress.itemsTotal ? 0.99 : 1
  const parts = [
    `${progress.itemsDone} of ${progress.itemsTotal} done`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    // What is done to tags moves no bytes.
    ...(progress.bytesTotal > 0 ? [formatRate(progress.rate)] : []),
    ...(left >= 1 ? [`${formatDuration(left)} left`] : []),
  ]
  return `${gauge(Math.min(limit, overallPortion(progress)), columns)}  ${parts.join(' · ')}`
}

/** By bytes where any move, else by what is done. */
function overallPortion({ bytesDone, bytesTotal, itemsDone, itemsTotal }: Job['progress']): number {
  return bytesTotal > 0 ? portion(bytesDone, bytesTotal) : portion(itemsDone, itemsTotal)
}

function portion(done: number, total: number): number {
  return total > 0 ? Math.min(1, done / total) : 0
}

/** `███░░░  42 %`, or on a narrow terminal the number alone. */
function gauge(part: number, columns: number): string {
  // Rounded down: what says 100 % is done.
  const percent = `${String(Math.floor(part * 100)).padStart(3)} %`
  if (columns < BAR_FROM) return percent
  const full = Math.floor(part * BAR)
  return `${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${percent}`
}

/** For a log: a line for everything that ends, and one for every new reason to wait. */
function lineView(stream: NodeJS.WriteStream): LiveView {
  const ended = new Set<string>()
  let waiting: string | undefined
  let until: number | undefined
  return {
    update: ({ progress }) => {
      for (const item of progress.items) {
        if ((item.phase !== 'done' && item.phase !== 'failed') || ended.has(item.key)) continue
        ended.add(item.key)
        const count = `[${String(ended.size).padStart(String(progress.itemsTotal).length)}/${progress.itemsTotal}]`
        stream.write(`${count} ${item.phase === 'done' ? 'done  ' : 'failed'} ${item.name}\n`)
      }
      // It counts down: the same wait has one line.
      const isNew = waiting === undefined || until !== progress.waitingUntil
      if (progress.waiting !== undefined && isNew) stream.write(`${progress.waiting}\n`)
      waiting = progress.waiting
      until = progress.waitingUntil
    },
    say: (text) => void stream.write(`${text}\n`),
    end: () => undefined,
  }
}
