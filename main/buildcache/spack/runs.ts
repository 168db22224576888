import type { SpackResult } from '../../api/models.ts'
import type { OutputPage, OutputRequest, SpackOutput, SpackPlan, SpackRunRequest } from '../../api/spack-runs.ts'
import type { JobContext, Jobs } from '../../jobs/jobs.ts'
import { splitLines } from '../../jobs/output-lines.ts'
import { createOutputLog, type OutputLog } from '../../jobs/output-log.ts'
import { openOutputPages } from '../../jobs/output-pages.ts'
import type { SpecGraph } from '../../spack/spec/graph.ts'
import { StrataError } from '../../support/errors.ts'
import type { Patience } from '../../support/process-tree.ts'
import { clean } from '../../support/redact.ts'
import { runLive } from '../../support/run-live.ts'
import { PlanShelf, stalePlan } from '../plan-shelf.ts'
import type { Host } from '../source.ts'
import { announcer } from './announce.ts'
import { followSpack } from './follow.ts'
import { type PreparedRun, prepareRun } from './plan.ts'
import { protectSecrets } from './secrets.ts'

/** Runs the user's own Spack as jobs: nothing that a plan has not shown word for word. */
export interface SpackRuns {
  plan(request: SpackRunRequest): Promise<SpackPlan>
  /** Starts the job of a plan. Throws `plan-stale` when it is not known any more, or the environment has changed. */
  run(planId: string): Promise<string>
  /**
   * Runs the command of a job once more, and starts another job for it. Throws `plan-stale` when the same request means
   * another command by now: that has to be looked at first.
   */
  again(job: string): Promise<string>
  /** What a run has printed. Throws `usage` when there is no such run. */
  output(request: OutputRequest): Promise<OutputPage>
  close(): Promise<void>
}

/** A build that is interrupted takes its half-made prefix away, which may hold a hundred thousand files. */
const PATIENCE: Patience = { interrupt: 10_000, terminate: 5_000 }

export function createSpackRuns(parts: {
  readonly host: () => Host
  readonly jobs: Jobs
  /** The file for what a job's program prints. */
  readonly outputFile: (job: string) => string
  readonly onOutput: (output: SpackOutput) => void
  readonly now: () => number
  readonly patience?: Patience
}): SpackRuns {
  const { jobs, outputFile, onOutput, now, patience = PATIENCE } = parts
  const shelf = new PlanShelf<PreparedRun>(async () => undefined)
  const pages = openOutputPages()
  /** Of the runs under way, the line that has not ended. */
  const unfinished = new Map<string, string>()
  const told = (output: SpackOutput): void => {
    unfinished.set(output.job, output.partial ?? '')
    onOutput(output)
  }
  const plan = async (request: SpackRunRequest): Promise<SpackPlan> => {
    const prepared = await prepareRun(request, parts.host(), now)
    await shelf.put(prepared.plan.id, prepared)
    return prepared.plan
  }
  const run = async (planId: string): Promise<string> => {
    const taken = await shelf.take(planId, (prepared) => prepared.checkFresh())
    const { plan, request, source } = taken.plan
    protectSecrets(parts.host(), source)
    return jobs.start({
      kind: 'spack',
      title: plan.title,
      command: plan.command,
      stack: [],
      items: [],
      request,
      run: async (context) => {
        const log = await createOutputLog(outputFile(context.id))
        try {
          return await carryOut(taken.plan, context, log, { onOutput: told, now, patience })
        } finally {
          unfinished.delete(context.id)
          await log.close()
          await taken.done()
        }
      },
    })
  }
  return {
    plan,
    run,
    again: async (id) => {
      const asked = requestOf(jobs, id)
      const shown = jobs.list().find((job) => job.id === id)?.command
      const { id: planId, command } = await plan(asked)
      // The journal keeps no secrets, so that a command may come back without the one that stands in it.
      if (command === shown || clean(command) === shown) return run(planId)
      throw stalePlan('the command would be another one by now')
    },
    output: async ({ job, ...page }) => {
      // The name of a file is made of it: only of jobs that there are.
      requestOf(jobs, job)
      const read = await pages.read(outputFile(job), page)
      const partial = unfinished.get(job)
      return { ...read, ...(partial && { partial }) }
    },
    close: () => shelf.close(),
  }
}

function requestOf(jobs: Jobs, id: string): SpackRunRequest {
  const asked = jobs.requestOf(id)
  if (asked.kind === 'spack') return asked.request
  throw new StrataError('usage', `job ${id} is not a run of Spack`)
}

const NOTHING: SpecGraph['nodes'] = new Map()

async function carryOut(
  { executable, args, plan, instance, source }: PreparedRun,
  context: JobContext,
  log: OutputLog,
  parts: {
    readonly onOutput: (output: SpackOutput) => void
    readonly now: () => number
    readonly patience: Patience
  },
): Promise<SpackResult> {
  const startedAt = parts.now()
  const splitter = splitLines()
  const follower = followSpack(context, source?.environment?.lock?.graph.nodes ?? NOTHING)
  const announce = announcer(context.id, parts.onOutput)
  let printed = 0
  const take = async (lines: readonly string[]): Promise<void> => {
    const from = log.total()
    await log.append(lines)
    printed += lines.length
    for (const line of lines) follower.line(line)
    announce.lines(from, lines.slice(0, log.total() - from), splitter.partial())
  }
  try {
    const end = await runLive({
      file: executable,
      args,
      cwd: plan.cwd,
      env: { ...instance.env, ...plan.variables },
      signal: context.signal,
      patience: parts.patience,
      onOutput: (chunk) => take(splitter.push(chunk)),
    })
    await take(splitter.end())
    const problem = log.problem()
    if (problem !== undefined) context.log(problem)
    context.signal.throwIfAborted()
    const findings = end.exitCode === 0 ? [] : [...follower.findings()]
    if (problem !== undefined) findings.push({ severity: 'warning', message: problem })
    return { ...end, lines: printed, seconds: (parts.now() - startedAt) / 1000, findings }
  } finally {
    announce.end()
  }
}
