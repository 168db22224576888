import type { Output, Parsed } from '../../main/api/contract.ts'
import type { EnvironmentDetail, Job, JobItem, PackageSummary } from '../../main/api/models.ts'
import type { SpackOutput, SpackPlan, SpackRunRequest } from '../../main/api/spack-runs.ts'
import { stalePlan } from '../../main/buildcache/plan-shelf.ts'
import { shellQuote } from '../../main/buildcache/push/command.ts'
import { withoutColours } from '../../main/jobs/output-lines.ts'
import { spackArguments, spackVariables } from '../../main/spack/run/command.ts'
import { noSpack } from '../../main/spack/run/getting-spack.ts'
import { StrataError } from '../../main/support/errors.ts'
import { listNames } from '../../main/support/findings.ts'
import type { FakeJob } from './fake-job.ts'

type SpackMethod = 'spack.plan' | 'spack.run' | 'spack.output'

export interface FakeSpackRuns {
  readonly handlers: { [M in SpackMethod]: (input: Parsed<M>) => Promise<Output<M>> | Output<M> }
  /** Runs the command of a job once more. Undefined when the job is none of Spack's. */
  readonly again: (job: string) => string | undefined
}

/**
 * A Spack that only pretends. The specs say what it is to be: `broken` fails to build, `ask` stops at a question and takes a while
 * to be stopped, `flood` prints 200,000 lines.
 */
export function fakeSpackRuns(parts: {
  /** Whether there is a Spack. */
  readonly installed: boolean
  readonly environment: (ref: SpackRunRequest) => EnvironmentDetail
  /** How many times faster than life. */
  readonly speed: number
  readonly nextId: () => number
  readonly started: (job: FakeJob) => void
  readonly changed: (job: Job) => void
  readonly printed: (output: SpackOutput) => void
}): FakeSpackRuns {
  const plans = new Map<string, { readonly plan: SpackPlan; readonly request: SpackRunRequest }>()
  const lines = new Map<string, Printed>()
  const planOf = new Map<string, string>()
  const start = (planId: string): string => {
    const planned = plans.get(planId)
    if (!planned) throw stalePlan('it was run already or is too old')
    const id = `job-${parts.nextId()}`
    const printed: Printed = { lines: [], partial: '' }
    lines.set(id, printed)
    planOf.set(id, planId)
    const { plan, request } = planned
    parts.started(play(id, plan, scriptOf(request, parts.environment(request)), printed, parts))
    return id
  }
  return {
    handlers: {
      'spack.plan': (request) => {
        if (!parts.installed) throw noSpack('no Spack was found on this machine')
        const plan = fakePlan(request, parts.environment(request), `plan-${parts.nextId()}`)
        plans.set(plan.id, { plan, request })
        return plan
      },
      'spack.run': ({ plan }) => ({ job: start(plan) }),
      'spack.output': ({ job, from, count, search }) => {
        const printed = lines.get(job)
        if (!printed) throw new StrataError('usage', `job ${job} is not a run of Spack`)
        return pageOf(printed, from, count, search)
      },
    },
    again: (job) => {
      const plan = planOf.get(job)
      return plan === undefined ? undefined : start(plan)
    },
  }
}

interface Printed {
  readonly lines: string[]
  partial: string
}

function pageOf(printed: Printed, from: number, count: number, search = ''): Output<'spack.output'> {
  const total = printed.lines.length
  const found: { number: number; text: string }[] = []
  const rest = { total, ...(printed.partial !== '' && { partial: printed.partial }) }
  for (let number = from < 0 ? Math.max(0, total + from) : from; number < total; number += 1) {
    const text = printed.lines[number] ?? ''
    if (!withoutColours(text).toLowerCase().includes(search.toLowerCase())) continue
    if (found.length === count) return { lines: found, next: number, ...rest }
    found.push({ number, text })
  }
  return { lines: found, ...rest }
}

function fakePlan(
  request: SpackRunRequest,
  { folder, packages, name, concretized }: EnvironmentDetail,
  id: string,
): SpackPlan {
  const { action } = request
  const specs = 'specs' in request ? request.specs : []
  const args = spackArguments(request, folder)
  const chosen = packages.filter((p) => specs.some((spec) => spec === p.name || spec === `/${p.hash}`))
  const users = packages.filter((p) => p.dependencies.some((d) => chosen.some((one) => one.hash === d.hash && d.types.includes('link')))) // biome-ignore format: one thought
  const findings: SpackPlan['findings'] = []
  if (request.action === 'uninstall' && users.length > 0 && !request.dependents) {
    const message = `Spack refuses without --dependents: ${listNames(users.map((p) => `${p.name}@${p.version}`))} need ${listNames(chosen.map((p) => `${p.name}@${p.version}`))}.` // biome-ignore format: a sentence
    findings.push({ severity: 'warning', message, hint: 'With dependents they are uninstalled as well.' })
  }
  if (request.action === 'concretize' && concretized && !request.force) {
    findings.push({ severity: 'note', message: 'What is concretized already stays as it is', hint: 'With force everything is concretized anew.' }) // biome-ignore format: one thought
  }
  return {
    id,
    action,
    title: `${action[0]?.toUpperCase()}${action.slice(1)} ${specs.length > 0 ? `${listNames(chosen.length > 0 ? chosen.map((p) => p.name) : specs)} in ` : ''}${name}`,
    madeAt: Date.now(),
    command: ['/home/demo/spack/bin/spack', ...args].map(shellQuote).join(' '),
    cwd: folder,
    variables: spackVariables(request.colours),
    spack: { root: '/home/demo/spack', version: '0.22.5' },
    environment: folder,
    findings,
  }
}

/** What is printed and told at one moment. */
interface Step {
  readonly lines: readonly string[]
  /** The package that it is about, and what it is doing then. */
  readonly item?: Pick<JobItem, 'key' | 'name' | 'phase' | 'doing'>
}

interface Script {
  readonly steps: readonly Step[]
  readonly total: number
  readonly end: 'done' | 'failed' | 'asks'
}

const esc = '\u001b'
const blue = (text: string): string => `${esc}[1;34m${text}${esc}[0m`
const green = (text: string): string => `${esc}[0;32m${text}${esc}[0m`
const red = (text: string): string => `${esc}[1;31m${text}${esc}[0m`
const arrow = blue('==>')

function scriptOf(request: SpackRunRequest, environment: EnvironmentDetail): Script {
  const specs = 'specs' in request ? request.specs : []
  if (request.action === 'concretize') return concretizing(environment)
  if (request.action === 'find') return finding(environment)
  if (request.action === 'uninstall') return uninstalling(environment, specs)
  if (specs.includes('flood')) {
    const flood = Array.from({ length: 400 }, (_, at) => ({ lines: Array.from({ length: 500 }, (_, n) => compilerLine(at * 500 + n)) })) // biome-ignore format: one thought
    return { steps: flood, total: 0, end: 'done' }
  }
  if (specs.includes('ask')) {
    return { steps: [{ lines: [`${arrow} The following packages will be touched`] }], total: 0, end: 'asks' }
  }
  const broken = specs.includes('broken')
  const packages = environment.packages.slice(0, broken ? 6 : 15)
  const steps = packages.flatMap((one, at) => building(one, at, packages.length, broken && at === 4))
  return { steps: broken ? [...steps.slice(0, -9), ...failing(packages[4])] : steps, total: packages.length, end: broken ? 'failed' : 'done' } // biome-ignore format: one thought
}

function compilerLine(n: number): string {
  const file = `src/module_${n % 977}/part${n}.c`
  if (n % 50 === 0) return `${esc}[01m${file}:${n % 300}:7:${esc}[m ${esc}[01;35mwarning: ${esc}[munused variable ${esc}[01m‘rank’${esc}[m [${esc}[01;35m-Wunused-variable${esc}[m]` // biome-ignore format: a line of gcc
  return `[${String(n % 100).padStart(3)}%] ${green(`Building C object CMakeFiles/all.dir/${file}.o`)}`
}

function building(
  { name, version, hash, prefix }: PackageSummary,
  at: number,
  of: number,
  fails: boolean,
): readonly Step[] {
  const id = `${name}-${version}-${hash}`
  const item = { key: hash, name: `${name}@${version}` }
  const fromCache = at % 3 === 0 && !fails
  const begin: Step = {
    lines: [`${arrow} Installing ${id} [${at + 1}/${of}]`],
    item: { ...item, phase: fromCache ? 'fetch' : 'build' },
  }
  const end: Step = {
    lines: [`${arrow} ${name}: Successfully installed ${id}`, `  Fetch: 0.${at}1s.  Build: 4.2${at}s.  Total: 4.9${at}s`, `${green('[+]')} ${prefix}`], // biome-ignore format: Spack's lines
    item: { ...item, phase: 'done' },
  }
  if (fromCache) {
    return [begin, { lines: [`${arrow} Fetching oci://localhost:5445/demo/buildcache`, `${arrow} Extracting ${id} from binary cache`], item: { ...item, phase: 'unpack' } }, end] // biome-ignore format: one thought
  }
  const phases = ['autoreconf', 'configure', 'build', 'install'].map(
    (doing, k): Step => ({
      lines: [
        `${arrow} ${name}: Executing phase: '${doing}'`,
        ...(k === 2 ? Array.from({ length: 6 }, (_, n) => compilerLine(at * 50 + n)) : []),
      ],
      item: { ...item, phase: 'build', doing },
    }),
  )
  return [begin, { lines: [`${arrow} No binary for ${id} found: installing from source`] }, ...phases, end]
}

function failing(one: PackageSummary | undefined): readonly Step[] {
  if (!one) return []
  const log = `/tmp/demo/spack-stage/spack-stage-${one.name}-${one.version}-${one.hash}/spack-build-out.txt`
  return [
    {
      lines: [
        `${arrow} ${red('Error')}: ProcessError: Command exited with status 2:`,
        "    'make' '-j8'",
        '',
        '2 errors found in build log:',
        `     41    ${red('error:')} implicit declaration of function ‘tgetent’ [${esc}[38;5;208m-Wimplicit${esc}[0m]`,
        `     42    make: *** [Makefile:114: ${one.name}.o] ${red('Error 1')}`,
        '',
        'See build log for details:',
        `  ${log}`,
      ],
      item: { key: one.hash, name: `${one.name}@${one.version}`, phase: 'failed' },
    },
  ]
}

function concretizing({ packages, name }: EnvironmentDetail): Script {
  const tree = packages.map((one) => `${green('[+]')}  ${one.hash.slice(0, 7)}  ${one.root ? '' : '    ^'}${one.name}${esc}[36m@${one.version}${esc}[0m${esc}[32m%${one.compiler}${esc}[0m ${esc}[94m${one.variants}${esc}[0m ${esc}[35march=linux-debian12-${one.target}${esc}[0m`) // biome-ignore format: Spack's line
  return {
    steps: [
      { lines: [`${arrow} Starting concretization pool with 8 processes`] },
      ...[1, 2, 3, 4].map((n) => ({ lines: [`${arrow} Environment ${name} concretized in ${n}.21 seconds`] })),
      { lines: [`${arrow} Concretized ${packages.filter((p) => p.root).length} specs`, ...tree] },
      { lines: [`${arrow} Updating view at /home/demo/spack/var/spack/environments/${name}/.spack-env/view`] },
    ],
    total: 0,
    end: 'done',
  }
}

function finding({ packages, name }: EnvironmentDetail): Script {
  const list = packages.map((one) => `${one.name}${esc}[36m@${one.version}${esc}[0m`)
  const lines = [`${arrow} In environment ${name}`, `-- ${esc}[35mlinux-debian12-x86_64${esc}[0m / ${green('gcc@12.2.0')} ${'-'.repeat(24)}`, ...list, `${arrow} ${packages.length} installed packages`] // biome-ignore format: Spack's lines
  return { steps: [{ lines }], total: 0, end: 'done' }
}

function uninstalling({ packages }: EnvironmentDetail, specs: readonly string[]): Script {
  const gone = packages.filter((one) => specs.some((spec) => spec === one.name || spec === `/${one.hash}`))
  const steps = gone.map((one): Step => {
    const item = { key: one.hash, name: `${one.name}@${one.version}`, phase: 'done' } as const
    return { lines: [`${arrow} Successfully uninstalled ${one.name}@${one.version}%${one.compiler} arch=linux-debian12-${one.target}/${one.hash.slice(0, 7)}`], item } // biome-ignore format: one thought
  })
  return { steps, total: gone.length, end: 'done' }
}

const tick = 100
/** Milliseconds that the one which asks takes to be stopped. */
const stopping = 900

/** Plays a script as a job, a step at a time. */
function play(
  id: string,
  plan: SpackPlan,
  { steps, total, end }: Script,
  printed: Printed,
  parts: Pick<Parameters<typeof fakeSpackRuns>[0], 'speed' | 'changed' | 'printed'>,
): FakeJob {
  const items = new Map<string, JobItem>()
  const left = [...steps]
  let job: Job = {
    id,
    kind: 'spack',
    title: plan.title,
    state: 'running',
    startedAt: Date.now(),
    command: plan.command,
    log: [],
    stack: [],
    progress: { itemsDone: 0, itemsTotal: total, bytesDone: 0, bytesTotal: 0, rate: 0, items: [] },
  }
  const publish = (change: Partial<Job> = {}): void => {
    const all = [...items.values()]
    const itemsDone = all.filter((item) => item.phase === 'done').length
    const itemsTotal = Math.max(total, all.length)
    job = { ...job, ...change, progress: { ...job.progress, itemsDone, itemsTotal, items: all } }
    parts.changed(job)
  }
  const tell = (from: number): void => {
    const lines = printed.lines.slice(Math.max(from, printed.lines.length - 500))
    const partial = printed.partial === '' ? undefined : printed.partial
    parts.printed({ job: id, from: printed.lines.length - lines.length, lines, total: printed.lines.length, partial })
  }
  const finish = (change: Partial<Job>): void => {
    clearInterval(timer)
    printed.partial = ''
    publish({ ...change, ending: undefined, endedAt: Date.now() })
  }
  const ended = (): void => {
    if (end === 'asks') {
      if (printed.partial !== '') return
      printed.partial = `${arrow} Do you want to proceed? [y/N] `
      tell(printed.lines.length)
      return
    }
    const seconds = (Date.now() - job.startedAt) / 1000
    if (end === 'done') {
      finish({ state: 'done', ran: { exitCode: 0, lines: printed.lines.length, seconds, findings: [] } })
      return
    }
    const [failed] = [...items.values()].filter((item) => item.phase === 'failed')
    const log = printed.lines.at(-1)?.trim()
    const findings = [
      { severity: 'problem', message: `${failed?.name} could not be built`, hint: `Its build log: ${log}`, hash: failed?.key }, // biome-ignore format: a finding
      { severity: 'problem', message: "ProcessError: Command exited with status 2:\n    'make' '-j8'" },
    ] as const
    const error = { code: 'spack-failed', message: `Spack ended with 1: ${findings[0].message}`, hint: findings[0].hint } as const // biome-ignore format: an error
    finish({ state: 'failed', error, ran: { exitCode: 1, lines: printed.lines.length, seconds, findings: [...findings] } }) // biome-ignore format: one thought
  }
  const advance = (): void => {
    const from = printed.lines.length
    const now = left.splice(0, end === 'done' && steps.length > 300 ? 40 : Math.max(1, Math.round(parts.speed)))
    for (const { lines, item } of now) {
      printed.lines.push(...lines)
      if (item) items.set(item.key, { ...items.get(item.key), ...item, done: 0, total: 0 })
    }
    if (printed.lines.length > from) tell(from)
    publish()
    if (left.length === 0) ended()
  }
  const timer = setInterval(advance, tick)
  // One that asks runs until it is stopped: it must not keep a process from its end.
  timer.unref()
  publish()
  return {
    job: () => job,
    cancel: () => {
      clearInterval(timer)
      publish({ ending: true })
      setTimeout(() => finish({ state: 'cancelled' }), end === 'asks' ? stopping : tick)
    },
    pause: () => {
      throw new StrataError('usage', 'a run of Spack cannot be paused')
    },
  }
}
