import { text } from 'node:stream/consumers'
import pc from 'picocolors'
import { formatBytes, formatDuration, plural } from '../../main/api/format.ts'
import type { GivenCredentials, Job, PushPlan, PushRequestInput } from '../../main/api/models.ts'
import type { OwnedEngine } from '../../main/engine.ts'
import { StrataError } from '../../main/support/errors.ts'
import { protect } from '../../main/support/redact.ts'
import { liveView } from './live.ts'
import { describeError, exitCodeOf } from './outcome.ts'
import { describePlan } from './plan-text.ts'
import { withEngine } from './session.ts'
import { table } from './table.ts'

/** The options of `strata push` as commander hands them over. */
export interface PushOptions {
  readonly spack?: string
  readonly sysroot?: string
  readonly env?: string
  readonly to?: string
  readonly baseImage?: string
  readonly tag?: string
  readonly updateIndex?: boolean
  readonly force?: boolean
  readonly only?: string
  readonly withoutBuildDependencies?: boolean
  readonly private?: boolean
  readonly allowMissing?: boolean
  readonly failFast?: boolean
  readonly jobs?: string
  readonly username?: string
  readonly passwordStdin?: boolean
  readonly tokenStdin?: boolean
  readonly caFile?: readonly string[]
  readonly insecure?: boolean
  readonly sample?: boolean
  readonly dryRun?: boolean
  readonly json?: boolean
}

/** `strata push`: shows the plan, runs it, says how to use the result. */
export async function push(specs: readonly string[], options: PushOptions): Promise<void> {
  const credentials = await readCredentials(options)
  await withEngine(async (engine) => {
    const request = await requestOf(engine, specs, options, credentials)
    const plan = await engine.call('push.plan', request)
    if (!options.json) console.log(describePlan(plan).join('\n'))
    if (options.dryRun) {
      if (options.json) console.log(JSON.stringify({ plan }))
      return
    }
    const job = await runPlan(engine, plan, options)
    report(plan, job, options)
  })
}

async function requestOf(
  engine: OwnedEngine,
  specs: readonly string[],
  options: PushOptions,
  credentials: GivenCredentials | undefined,
): Promise<PushRequestInput> {
  const sample = options.sample ? await engine.call('workspace.sample', {}) : undefined
  const to = options.to ?? sample?.target
  if (to === undefined) {
    throw new StrataError('usage', 'where to push is missing', {
      hint: 'Name a registry, a folder or a mirror with --to, for example --to oci://ghcr.io/me/cache.',
    })
  }
  if (options.only !== undefined && options.only !== 'package') {
    throw new StrataError('usage', `--only ${options.only}: only \`package\` is known`)
  }
  const jobs = options.jobs === undefined ? undefined : Number(options.jobs)
  return {
    spack: options.spack ?? sample?.ref.spack,
    sysroot: options.sysroot ?? sample?.ref.sysroot,
    environment: options.env ?? sample?.ref.environment ?? (specs.length === 0 ? process.env.SPACK_ENV : undefined),
    to,
    packages: [...specs],
    only: options.only === 'package' ? 'package' : 'all',
    buildDependencies: !options.withoutBuildDependencies,
    baseImage: options.baseImage,
    tag: options.tag,
    updateIndex: options.updateIndex,
    force: options.force,
    private: options.private,
    allowMissing: options.allowMissing,
    failFast: options.failFast,
    jobs,
    caFiles: [...(options.caFile ?? [])],
    insecure: options.insecure,
    credentials,
  }
}

/** A password never stands on the command line, where every user of the machine could read it. */
async function readCredentials(options: PushOptions): Promise<GivenCredentials | undefined> {
  if (options.tokenStdin) return { token: await readSecret('token') }
  if (options.username === undefined) {
    if (options.passwordStdin) throw new StrataError('usage', '--password-stdin goes with --username')
    return undefined
  }
  return { username: options.username, password: await readSecret('password') }
}

async function readSecret(what: string): Promise<string> {
  const secret = (await text(process.stdin)).replace(/\r?\n$/, '')
  if (secret === '') throw new StrataError('usage', `the ${what} on standard input is empty`)
  protect(secret)
  return secret
}

/** Runs the plan to its end. The first Ctrl-C cancels cleanly, the second ends the process. */
async function runPlan(engine: OwnedEngine, plan: PushPlan, options: PushOptions): Promise<Job> {
  const view = options.json ? undefined : liveView(process.stderr)
  const ended = new Promise<Job>((resolve) => {
    engine.on('job.changed', (job) => {
      view?.update(job)
      if (job.endedAt !== undefined) resolve(job)
    })
  })
  const { job } = await engine.call('push.run', { plan: plan.id })
  const cancel = (): void => {
    process.off('SIGINT', cancel)
    process.off('SIGTERM', cancel)
    // The job may have ended in this very moment: then there is nothing to cancel.
    engine.call('jobs.cancel', { id: job }).catch(() => undefined)
  }
  process.on('SIGINT', cancel)
  process.on('SIGTERM', cancel)
  try {
    return await ended
  } finally {
    process.off('SIGINT', cancel)
    process.off('SIGTERM', cancel)
    view?.end()
  }
}

function report(plan: PushPlan, job: Job, options: PushOptions): void {
  if (job.state === 'cancelled') process.exitCode = 130
  else if (job.error) process.exitCode = exitCodeOf(job.error)
  if (options.json) {
    const { state, result, error, log } = job
    console.log(JSON.stringify({ plan, state, result, error, log }))
    return
  }
  console.log(describeOutcome(job).join('\n'))
  if (job.error) console.error(describeError(job.error))
}

function describeOutcome({ state, result }: Job): string[] {
  if (state === 'cancelled') return ['', 'Cancelled. Run it again to go on from here.']
  if (!result) return []
  const { tags, failed, usage } = result
  return [
    '',
    ...table(tags.map((tag) => [pc.green('✓'), tag.reference, pc.dim(tag.digest.slice(0, 19))])),
    ...failed.flatMap((one) => [
      `${pc.red('✗')} ${one.name}: ${one.error.message}`,
      ...(one.error.hint ? [`  ${one.error.hint}`] : []),
    ]),
    `${tags.length === 0 ? 'Nothing new' : `${plural(tags.length, 'tag')} written`}, ${formatBytes(result.bytesUploaded)} uploaded in ${formatDuration(result.seconds)}`,
    ...(usage.length > 0 ? ['', ...table(usage.map((one) => [pc.dim(one.tool), one.command]))] : []),
  ]
}
