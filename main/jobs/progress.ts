import type { JobItem, JobProgress } from '../api/models.ts'

/** Bytes of a stage for each byte of the stage before it, until an item of this job has shown its own. */
const typicalRatios: Partial<Record<JobItem['phase'], number>> = { upload: 0.35, unpack: 3.2 }
/** The rate is measured over this much of the recent past, in milliseconds. */
const RATE_WINDOW = 5_000

interface Stage {
  readonly phase: JobItem['phase']
  total: number | undefined
  done: number
}

interface Item {
  readonly key: string
  readonly name: string
  phase: JobItem['phase']
  doing: string | undefined
  readonly stages: readonly Stage[]
}

/** One item, and what has to be done for it in order. */
export interface ItemPlan {
  readonly key: string
  readonly name: string
  /** `bytes`: how many, 0 for nothing to do; when it is absent it is guessed from the stage before. */
  readonly stages: readonly { readonly phase: JobItem['phase']; readonly bytes?: number }[]
}

/** The arithmetic of a job's progress: no clock, no timers of its own; `now` (milliseconds) comes in. */
export interface ProgressTracker {
  /** `doing`: what is done in this phase, where its name alone says little. */
  enter(key: string, phase: JobItem['phase'], doing?: string): void
  /** An item that was not known before, to be counted with the others. */
  add(item: ItemPlan): void
  /** There are so many items at least, though not all are known. */
  expect(count: number): void
  /** Bytes of a stage that are done so far. */
  advance(key: string, phase: JobItem['phase'], bytes: number): void
  /** A stage turns out to have so many bytes; those before it are done. */
  size(key: string, phase: JobItem['phase'], bytes: number): void
  /** A host lets us wait until then (milliseconds, as `now`), and why. */
  waiting(host: string, why: string, until: number): void
  snapshot(now: number): JobProgress
}

/** Tracks items through their stages. An item that is complete counts whole, whatever was guessed before. */
export function trackProgress(plan: readonly ItemPlan[]): ProgressTracker {
  const items = new Map<string, Item>()
  const add = ({ key, name, stages }: ItemPlan): void => {
    const own = stages.map(({ phase, bytes }) => ({ phase, total: bytes, done: 0 }))
    items.set(key, { key, name, phase: 'waiting', doing: undefined, stages: own })
  }
  for (const item of plan) add(item)
  let expected = 0
  const samples: { at: number; bytes: number }[] = []
  let wait: { readonly host: string; readonly why: string; readonly until: number } | undefined
  const stageOf = (key: string, phase: JobItem['phase']): Stage | undefined =>
    items.get(key)?.stages.find((stage) => stage.phase === phase)

  return {
    enter: (key, phase, doing) => {
      const item = items.get(key)
      if (!item) return
      item.phase = phase
      item.doing = doing
      if (phase === 'done') for (const stage of item.stages) complete(stage)
    },
    add: (item) => {
      if (!items.has(item.key)) add(item)
    },
    expect: (count) => {
      expected = Math.max(expected, count)
    },
    advance: (key, phase, bytes) => {
      const stage = stageOf(key, phase)
      if (stage) stage.done = Math.min(bytes, stage.total ?? bytes)
    },
    size: (key, phase, bytes) => {
      for (const stage of items.get(key)?.stages ?? []) {
        if (stage.phase === phase) {
          stage.total = bytes
          return
        }
        complete(stage)
      }
    },
    waiting: (host, why, until) => {
      wait = { host, why, until }
    },
    snapshot: (now) => {
      const all = [...items.values()]
      const bytesDone = sum(all, (item) => sum(item.stages, (stage) => stage.done))
      const bytesTotal = expectedTotal(all)
      const rate = measure(samples, now, bytesDone)
      return {
        itemsDone: all.filter((item) => item.phase === 'done' || item.phase === 'skipped').length,
        itemsTotal: Math.max(all.length, expected),
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

function complete(stage: Stage): void {
  stage.total ??= stage.done
  stage.done = stage.total
}

/** Known totals, and guesses for the others from the stage before each. */
function expectedTotal(items: readonly Item[]): number {
  const ratios = new Map<JobItem['phase'], number>()
  const ratioOf = (phase: JobItem['phase'], at: number): number => {
    const known = ratios.get(phase) ?? learnedRatio(items, phase, at)
    ratios.set(phase, known)
    return known
  }
  return sum(items, ({ stages }) => {
    let before = 0
    return sum(stages, ({ phase, total, done }, at) => {
      before = Math.max(done, total ?? before * ratioOf(phase, at))
      return before
    })
  })
}

function learnedRatio(items: readonly Item[], phase: JobItem['phase'], at: number): number {
  let [here, before] = [0, 0]
  for (const { stages } of items) {
    const [previous, stage] = [stages[at - 1], stages[at]]
    if (stage?.phase !== phase || stage.total === undefined || !previous?.total) continue
    here += stage.total
    before += previous.total
  }
  return before > 0 ? here / before : (typicalRatios[phase] ?? 1)
}

function countdown(wait: { readonly host: string; readonly why: string; readonly until: number }, now: number): string {
  return `${wait.host}: waiting ${Math.ceil((wait.until - now) / 1000)} s (${wait.why})`
}

/** What is under way; before and after that, the last stage. */
function shown({ key, name, phase, doing, stages }: Item): JobItem {
  const stage = stages.find((one) => one.phase === phase) ?? stages.at(-1)
  return { key, name, phase, ...(doing !== undefined && { doing }), done: stage?.done ?? 0, total: stage?.total ?? 0 }
}

function measure(samples: { at: number; bytes: number }[], now: number, bytes: number): number {
  samples.push({ at: now, bytes })
  while (samples.length > 2 && now - (samples[0]?.at ?? now) > RATE_WINDOW) samples.shift()
  const first = samples[0]
  if (!first || now <= first.at) return 0
  return Math.max(0, ((bytes - first.bytes) * 1000) / (now - first.at))
}

function sum<T>(items: readonly T[], of: (item: T, at: number) => number): number {
  return items.reduce((total, item, at) => total + of(item, at), 0)
}
