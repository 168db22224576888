import { randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { ActRequest } from '../api/acts.ts'
import type { ErrorCode } from '../api/errors.ts'
import type { InstallRequest } from '../api/install.ts'
import type { ActResult, InstallResult, Job, PushRequest, PushResult, SpackResult, StackLayer } from '../api/models.ts'
import type { SpackRunRequest } from '../api/spack-runs.ts'
import { assertNever } from '../support/assert.ts'
import { StrataError, toErrorBody, toStrataError } from '../support/errors.ts'
import { clean } from '../support/redact.ts'
import type { Journal } from './journal.ts'
import { type ItemPlan, type ProgressTracker, trackProgress } from './progress.ts'

/** Listeners get at most this many updates a second and job. */
const UPDATES_PER_SECOND = 10
/** Lines of a job's log that are kept. */
const LOG_LINES = 500

/** What a running job works with. */
export interface JobContext {
  readonly id: string
  /** Fires when the user cancels. Has to reach every socket, worker and wait. */
  readonly signal: AbortSignal
  readonly progress: ProgressTracker
  log(message: string): void
  /** Waits while the job is paused; call it before beginning anything new. Rejects when cancelled. */
  gate(): Promise<void>
}

/** What was asked; kept (without credentials on disk) so that the job can be retried. */
export type JobRequest =
  | { readonly kind: 'push'; readonly request: PushRequest }
  | { readonly kind: 'install'; readonly request: InstallRequest }
  | { readonly kind: 'act'; readonly request: ActRequest }
  | { readonly kind: 'spack'; readonly request: SpackRunRequest }

/** Does the work. A result with failures ends the job as failed, with everything else done. */
type JobWork =
  | { readonly kind: 'push'; run(context: JobContext): Promise<PushResult> }
  | { readonly kind: 'install'; run(context: JobContext): Promise<InstallResult> }
  | { readonly kind: 'act'; run(context: JobContext): Promise<ActResult> }
  | { readonly kind: 'spack'; run(context: JobContext): Promise<SpackResult> }

export type JobOrder = {
  readonly title: string
  readonly command: string
  readonly stack: readonly StackLayer[]
  readonly items: readonly ItemPlan[]
} & JobRequest &
  JobWork

/** Long work: starts, watches, pauses, cancels, remembers. */
export interface Jobs {
  start(order: JobOrder): string
  list(): readonly Job[]
  /** The request behind a job. Throws `usage` when there is no such job. */
  requestOf(id: string): JobRequest
  cancel(id: string): void
  pause(id: string): void
  resume(id: string): void
  clear(): Promise<void>
  /** Resolves with the job when it has ended and its journal entry is written. */
  ended(id: string): Promise<Job>
  /** Cancels what runs and waits for it. */
  close(): Promise<void>
}

interface Running {
  readonly controller: AbortController
  readonly progress: ProgressTracker
  readonly finished: Promise<Job>
  resume: (() => void) | undefined
  paused: Promise<void> | undefined
}

export async function openJobs(parts: {
  readonly journal: Journal
  readonly onChange: (job: Job) => void
  readonly now: () => number
}): Promise<Jobs> {
  const { journal, onChange, now } = parts
  const jobs = new Map<string, Job>()
  const requests = new Map<string, JobRequest>()
  const running = new Map<string, Running>()
  for (const entry of await journal.read()) {
    jobs.set(entry.job.id, entry.job)
    requests.set(entry.job.id, entry)
  }

  const update = (id: string, change: Partial<Job>): Job => {
    const job = { ...find(jobs, id), ...change }
    jobs.set(id, job)
    onChange(job)
    return job
  }
  const runningJob = (id: string): Running => {
    const one = running.get(id)
    if (!one) throw new StrataError('usage', `job ${id} is not running`)
    return one
  }

  const start = (order: JobOrder): string => {
    const startedAt = now()
    // The time in front keeps a folder listing in order of age.
    const id = `${startedAt.toString(36)}-${randomBytes(3).toString('hex')}`
    const progress = trackProgress(order.items)
    const controller = new AbortController()
    // Every request and every packing listens; by default Node takes more than ten for a leak.
    setMaxListeners(0, controller.signal)
    jobs.set(id, {
      id,
      kind: order.kind,
      title: order.title,
      state: 'running',
      startedAt,
      progress: progress.snapshot(startedAt),
      command: order.command,
      log: [],
      stack: [...order.stack],
    })
    requests.set(id, order)
    const log = (message: string): void => {
      const job = find(jobs, id)
      jobs.set(id, { ...job, log: [...job.log.slice(1 - LOG_LINES), { at: now(), message: clean(message) }] })
    }
    const context: JobContext = {
      id,
      signal: controller.signal,
      progress,
      log,
      gate: async () => {
        await running.get(id)?.paused
        controller.signal.throwIfAborted()
      },
    }
    const save = (): Promise<void> => journal.write({ pid: process.pid, ...order, job: find(jobs, id) })
    const work = async (): Promise<Job> => {
      const ticker = setInterval(() => update(id, { progress: progress.snapshot(now()) }), 1000 / UPDATES_PER_SECOND)
      const saved = save()
      let end: Partial<Job>
      try {
        end = await outcomeOf(order, context)
      } catch (thrown) {
        end = failed(thrown, controller.signal)
      } finally {
        clearInterval(ticker)
        running.delete(id)
      }
      const endedAt = now()
      if (end.error) log(end.error.message)
      const job = update(id, {
        ...end,
        ending: undefined,
        endedAt,
        progress: { ...progress.snapshot(endedAt), waiting: undefined, waitingUntil: undefined },
      })
      // A journal that cannot be written (a full disk) must not turn what was done into a failure.
      await saved.then(save).catch((error: unknown) => log(`journal: ${toStrataError(error).message}`))
      return job
    }
    // The work begins on the next turn, when `running` already knows it.
    const finishedWork = Promise.resolve().then(work)
    running.set(id, { controller, progress, finished: finishedWork, resume: undefined, paused: undefined })
    onChange(find(jobs, id))
    return id
  }

  return {
    start,
    list: () => [...jobs.values()].sort((a, b) => b.startedAt - a.startedAt),
    requestOf: (id) => {
      const request = requests.get(id)
      if (!request) throw new StrataError('usage', `there is no job ${id}`)
      return request
    },
    cancel: (id) => {
      const one = runningJob(id)
      // Who answers every change of a job by cancelling it is told of one change, not of one for each answer.
      if (one.controller.signal.aborted) return
      one.controller.abort(new StrataError('cancelled', 'cancelled'))
      update(id, { ending: true })
      one.resume?.()
    },
    pause: (id) => {
      const one = runningJob(id)
      if (requests.get(id)?.kind === 'spack') throw new StrataError('usage', 'a run of Spack cannot be paused')
      one.paused ??= new Promise((resolve) => {
        one.resume = resolve
      })
      update(id, { state: 'paused' })
    },
    resume: (id) => {
      const one = runningJob(id)
      one.resume?.()
      one.paused = undefined
      update(id, { state: 'running' })
    },
    clear: async () => {
      for (const id of [...jobs.keys()].filter((key) => !running.has(key))) {
        jobs.delete(id)
        requests.delete(id)
        await journal.remove(id)
      }
    },
    ended: async (id) => running.get(id)?.finished ?? find(jobs, id),
    close: async () => {
      const all = [...running.values()]
      for (const one of all) {
        one.controller.abort(new StrataError('cancelled', 'cancelled'))
        one.resume?.()
      }
      await Promise.all(all.map((one) => one.finished))
    },
  }
}

function find(jobs: ReadonlyMap<string, Job>, id: string): Job {
  const job = jobs.get(id)
  if (!job) throw new StrataError('usage', `there is no job ${id}`)
  return job
}

async function outcomeOf(order: JobOrder, context: JobContext): Promise<Partial<Job>> {
  switch (order.kind) {
    case 'push': {
      const result = await order.run(context)
      return ended('push-incomplete', 'packages', 'pushed', { result }, result.failed)
    }
    case 'install': {
      const installed = await order.run(context)
      return ended('install-incomplete', 'packages', 'installed', { installed }, installed.failed)
    }
    case 'act': {
      const acted = await order.run(context)
      return ended('act-incomplete', 'steps', 'done', { acted }, acted.failed)
    }
    case 'spack':
      return endOfSpack(await order.run(context))
    default:
      return assertNever(order)
  }
}

/** The end of a job that ran through: with failures in it, it has failed, and all else is done. */
function ended(
  code: ErrorCode,
  what: 'packages' | 'steps',
  done: 'pushed' | 'installed' | 'done',
  outcome: Partial<Job>,
  failures: readonly { readonly name: string }[],
): Partial<Job> {
  if (failures.length === 0) return { state: 'done', ...outcome }
  const names = failures.map((one) => one.name)
  const named = `${names.slice(0, 5).join(', ')}${names.length > 5 ? '…' : ''}`
  const hint = `Everything else was ${done}. Mend the cause and run it again: only what is missing is done.`
  const error = new StrataError(code, `${failures.length} of the ${what} could not be ${done}: ${named}`, { hint })
  return { state: 'failed', ...outcome, error: toErrorBody(error) }
}

/** Spack's own exit status decides; its first error in words, and the first thing to look at. */
function endOfSpack(ran: SpackResult): Partial<Job> {
  if (ran.exitCode === 0) return { state: 'done', ran }
  const how = ran.exitCode === undefined ? `was ended by ${ran.signal ?? 'a signal'}` : `ended with ${ran.exitCode}`
  const [first] = ran.findings
  const error = new StrataError('spack-failed', `Spack ${how}${first ? `: ${first.message}` : ''}`, {
    hint: ran.findings.find((one) => one.hint !== undefined)?.hint ?? 'Look at what it printed.',
  })
  return { state: 'failed', ran, error: toErrorBody(error) }
}

function failed(thrown: unknown, signal: AbortSignal): Partial<Job> {
  const error = toErrorBody(thrown)
  if (signal.aborted || error.code === 'cancelled') return { state: 'cancelled' }
  return { state: 'failed', error }
}
