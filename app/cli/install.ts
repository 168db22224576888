import { resolve } from 'node:path'
import type { InstallPlan, InstallRequestInput } from '../../main/api/install.ts'
import type { Job } from '../../main/api/models.ts'
import { StrataError } from '../../main/support/errors.ts'
import { describeInstallPlan, describeInstallResult } from './install-text.ts'
import { interruption, unlessInterrupted } from './interrupt.ts'
import { describeError } from './outcome.ts'
import { runCheck } from './run-check.ts'
import { endOf, runJob, terminalWidth } from './run-job.ts'
import { type LoginOptions, readCredentials } from './secret.ts'
import { withEngine } from './session.ts'

/** The options of `strata install` and `strata relocate-check` as commander hands them over. */
export interface InstallOptions extends LoginOptions {
  readonly from?: string
  readonly into?: string
  readonly spack?: string
  readonly sysroot?: string
  readonly env?: string
  readonly all?: boolean
  readonly withBuildDependencies?: boolean
  readonly overwrite?: boolean
  readonly caFile?: readonly string[]
  readonly insecure?: boolean
  readonly dryRun?: boolean
  readonly json?: boolean
}

/** `strata install`: shows the plan, runs it, says how to use the result. */
export async function install(specs: readonly string[], options: InstallOptions): Promise<void> {
  const request = await requestOf(specs, options, 'install')
  const interrupted = interruption()
  try {
    await withEngine(async (engine) => {
      const plan = await unlessInterrupted(engine.call('install.plan', request), interrupted.signal)
      if (!options.json) console.log(planText(plan, options.dryRun ?? false))
      else if (options.dryRun) console.log(JSON.stringify({ plan }))
      if (!options.dryRun) report(plan, await runJob(engine, 'install.run', plan.id, interrupted), options)
    })
  } finally {
    interrupted.release()
  }
}

/** `strata relocate-check`: fetches the packages and says of each whether it could be installed there. */
export async function relocateCheck(specs: readonly string[], options: InstallOptions): Promise<void> {
  const request = await requestOf(specs, options, 'relocate-check')
  const interrupted = interruption()
  try {
    await withEngine(async (engine) => {
      const plan = await runCheck(engine, request, interrupted)
      console.log(options.json ? JSON.stringify({ plan }) : planText(plan, true))
      if (plan.packages.some((one) => one.problem !== undefined)) process.exitCode = 1
    })
  } finally {
    interrupted.release()
  }
}

function planText(plan: InstallPlan, whole: boolean): string {
  return describeInstallPlan(plan, { whole, width: terminalWidth() }).join('\n')
}

async function requestOf(
  specs: readonly string[],
  options: InstallOptions,
  command: string,
): Promise<InstallRequestInput> {
  const { from, into, env, all } = options
  if (from === undefined || into === undefined) {
    throw new StrataError('usage', `${from === undefined ? 'the build cache' : 'where to install'} is missing`, {
      hint: `For example: strata ${command} zlib --from oci://ghcr.io/me/cache --into ~/spack`,
    })
  }
  if (specs.length === 0 && env === undefined && !all) {
    throw new StrataError('usage', 'nothing was named to be installed', {
      hint: 'Name packages, an environment with --env, or everything in the cache with --all.',
    })
  }
  const isPath = env !== undefined && /^\.{0,2}(\/|$)/.test(env)
  return {
    from,
    into: resolve(into),
    specs: [...specs],
    environment:
      env === undefined
        ? undefined
        : {
            environment: isPath ? resolve(env) : env,
            spack: options.spack && resolve(options.spack),
            sysroot: options.sysroot,
          },
    all,
    buildDependencies: options.withBuildDependencies,
    overwrite: options.overwrite,
    caFiles: (options.caFile ?? []).map((file) => resolve(file)),
    insecure: options.insecure,
    credentials: await readCredentials(options, command),
  }
}

/** Says how it ended, as words or as one document, and sets the exit code. */
function report(plan: InstallPlan, job: Job, options: InstallOptions): void {
  const error = endOf(job)
  if (options.json) {
    const { state, installed: result, log } = job
    console.log(JSON.stringify({ plan, state, result, error, log }))
    return
  }
  if (job.installed) console.log(describeInstallResult(plan, job.installed).join('\n'))
  if (error) console.error(describeError(error))
}
