import { resolve } from 'node:path'
import type { GivenCredentials, Job, PushPlan, PushRequestInput } from '../../main/api/models.ts'
import type { OwnedEngine } from '../../main/engine.ts'
import { StrataError } from '../../main/support/errors.ts'
import { interruption, unlessInterrupted } from './interrupt.ts'
import { describeError } from './outcome.ts'
import { describePlan } from './plan-text.ts'
import { describeResult } from './result-text.ts'
import { endOf, runJob, terminalWidth } from './run-job.ts'
import { type LoginOptions, readCredentials } from './secret.ts'
import { withEngine } from './session.ts'

/** The options of `strata push` as commander hands them over. */
export interface PushOptions extends LoginOptions {
  readonly spack?: string
  readonly sysroot?: string
  readonly env?: string
  readonly to?: string
  readonly baseImage?: string
  readonly tag?: string
  readonly updateIndex?: boolean
  readonly force?: boolean
  readonly only?: 'package'
  readonly withoutBuildDependencies?: boolean
  readonly private?: boolean
  readonly allowMissing?: boolean
  readonly failFast?: boolean
  readonly jobs?: number
  readonly caFile?: readonly string[]
  readonly insecure?: boolean
  readonly sample?: boolean
  readonly dryRun?: boolean
  readonly json?: boolean
}

/** `strata push`: shows the plan, runs it, says how to use the result. */
export async function push(specs: readonly string[], options: PushOptions): Promise<void> {
  checkOptions(specs, options)
  const credentials = await readCredentials(options, 'push')
  const interrupted = interruption()
  try {
    await withEngine(async (engine) => {
      const request = await requestOf(engine, specs, options, credentials)
      const plan = await unlessInterrupted(engine.call('push.plan', request), interrupted.signal)
      if (!options.json)
        console.log(describePlan(plan, { whole: options.dryRun ?? false, width: terminalWidth() }).join('\n'))
      else if (options.dryRun) console.log(JSON.stringify({ plan }))
      if (!options.dryRun) report(plan, await runJob(engine, 'push.run', plan.id, interrupted), options)
    })
  } finally {
    interrupted.release()
  }
}

/** What can be said before anything is read. */
function checkOptions(specs: readonly string[], options: PushOptions): void {
  if (!options.sample && options.to === undefined) {
    throw new StrataError('usage', 'where to push is missing', {
      hint: 'Name a registry, a folder or a mirror with --to, for example --to oci://ghcr.io/me/cache.',
    })
  }
  if (!options.sample && !options.env && !process.env.SPACK_ENV && specs.length === 0) {
    throw new StrataError('usage', 'what to push is missing', {
      hint: 'Name an environment with --env, or packages: strata push zlib --to oci://ghcr.io/me/cache.',
    })
  }
}

async function requestOf(
  engine: OwnedEngine,
  specs: readonly string[],
  options: PushOptions,
  credentials: GivenCredentials | undefined,
): Promise<PushRequestInput> {
  const sample = options.sample ? await engine.call('workspace.sample', {}) : undefined
  return {
    ...(sample?.ref ?? sourceOf(options)),
    to: options.to ?? sample?.target ?? '',
    packages: [...specs],
    only: options.only,
    buildDependencies: !options.withoutBuildDependencies,
    baseImage: options.baseImage,
    tag: options.tag,
    updateIndex: options.updateIndex,
    force: options.force,
    private: options.private,
    allowMissing: options.allowMissing,
    failFast: options.failFast,
    jobs: options.jobs,
    caFiles: (options.caFile ?? []).map((file) => resolve(file)),
    insecure: options.insecure,
    credentials,
  }
}

/**
 * Which environment of which Spack, the active one of the user's shell unless another is named: specs are looked up in
 * it, as Spack does. Paths become absolute, so that the job can be run again from anywhere; what Spack wrote below a
 * sysroot is its own to name.
 */
function sourceOf({ spack, sysroot, env }: PushOptions): Pick<PushRequestInput, 'spack' | 'sysroot' | 'environment'> {
  const absolute = (path: string | undefined): string | undefined =>
    path === undefined || sysroot !== undefined ? path : resolve(path)
  const environment = env ?? (process.env.SPACK_ENV || undefined)
  return {
    sysroot: sysroot === undefined ? undefined : resolve(sysroot),
    spack: absolute(spack),
    // A bare word is a name first; only what is plainly a path is one.
    environment: environment !== undefined && /^\.{0,2}(\/|$)/.test(environment) ? absolute(environment) : environment,
  }
}

/** Says how it ended, as words or as one document, and sets the exit code. */
function report(plan: PushPlan, job: Job, options: PushOptions): void {
  const error = endOf(job)
  if (options.json) {
    const { state, result, log } = job
    console.log(JSON.stringify({ plan, state, result, error, log }))
    return
  }
  if (job.result) console.log(describeResult(plan, job.result).join('\n'))
  if (error) console.error(describeError(error))
}
