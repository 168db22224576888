import { resolve } from 'node:path'
import type { Job } from '../../main/api/models.ts'
import type { SpackPlan, SpackRunRequestInput } from '../../main/api/spack-runs.ts'
import type { OwnedEngine } from '../../main/engine.ts'
import { err, out } from './colours.ts'
import { interruption, unlessInterrupted } from './interrupt.ts'
import { describeError } from './outcome.ts'
import { describeFinding } from './plan-text.ts'
import { environmentName } from './repository.ts'
import { endOf, runJob } from './run-job.ts'
import { withEngine } from './session.ts'

/** The options of every `strata spack` command as commander hands them over (`spack-commands.ts`). */
interface SpackOptions {
  readonly env?: string
  readonly spack?: string
  readonly dryRun?: boolean
  readonly json?: boolean
}

interface ConcretizingOptions extends SpackOptions {
  readonly fresh?: boolean
  readonly reuse?: boolean
  readonly jobs?: number
}

export async function concretize(options: ConcretizingOptions & { readonly force?: boolean }): Promise<void> {
  await runSpack({ action: 'concretize', ...common(options), ...solving(options), force: options.force }, options)
}

export async function installWithSpack(
  specs: readonly string[],
  options: ConcretizingOptions & { readonly cacheOnly?: boolean; readonly cache: boolean; readonly add?: boolean },
): Promise<void> {
  const { cacheOnly, cache, add } = options
  const what = { ...common(options), ...solving(options), specs: [...specs], cacheOnly, noCache: !cache, add }
  await runSpack({ action: 'install', ...what }, options)
}

export async function uninstall(
  specs: readonly string[],
  options: SpackOptions & { readonly dependents?: boolean; readonly force?: boolean; readonly remove?: boolean },
): Promise<void> {
  const { dependents, force, remove } = options
  await runSpack({ action: 'uninstall', ...common(options), specs: [...specs], dependents, force, remove }, options)
}

export async function find(specs: readonly string[], options: SpackOptions): Promise<void> {
  await runSpack({ action: 'find', ...common(options), specs: [...specs] }, options)
}

function common({ env, spack, json }: SpackOptions): Pick<SpackRunRequestInput, 'environment' | 'spack' | 'colours'> {
  return {
    environment: environmentName(env ?? (process.env.SPACK_ENV || undefined)),
    spack: spack === undefined ? undefined : resolve(spack),
    colours: (json ? err : out).isColorSupported,
  }
}

function solving({ fresh, reuse, jobs }: ConcretizingOptions): {
  readonly solve?: 'fresh' | 'reuse'
  readonly jobs?: number
} {
  return { solve: fresh ? 'fresh' : reuse ? 'reuse' : undefined, jobs }
}

/** Shows the command, runs it, and lets through what it prints. Sets the exit code. */
async function runSpack(
  request: SpackRunRequestInput,
  { dryRun = false, json = false }: Pick<SpackOptions, 'dryRun' | 'json'>,
): Promise<void> {
  const interrupted = interruption()
  try {
    await withEngine(async (engine) => {
      const plan = await unlessInterrupted(engine.call('spack.plan', request), interrupted.signal)
      if (!json) (dryRun ? console.log : console.error)(planText(plan))
      else if (dryRun) console.log(JSON.stringify({ plan }))
      if (dryRun) return
      const passing = passThrough(engine, json ? process.stderr : process.stdout)
      try {
        const job = await runJob(engine, 'spack.run', plan.id, interrupted, onlyOutput)
        await passing.ended()
        report(plan, job, json)
      } finally {
        process.off('SIGINT', outlive)
      }
    })
  } finally {
    interrupted.release()
  }
}

/** Spack's own output is what is seen. Its first word is that it is being cancelled. */
const onlyOutput = {
  update: () => undefined,
  say: () => {
    // Strata has to outlive Spack to end it, which is done after seventeen seconds at the latest: once more Ctrl-C must not
    // leave a build behind that nobody watches.
    process.on('SIGINT', outlive)
    console.error('Stopping Spack and all that it started.')
  },
  end: () => undefined,
}

function outlive(): void {
  console.error('Spack is being stopped.')
}

function planText({ findings, command }: SpackPlan): string {
  return [...findings.flatMap(describeFinding), err.dim(`$ ${command}`)].join('\n')
}

function report(plan: SpackPlan, job: Job, json: boolean): void {
  const error = endOf(job)
  if (json) console.log(JSON.stringify({ plan, state: job.state, result: job.ran, error }))
  else if (error) console.error(describeError(error))
}

/** Lines that are asked for at a time. */
const PAGE = 2000

/**
 * Writes every line that the job prints. The events leave out what a flood brings, so they only say that there is more;
 * the lines are read in order from what is kept.
 */
function passThrough(
  engine: OwnedEngine,
  stream: NodeJS.WriteStream,
): { /** Resolves when everything is written. */ ended(): Promise<void> } {
  let next = 0
  let written = Promise.resolve()
  const stop = engine.on('spack.output', ({ job, total }) => {
    written = written.then(async () => {
      while (next < total) {
        const { lines } = await engine.call('spack.output', { job, from: next, count: PAGE })
        if (lines.length === 0) return
        stream.write(`${lines.map((line) => line.text).join('\n')}\n`)
        next += lines.length
      }
    })
  })
  return {
    ended: async () => {
      stop()
      await written
    },
  }
}
