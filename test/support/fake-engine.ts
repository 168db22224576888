import type { ActPlan, ActRequest } from '../../main/api/acts.ts'
import {
  contract,
  type Engine,
  type EventName,
  type EventPayload,
  type Input,
  type Method,
  type Output,
  type Parsed,
} from '../../main/api/contract.ts'
import { lastPart } from '../../main/api/format.ts'
import type { InstallPlan } from '../../main/api/install.ts'
import type { EnvironmentEntry, EnvironmentRef, Job, PushPlan, Settings, Workspace } from '../../main/api/models.ts'
import type { Keychain } from '../../main/api/registries.ts'
import { StrataError } from '../../main/support/errors.ts'
import { applyAct, fakeActPlan, startFakeAct } from './fake-acts.ts'
import { createFakeBrowsing } from './fake-browse.ts'
import { fakeCi } from './fake-ci.ts'
import { type Examined, fakeLayers, fakeOpened, fakeParsed, fakePreview } from './fake-compose.ts'
import {
  brokenRef,
  type FakeEnvironment,
  generatedEnvironment,
  hugeRef,
  sampleEnvironment,
  sampleRef,
  tallRef,
  toolsEnvironment,
  toolsRef,
} from './fake-data.ts'
import { fakeReport } from './fake-doctor.ts'
import { fakeExplanation } from './fake-explain.ts'
import { fakeCheckedPlan, fakeInstallPlan } from './fake-install.ts'
import { startFakeInstall } from './fake-install-job.ts'
import { type FakeJob, type FakeJobOptions, startFakeJob } from './fake-job.ts'
import { fakePlan } from './fake-plan.ts'
import { createFakeRegistries } from './fake-registries.ts'
import { type FakeSpackFiles, fakeSpackFiles } from './fake-spack-files.ts'
import { fakeSpackRuns } from './fake-spack-runs.ts'

export interface FakeEngineOptions {
  /** `empty`: no Spack at all, only the sample · `full`: tools, science (300 packages), everything (50,000). */
  readonly workspace: 'empty' | 'full'
  /** Name of a package whose upload, or whose fetching, fails the first time. */
  readonly failing?: string
  readonly speed?: number
  /** Milliseconds that looking into a package takes. */
  readonly checkTime?: number
  /** Milliseconds that planning takes. */
  readonly planTime?: number
  /** What this system has for logins: `system` unless said otherwise. */
  readonly keychain?: Keychain['kind']
  /** Milliseconds between two steps of the doctor. */
  readonly stepTime?: number
  /** Milliseconds between two batches of a catalogue. */
  readonly batchTime?: number
  /** Spack's own files, where a test brings some or looks at them. */
  readonly spackFiles?: Omit<FakeSpackFiles, 'onCreated' | 'packagesOf'>
  /** There is one, unless said otherwise. */
  readonly spack?: 'missing'
}

type AnyPlan =
  | { readonly kind: 'push'; readonly plan: PushPlan }
  | { readonly kind: 'install'; readonly plan: InstallPlan }
  | { readonly kind: 'act'; readonly plan: ActPlan; readonly request: ActRequest }

type Handlers = { [M in Method]: (input: Parsed<M>) => Promise<Output<M>> | Output<M> }

/** So often a made-up explanation says how far it is. */
const EXPLAIN_PARTS = 10

/** An engine of plain data, so that the window is developed and tested without a disk, a registry or a Spack. */
export function createFakeEngine(options: FakeEngineOptions): Engine {
  const listeners = new Map<EventName, Set<(payload: never) => void>>()
  const environments = new Map<string, FakeEnvironment>()
  const plans = new Map<string, AnyPlan>()
  const jobs: FakeJob[] = []
  const planOf = new Map<string, AnyPlan>()
  const cancelledChecks = new Set<string>()
  const examined: Examined = new Set()
  /** Prefixes that an install has written. */
  const installed = new Set<string>()
  const speed = options.speed ?? 1
  const registries = createFakeRegistries({
    known: options.workspace === 'full' ? 'many' : 'none',
    keychain: options.keychain ?? 'system',
  })
  const browsing = createFakeBrowsing({
    batchTime: options.batchTime ?? 20,
    progress: (payload) => emit('catalog.progress', payload),
  })
  let workspace: Workspace = { instances: [], folders: [], sampleAvailable: true }
  let settings: Settings = { theme: 'system', cacheLimitBytes: 20 * 1024 ** 3, remembered: [], recentTargets: [], recentBaseImages: [], registries: [] } // biome-ignore format: plain data
  let blobs = 14
  let pushed = false
  let failing = options.failing
  let lastId = 0

  if (options.workspace === 'full') {
    workspace = fullWorkspace()
    settings = {
      ...settings,
      remembered: ['/home/demo/projects/climate-model-2026'],
      recentTargets: ['oci://ghcr.io/demo/cache'],
      recentBaseImages: ['ghcr.io/demo/base:2026.10'],
    }
  }

  function emit<E extends EventName>(event: E, payload: EventPayload<E>): void {
    for (const listener of listeners.get(event) ?? []) (listener as (p: EventPayload<E>) => void)(payload)
  }

  function environment(ref: EnvironmentRef): FakeEnvironment {
    const key = ref.environment
    const known = environments.get(key)
    if (known) return known
    const made = makeEnvironment(ref)
    environments.set(key, made)
    return made
  }

  function start(planned: AnyPlan): string {
    const id = `job-${++lastId}`
    planOf.set(id, planned)
    const how = { failing, speed, onChange: (job: Job) => changed(job) }
    failing = undefined
    jobs.unshift(pretend(id, planned, how))
    return id
  }

  function pretend(id: string, planned: AnyPlan, how: FakeJobOptions): FakeJob {
    if (planned.kind === 'push') return startFakeJob(id, planned.plan, planned.plan.command, how)
    if (planned.kind === 'install') return startFakeInstall(id, planned.plan, how)
    const { plan, request } = planned
    return startFakeAct(id, plan, { ...how, apply: () => applyAct(request, plan, browsing.cache(request.repository)) })
  }

  function run(kind: AnyPlan['kind'], id: string): { job: string } {
    const planned = plans.get(id)
    if (planned?.kind === kind) return { job: start(planned) }
    throw new StrataError('plan-stale', 'The plan is older than the store. It is being made anew.')
  }

  /** The demo cache holds the tools; one that is named after everything holds as much. */
  function cacheOf({ from, environment: ref }: Parsed<'install.plan'>): FakeEnvironment {
    return environment(ref ?? (from.includes('everything') ? hugeRef : from.includes('science') ? tallRef : toolsRef))
  }

  function changed(job: Job): void {
    if (job.state === 'done' && job.kind === 'push') pushed = true
    for (const one of job.installed?.installed ?? []) installed.add(one.prefix)
    emit('job.changed', job)
  }

  /** A new environment is there, with nothing in it. A folder is known when it is opened. */
  function created(name: string): void {
    const named = !name.startsWith('/')
    const ref = { environment: name, ...(named && { spack: '/home/demo/spack' }) }
    const { detail } = sampleEnvironment()
    environments.set(name, {
      detail: { ...detail, ref, name: ref.environment, folder: entryOf(ref, name).folder, specs: [], concretized: false, roots: [], packages: [], mirrors: [], findings: [] }, // biome-ignore format: plain data
      disk: {},
      packed: {},
    })
    if (!named) return
    const instances = workspace.instances.map((one) => ({ ...one, environments: [...one.environments, entryOf(ref, name)] })) // biome-ignore format: plain data
    workspace = { ...workspace, instances }
  }

  const find = (id: string) => {
    const job = jobs.find((j) => j.job().id === id)
    if (!job) throw new StrataError('usage', `no job ${id}`)
    return job
  }
  const cache = () => ({ folder: '/home/demo/.cache/strata/blobs', blobs, layers: blobs, bytes: blobs * 1_921_000, limitBytes: settings.cacheLimitBytes }) // biome-ignore format: plain data

  const spack = fakeSpackRuns({
    installed: options.spack !== 'missing',
    environment: (ref) => environment({ ...ref, environment: ref.environment ?? '' }).detail,
    speed,
    nextId: () => ++lastId,
    started: (job) => jobs.unshift(job),
    changed,
    printed: (output) => emit('spack.output', output),
  })

  const handlers: Handlers = {
    'app.info': () => ({
      version: '0.1.0',
      platform: 'linux-x64',
      processors: 8,
      home: '/home/demo/.local/share/strata',
    }),
    ...fakeSpackFiles({
      onWait: (wait) => emit('edit.waits', wait),
      ...options.spackFiles,
      onCreated: created,
      packagesOf: ({ environment: name = '', ...ref }) => environment({ ...ref, environment: name }).detail.packages,
    }),
    'workspace.read': () => workspace,
    'workspace.open': ({ path }) => {
      if (environments.has(path)) {
        workspace = { ...workspace, folders: [...workspace.folders, entryOf({ environment: path }, path)] }
        return workspace
      }
      if (!path.includes('spack')) {
        throw new StrataError('spack-not-found', `${path} is neither a Spack installation nor an environment.`, {
          hint: 'A Spack installation has bin/spack; an environment has a spack.yaml.',
          details: { path },
        })
      }
      workspace = { ...fullWorkspace(), folders: workspace.folders }
      return workspace
    },
    'workspace.forget': ({ path }) => {
      workspace = { ...workspace, folders: workspace.folders.filter((f) => f.folder !== path) }
      settings = { ...settings, remembered: settings.remembered.filter((p) => p !== path) }
      return workspace
    },
    'workspace.sample': () => {
      const instance = { root: '/home/demo/spack', sysroot: '/tmp/sample', version: '0.22.5', foundBy: 'sample', runnable: false, environments: [{ ref: sampleRef, name: 'sample', folder: '/tmp/sample/env', concretized: true }] } // biome-ignore format: plain data
      workspace = { ...workspace, instances: [...workspace.instances, instance], sampleAvailable: false }
      return { ref: sampleRef, target: 'oci-layout:///home/demo/.local/share/strata/sample/registry' }
    },
    'environment.read': (ref) => environment(ref).detail,
    'environment.sizes': async (ref) => {
      await wait(120)
      return { ...environment(ref).disk }
    },
    'environment.cached': (ref) => environment(ref).detail.packages.filter((p) => pushed || p.name.length % 2 === 0).map((p) => p.hash), // biome-ignore format: one thought
    'push.plan': async (request) => {
      await wait(options.planTime ?? 150)
      refuse(request)
      const plan = fakePlan(
        environment({ ...request, environment: request.environment ?? '' }),
        request,
        `plan-${++lastId}`,
        pushed,
      )
      plans.set(plan.id, { kind: 'push', plan })
      return plan
    },
    'push.run': ({ plan }) => run('push', plan),
    'install.plan': async (request) => {
      await wait(options.planTime ?? 150)
      refuse({ to: request.from })
      const plan = fakeInstallPlan(cacheOf(request), request, `plan-${++lastId}`, installed)
      plans.set(plan.id, { kind: 'install', plan })
      return plan
    },
    'install.check': async ({ run, ...request }) => {
      const plan = fakeInstallPlan(cacheOf(request), request, `plan-${++lastId}`, installed)
      const written = plan.packages.filter((one) => one.action === 'install' || one.action === 'overwrite')
      const total = { packagesTotal: written.length, bytesToFetch: plan.bytesToFetch }
      for (let packages = 0; packages <= written.length; packages++) {
        const bytesFetched = Math.round((plan.bytesToFetch * packages) / Math.max(1, written.length))
        if (run !== undefined) emit('install.checked', { run, progress: { ...total, packages, bytesFetched } })
        await wait(options.checkTime ?? 40)
        if (run !== undefined && cancelledChecks.has(run)) throw new StrataError('cancelled', 'the check was cancelled')
      }
      return fakeCheckedPlan(plan, request)
    },
    'install.run': ({ plan }) => run('install', plan),
    'registries.list': () => registries.list(),
    'registries.save': (input) => registries.save(input),
    'registries.forget': (input) => registries.forget(input),
    'registry.login': async (input) => {
      await wait(200)
      return registries.login(input)
    },
    'registry.logout': (input) => registries.logout(input),
    'registry.whoami': (input) => registries.whoami(input),
    'registry.doctor': async ({ to, credentials, run }) => {
      const target = to.includes('/') ? to : 'oci://localhost:5445/demo/buildcache'
      const [login] = registries.whoami({ to: target }).logins
      const report = fakeReport(target, login, credentials !== undefined)
      for (const step of report.steps) {
        await wait(options.stepTime ?? 40)
        if (run !== undefined) emit('doctor.step', { run, step })
      }
      return report
    },
    'registry.repositories': async (input) => {
      await wait(150)
      return browsing.repositories(input)
    },
    'catalog.read': (input) => browsing.read(input),
    'catalog.rows': (input) => browsing.rows(input),
    'image.show': (input) => browsing.show(input),
    'image.compare': (input) => browsing.compare(input),
    'layer.files': (input) => browsing.files(input),
    'layer.preview': (input) => browsing.preview(input),
    'cache.explain': async ({ run, ...request }) => {
      refuse({ to: request.repository ?? '' })
      const { detail } = environment({ ...request, environment: request.environment ?? '' })
      const total = detail.packages.length
      for (let part = 0; part < EXPLAIN_PARTS; part++) {
        const done = Math.floor((total * part) / EXPLAIN_PARTS)
        if (run !== undefined) emit('explain.progress', { run, progress: { what: 'packages', done, total } })
        await wait((options.planTime ?? 150) / EXPLAIN_PARTS)
        if (run !== undefined && cancelledChecks.has(run))
          throw new StrataError('cancelled', 'the question was cancelled')
      }
      return fakeExplanation(detail, request)
    },
    ...fakeCi(),
    'act.plan': async ({ act }) => {
      await wait(options.planTime ?? 150)
      refuse({ to: act.repository })
      if (act.kind === 'copy') refuse({ to: act.to })
      const plan = fakeActPlan(act, browsing.cache(act.repository), `plan-${++lastId}`)
      plans.set(plan.id, { kind: 'act', plan, request: act })
      return plan
    },
    'act.run': ({ plan }) => run('act', plan),
    'compose.preview': async ({ examine, run, ...request }) => {
      refuse({ to: request.repository })
      const cacheOfIt = browsing.cache(request.repository)
      const layers = examine === 'all' ? fakeLayers(request, cacheOfIt) : []
      const left = layers.filter(({ digest }) => !examined.has(digest))
      for (const [done, { digest, name }] of left.entries()) {
        if (run !== undefined) emit('compose.progress', { run, what: 'examine', done, total: left.length, name })
        await wait(options.checkTime ?? 40)
        if (run !== undefined && cancelledChecks.has(run)) throw new StrataError('cancelled', 'the look was cancelled')
        examined.add(digest)
      }
      return fakePreview(request, cacheOfIt, examined)
    },
    'compose.open': async ({ repository, tag }) => {
      await wait(60)
      return fakeOpened(browsing.cache(repository), tag)
    },
    'compose.parse': ({ text, file }) => fakeParsed(text, file),
    ...spack.handlers,
    'run.cancel': ({ run: name }) => {
      browsing.cancel(name)
      cancelledChecks.add(name)
      return {}
    },
    'jobs.list': () => jobs.map((j) => j.job()),
    'jobs.cancel': ({ id }) => {
      find(id).cancel()
      return {}
    },
    'jobs.pause': ({ id }) => {
      find(id).pause(true)
      return {}
    },
    'jobs.resume': ({ id }) => {
      find(id).pause(false)
      return {}
    },
    'jobs.retry': ({ id }) => {
      const again = spack.again(id)
      if (again !== undefined) return { job: again }
      const planned = planOf.get(id)
      if (!planned) throw new StrataError('usage', `no job ${id}`)
      return { job: start(planned) }
    },
    'jobs.clear': () => {
      const running = jobs.filter((j) => j.job().endedAt === undefined)
      jobs.splice(0, jobs.length, ...running)
      return {}
    },
    'cache.info': cache,
    'cache.clear': () => {
      blobs = 0
      return cache()
    },
    'settings.read': () => settings,
    'settings.write': (change) => {
      settings = { ...settings, ...change }
      emit('settings.changed', settings)
      return settings
    },
  }

  return {
    async call<M extends Method>(method: M, input: Input<M>): Promise<Output<M>> {
      const parsed = contract[method].input.parse(input) as Parsed<M>
      return handlers[method](parsed)
    },
    on(event, listener) {
      const set = listeners.get(event) ?? new Set()
      listeners.set(event, set)
      set.add(listener)
      return () => set.delete(listener)
    },
  }
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** The targets whose names ask for trouble get it. */
function refuse({ to, tag }: { to: string; tag?: string }): void {
  if (to.includes('unreachable')) {
    throw new StrataError('registry-unreachable', `${to}: connection refused while asking for /v2/.`, {
      hint: 'Is the registry running, and is this its address? Over plain HTTP it is oci+http://.',
      details: { host: 'unreachable.example:5000', syscall: 'connect', errno: 'ECONNREFUSED' },
    })
  }
  if (to.includes('denied')) {
    throw new StrataError('registry-auth', `${to}: the registry refused the credentials (401).`, {
      hint: 'Log in with “docker login”, or type a username and password here.',
      details: { status: 401, credentials: 'docker config' },
    })
  }
  if (tag?.endsWith('.spack')) {
    throw new StrataError('tag-invalid', `${tag}: a tag that ends in .spack belongs to a package.`)
  }
}

function makeEnvironment(ref: EnvironmentRef): FakeEnvironment {
  if (ref.environment === toolsRef.environment) return toolsEnvironment()
  if (ref.environment === sampleRef.environment) return sampleEnvironment()
  if (ref.environment === tallRef.environment) return generatedEnvironment(tallRef, 300)
  if (ref.environment === hugeRef.environment) return generatedEnvironment(hugeRef, 50_000)
  throw new StrataError('lockfile-too-new', `${ref.environment}/spack.lock has version 9; Strata knows 1 to 8.`, {
    hint: 'A newer Spack wrote it. Update Strata, or concretize with Spack 1.1 or older.',
    details: { file: `${ref.environment}/spack.lock`, version: 9 },
  })
}

function entryOf(ref: EnvironmentRef, name: string): EnvironmentEntry {
  const folder = name.startsWith('/') ? name : `/home/demo/spack/var/spack/environments/${name}`
  return { ref, name: lastPart(name), folder, concretized: false }
}

function fullWorkspace(): Workspace {
  const folder = '/home/demo/spack/var/spack/environments'
  const named = [toolsRef, tallRef, hugeRef].map((ref) => ({
    ref,
    name: ref.environment,
    folder: `${folder}/${ref.environment}`,
    concretized: true,
  }))
  return {
    instances: [
      { root: '/home/demo/spack', version: '0.22.5', foundBy: 'SPACK_ROOT', runnable: true, environments: named },
    ],
    folders: [{ ref: brokenRef, name: 'climate-model-2026', folder: brokenRef.environment, concretized: true }],
    sampleAvailable: true,
  }
}
