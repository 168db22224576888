import { availableParallelism } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { RepositoryRequest, type RepositoryRequestInput } from './api/catalog.ts'
import type { Engine, EventName, EventPayload, Method, Output, Parsed } from './api/contract.ts'
import type { Settings, Workspace } from './api/models.ts'
import type { Browsed } from './buildcache/browse/browsed.ts'
import { connect } from './buildcache/connection.ts'
import { doctorCommand } from './buildcache/doctor/command.ts'
import { describeEnvironment, measureEnvironment } from './buildcache/environments.ts'
import { packageTag } from './buildcache/package-tag.ts'
import { createPushes } from './buildcache/push/pushes.ts'
import { createRegistries } from './buildcache/registries.ts'
import { type Host, openSource } from './buildcache/source.ts'
import { checkOpenable, sampleAt, workspaceOf } from './buildcache/workspace.ts'
import { parseInput } from './input.ts'
import { openJobs } from './jobs/jobs.ts'
import { openJournal } from './jobs/journal.ts'
import { createRuns } from './jobs/runs.ts'
import type { Keychain } from './registry/credentials/keychain.ts'
import type { BlobStore } from './store/blob-store.ts'
import type { Folders } from './support/folders.ts'
import { lazily } from './support/lazily.ts'
import type { SettingsFile } from './support/settings.ts'
import type { WorkerPool } from './workers/pool.ts'

export interface EngineParts {
  readonly env: NodeJS.ProcessEnv
  /** The user's home folder. */
  readonly home: string
  readonly version: string
  readonly folders: Folders
  readonly settings: SettingsFile
  /** The logins that Strata keeps. */
  readonly keychain: Keychain
  readonly store: BlobStore
  readonly pool: WorkerPool
  /** The archive of the sample store; it need not be there. */
  readonly sampleFile: string
  readonly now: () => number
}

/** The engine, and its end: running jobs are cancelled and waited for, threads and sockets given back. */
export type OwnedEngine = Engine & {
  /**
   * Work in a repository that opens for it and closes after it, for who lives in the same process: a file's bytes can be
   * streamed there, which the contract does not carry. The signal fires when the engine closes.
   */
  within<T>(request: RepositoryRequestInput, work: (browsed: Browsed) => Promise<T>): Promise<T>
  close(): Promise<void>
}

type Handlers = { readonly [M in Method]: (input: Parsed<M>) => Promise<Output<M>> }

/** Implements the contract by calling the use cases. */
export async function createEngine(parts: EngineParts): Promise<OwnedEngine> {
  const { folders, settings, store, pool, env, home } = parts
  const listeners = new Map<EventName, Set<(payload: never) => void>>()
  const emit = <E extends EventName>(event: E, payload: EventPayload<E>): void => {
    for (const listener of listeners.get(event) ?? []) (listener as (payload: EventPayload<E>) => void)(payload)
  }
  const journal = openJournal(join(folders.state, 'jobs'))
  const jobs = await openJobs({
    journal,
    onChange: (job) => emit('job.changed', job),
    now: parts.now,
  })
  const host = (): Host => {
    const { remembered, registries } = settings.read()
    return { env, home, remembered, registries, keychain: parts.keychain }
  }
  const pushes = createPushes({ host, store, pool, jobs, now: parts.now })
  const runs = createRuns()
  // What installs, browses and examines is loaded at its first use: a push need not read it.
  const installs = lazily(async () => {
    const { createInstalls } = await import('./buildcache/install/installs.ts')
    return createInstalls({ host, store, pool, jobs, now: parts.now })
  })
  const browsing = lazily(async () => {
    const { createBrowsing } = await import('./buildcache/browse/browsing.ts')
    const recentTargets = () => settings.read().recentTargets
    return createBrowsing({ host, recentTargets, store, emit, now: parts.now })
  })
  const acts = lazily(async () => {
    const { createActs } = await import('./buildcache/acts/acts.ts')
    return createActs({ host, store, pool, jobs, emit, now: parts.now })
  })
  const composing = lazily(async () => {
    const { createComposing } = await import('./buildcache/compose/composing.ts')
    return createComposing({ host, store, emit, now: parts.now })
  })
  const spackFiles = () => import('./buildcache/spack-files/read.ts')
  const fileEdits = lazily(async () => {
    const { createFileEdits } = await import('./buildcache/spack-files/edits.ts')
    return createFileEdits({ host, onWait: (wait) => emit('edit.waits', wait) })
  })
  const spackRuns = lazily(async () => {
    const { createSpackRuns } = await import('./buildcache/spack/runs.ts')
    const { outputFile } = journal
    return createSpackRuns({
      host,
      jobs,
      outputFile,
      onOutput: (output) => emit('spack.output', output),
      now: parts.now,
    })
  })
  const sample = sampleAt(join(folders.state, 'sample'), parts.sampleFile)
  const changeSettings = async (change: Partial<Settings>): Promise<Settings> => {
    const changed = await settings.write(change)
    emit('settings.changed', changed)
    return changed
  }
  const registries = createRegistries({ host, settings: { read: settings.read, write: changeSettings } })
  const readWorkspace = (): Promise<Workspace> => workspaceOf(host(), sample)

  const handlers: Handlers = {
    'app.info': async () => ({
      version: parts.version,
      platform: process.platform,
      processors: availableParallelism(),
      home: folders.config,
    }),
    'workspace.read': readWorkspace,
    'workspace.open': async ({ path }) => {
      const folder = isAbsolute(path) ? path : resolve(home, path.replace(/^~\//, ''))
      await checkOpenable(folder, host())
      const { remembered } = settings.read()
      await changeSettings({ remembered: [folder, ...remembered.filter((one) => one !== folder)] })
      return readWorkspace()
    },
    'workspace.forget': async ({ path }) => {
      await changeSettings({ remembered: settings.read().remembered.filter((one) => one !== path) })
      return readWorkspace()
    },
    'workspace.sample': () => sample.prepare(),

    'environment.read': async (ref) => describeEnvironment(ref, await openSource(ref, host())),
    'environment.sizes': async (ref) => measureEnvironment(await openSource(ref, host())),
    'environment.cached': async (input) => {
      const source = await openSource(input, host())
      const connection = await connect(input, source, host())
      try {
        const tags = new Set(await connection.target.tags())
        return [...source.graph.nodes.values()].filter((node) => tags.has(packageTag(node))).map((node) => node.hash)
      } finally {
        await connection.close()
      }
    },

    'environment.text': async (ref) => (await spackFiles()).readManifestText(ref, host()),
    'environment.check': async (input) => (await spackFiles()).checkManifestText(input, host()),
    'environment.complete': async (input) => (await spackFiles()).completeManifestText(input, host()),
    'mirrors.read': async (ref) => (await spackFiles()).readMirrorList(ref, host()),
    'padding.read': async (request) => (await spackFiles()).readPadding(request, host()),
    'edit.plan': async (request) => (await fileEdits()).plan(request),
    'edit.apply': async ({ plan }) => (await fileEdits()).apply(plan),

    'push.plan': (request) => pushes.plan(request),
    'push.run': async ({ plan }) => {
      const job = await pushes.run(plan)
      const asked = jobs.requestOf(job)
      if (asked.kind === 'push') await changeSettings(recent(settings.read(), asked.request))
      return { job }
    },

    'install.plan': async (request) => (await installs()).plan(request),
    'install.check': ({ run, ...request }) =>
      runs.within(run, async (signal) => {
        const { check } = await installs()
        return check(request, signal, (progress) => {
          if (run !== undefined) emit('install.checked', { run, progress })
        })
      }),
    'install.run': async ({ plan }) => {
      const job = await (await installs()).run(plan)
      const asked = jobs.requestOf(job)
      if (asked.kind === 'install') await changeSettings(recent(settings.read(), { to: asked.request.from }))
      return { job }
    },

    'registries.list': () => registries.list(),
    'registries.save': (input) => registries.save(input),
    'registries.forget': (input) => registries.forget(input),
    'registry.login': (input) => registries.login(input),
    'registry.logout': (input) => registries.logout(input),
    'registry.whoami': (input) => registries.whoami(input),
    'registry.doctor': async ({ run, ...input }) => {
      const source = await openSource(input, host()).catch(() => undefined)
      const { examine } = await import('./buildcache/doctor/doctor.ts')
      return await examine(input.to, () => connect(input, source, host(), { maxAttempts: 1 }), {
        env,
        command: doctorCommand(input),
        others: settings.read().recentTargets,
        onStep: (step) => run !== undefined && emit('doctor.step', { run, step }),
        now: parts.now,
      })
    },

    'registry.repositories': (input) =>
      runs.within(undefined, async (signal) => (await browsing())['registry.repositories'](input, signal)),
    'catalog.read': (input) =>
      runs.within(input.run, async (signal) => (await browsing())['catalog.read'](input, signal)),
    'catalog.rows': (input) =>
      runs.within(undefined, async (signal) => (await browsing())['catalog.rows'](input, signal)),
    'image.show': (input) => runs.within(input.run, async (signal) => (await browsing())['image.show'](input, signal)),
    'image.compare': (input) =>
      runs.within(input.run, async (signal) => (await browsing())['image.compare'](input, signal)),
    'layer.files': (input) =>
      runs.within(input.run, async (signal) => (await browsing())['layer.files'](input, signal)),
    'layer.preview': (input) =>
      runs.within(input.run, async (signal) => (await browsing())['layer.preview'](input, signal)),

    'cache.explain': ({ run, ...request }) =>
      runs.within(run, async (signal) => {
        const { explainCache } = await import('./buildcache/explain/explain.ts')
        return explainCache(request, {
          host: host(),
          store,
          signal,
          onProgress: (progress) => run !== undefined && emit('explain.progress', { run, progress }),
          now: parts.now,
        })
      }),

    'ci.recipe': async (input) => (await import('./buildcache/ci/recipe.ts')).recipeFor(input, host()),
    'ci.write': async ({ force, ...input }) => {
      const { recipeFor, writeRecipe } = await import('./buildcache/ci/recipe.ts')
      return writeRecipe(await recipeFor(input, host()), force)
    },

    'act.plan': ({ act, run }) => runs.within(run, async (signal) => (await acts()).plan(act, signal, run)),
    'act.run': async ({ plan }) => {
      const job = await (await acts()).run(plan)
      const asked = jobs.requestOf(job)
      if (asked.kind === 'act' && asked.request.kind === 'compose') {
        const { repository, base } = asked.request
        await changeSettings(recent(settings.read(), { to: repository, baseImage: base }))
      }
      return { job }
    },

    'compose.preview': (input) =>
      runs.within(input.run, async (signal) => (await composing())['compose.preview'](input, signal)),
    'compose.open': (input) =>
      runs.within(input.run, async (signal) => (await composing())['compose.open'](input, signal)),
    'compose.parse': async (input) => (await composing())['compose.parse'](input),

    'spack.plan': async (request) => (await spackRuns()).plan(request),
    'spack.run': async ({ plan }) => ({ job: await (await spackRuns()).run(plan) }),
    'spack.output': async (request) => (await spackRuns()).output(request),

    'run.cancel': async ({ run }) => {
      runs.cancel(run)
      return {}
    },

    'jobs.list': async () => [...jobs.list()],
    'jobs.cancel': async ({ id }) => {
      jobs.cancel(id)
      return {}
    },
    'jobs.pause': async ({ id }) => {
      jobs.pause(id)
      return {}
    },
    'jobs.resume': async ({ id }) => {
      jobs.resume(id)
      return {}
    },
    'jobs.retry': async ({ id }) => {
      const asked = jobs.requestOf(id)
      if (asked.kind === 'push') {
        const plan = await pushes.plan(asked.request)
        return { job: await pushes.run(plan.id) }
      }
      if (asked.kind === 'act') {
        const { plan, run } = await acts()
        const { id: again } = await runs.within(undefined, (signal) => plan(asked.request, signal, undefined))
        return { job: await run(again) }
      }
      if (asked.kind === 'spack') return { job: await (await spackRuns()).again(id) }
      const { plan, run } = await installs()
      return { job: await run((await plan(asked.request)).id) }
    },
    'jobs.clear': async () => {
      await jobs.clear()
      return {}
    },

    'cache.info': async () => cacheInfo(store),
    'cache.clear': async () => {
      await store.clear()
      return cacheInfo(store)
    },

    'settings.read': async () => settings.read(),
    'settings.write': (change) => changeSettings(change),
  }

  return {
    call: async (method, input) => {
      const handler = handlers[method] as (input: unknown) => Promise<Output<typeof method>>
      return handler(parseInput(method, input))
    },
    on: (event, listener) => {
      const set = listeners.get(event) ?? new Set()
      listeners.set(event, set)
      set.add(listener as (payload: never) => void)
      return () => void set.delete(listener as (payload: never) => void)
    },
    within: (request, work) =>
      runs.within(undefined, async (signal) =>
        (await browsing()).within(RepositoryRequest.parse(request), signal, work),
      ),
    close: async () => {
      await jobs.close()
      await pushes.close()
      runs.close()
      for (const used of [installs, acts, composing, spackRuns]) await (await used.made())?.close()
      await pool.close()
    },
  }
}

async function cacheInfo(store: BlobStore): Promise<Output<'cache.info'>> {
  const { root, blobs, layers, bytes, limitBytes } = await store.info()
  return { folder: root, blobs, layers, bytes, limitBytes }
}

/** The last few targets and base images, newest first, for the form's suggestions. */
function recent(settings: Settings, request: { to: string; baseImage?: string }): Partial<Settings> {
  const inFront = (list: readonly string[], value: string | undefined): string[] =>
    value === undefined ? [...list] : [value, ...list.filter((one) => one !== value)].slice(0, 10)
  return {
    recentTargets: inFront(settings.recentTargets, request.to),
    recentBaseImages: inFront(settings.recentBaseImages, request.baseImage),
  }
}
