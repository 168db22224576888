import type { JobItem, JobProgress } from '../api/models.ts'

/** Guess of compressed size by size on disk, until a package of this job has shown its own. */
const TYPICAL_COMPRESSION = 0.35
/** The rate is measured over this much of the recent past, in milliseconds. */
const RATE_WINDOW = 5_000

interface Item {
  readonly key: string
  readonly name: string
  phase: JobItem['phase']
  /** Bytes on disk that have to be packed; 0 when the layer is ready. */
  packTotal: number
  packDone: number
  /** Compressed bytes to send; unknown until packed. */
  uploadTotal: number | undefined
  uploadDone: number
}

export interface ItemPlan {
  readonly key: string
  readonly name: string
  /** Bytes on disk to be packed. */
  readonly packBytes?: number
  /** Compressed bytes to be sent, when known. */
  readonly uploadBytes?: number
}

/** The arithmetic of a push's progress: no clock, no timers of its own; `now` (milliseconds) comes in. */
export interface ProgressTracker {
  packed(key: string, bytes: number): void
  /** The layer is ready and `total` bytes of it have to be sent. */
  sized(key: string, total: number): void
  sent(key: string, bytes: number): void
  enter(key: string, phase: JobItem['phase']): void
  /** A host lets us wait until then (milliseconds, as `now`), and why. */
  waiting(host: string, why: string, until: number): void
  snapshot(now: number): JobProgress
}

/** Tracks items that are packed and then sent. An item that is complete counts whole, whatever was guessed before. */
export function trackProgress(plan: readonly ItemPlan[]): ProgressTracker {
  const items = new Map<string, Item>(
    plan.map((item) => [
      item.key,
      {
        key: item.key,
        name: item.name,
        phase: 'waiting',
        packTotal: item.packBytes ?? 0,
        packDone: 0,
        uploadTotal: item.uploadBytes,
        uploadDone: 0,
      },
    ]),
  )
  const samples: { at: number; bytes: number }[] = []
  let wait: { readonly host: string; readonly why: string; readonly until: number } | undefined
  const change = (key: string, act: (item: Item) => void): void => {
    const item = items.get(key)
    if (item) act(item)
  }

  return {
    packed: (key, bytes) =>
      change(key, (item) => {
        item.packDone = Math.min(bytes, item.packTotal)
      }),
    sized: (key, total) =>
      change(key, (item) => {
        item.packDone = item.packTotal
        item.uploadTotal = total
      }),
    sent: (key, bytes) =>
      change(key, (item) => {
        item.uploadDone = Math.min(bytes, item.uploadTotal ?? bytes)
      }),
    enter: (key, phase) =>
      change(key, (item) => {
        item.phase = phase
        if (phase !== 'done') return
        item.packDone = item.packTotal
        item.uploadTotal ??= item.uploadDone
        item.uploadDone = item.uploadTotal
      }),
    waiting: (host, why, until) => {
      wait = { host, why, until }
    },
    snapshot: (now) => {
      const all = [...items.values()]
      const guess = compression(all)
      const bytesDone = sum(all, (item) => item.packDone + item.uploadDone)
      const bytesTotal = sum(all, (item) => item.packTotal + (item.uploadTotal ?? item.packTotal * guess))
      const rate = measure(samples, now, bytesDone)
      return {
        itemsDone: all.filter((item) => item.phase === 'done' || item.phase === 'skipped').length,
        itemsTotal: all.length,
        bytesDone,
        bytesTotal: Math.round(bytesTotal),
        rate,
        secondsLeft: rate > 0 ? (bytesTotal - bytesDone) / rate : undefined,
        ...(wait && now < wait.until && { waiting: countdown(wait, now), waitingUntil: wait.until }),
        items: all.map(shown),
      }
    },
  }
}

function countdown(wait: { readonly host: string; readonly why: string; readonly until: number }, now: number): string {
  return `${wait.host}: waiting ${Math.ceil((wait.until - now) / 1000)} s (${wait.why})`
}

function shown(item: Item): JobItem {
  const { key, name, phase } = item
  if (phase === 'pack') return { key, name, phase, done: item.packDone, total: item.packTotal }
  return { key, name, phase, done: item.uploadDone, total: item.uploadTotal ?? 0 }
}

function compression(items: readonly Item[]): number {
  const known = items.filter((item) => item.uploadTotal !== undefined && item.packTotal > 0)
  const disk = sum(known, (item) => item.packTotal)
  return disk > 0 ? sum(known, (item) => item.uploadTotal ?? 0) / disk : TYPICAL_COMPRESSION
}

function measure(samples: { at: number; bytes: number }[], now: number, bytes: number): number {
  samples.push({ at: now, bytes })
  while (samples.length > 2 && now - (samples[0]?.at ?? now) > RATE_WINDOW) samples.shift()
  const first = samples[0]
  if (!first || now <= first.at) return 0
  return Math.max(0, ((bytes - first.bytes) * 1000) / (now - first.at))
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
