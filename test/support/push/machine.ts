import { join } from 'node:path'
import type { Job, PushPlan, PushRequestInput } from '../../../main/api/models.ts'
import { createEngine, type OwnedEngine } from '../../../main/engine.ts'
import { openKeychain } from '../../../main/registry/credentials/keychain.ts'
import { openBlobStore } from '../../../main/store/blob-store.ts'
import { strataFolders } from '../../../main/support/folders.ts'
import { openSettings } from '../../../main/support/settings.ts'
import { createWorkerPool } from '../../../main/workers/pool.ts'
import { sampleEnvironment, sampleFile, sampleSpack } from '../sample.ts'
import { workerFile } from '../worker.ts'

/** A user's machine in a folder: an engine with a home, a blob store and a journal of its own. */
export interface Machine {
  readonly engine: OwnedEngine
  /** Where `STRATA_HOME` points to. */
  readonly home: string
  /** The blob store's folder. */
  readonly blobs: string
  /** The packages that were packed, as `name@version/hash`, in order. */
  readonly packed: string[]
  plan(request: PushRequestInput): Promise<PushPlan>
  /** Plans and runs to the end; `watch` sees every update of the job. */
  push(request: PushRequestInput, watch?: (job: Job) => void): Promise<{ readonly plan: PushPlan; readonly job: Job }>
  /** Runs a plan to the end. */
  run(plan: PushPlan, watch?: (job: Job) => void): Promise<Job>
  close(): Promise<void>
}

export interface MachineOptions {
  readonly env?: NodeJS.ProcessEnv
  /** Folder of its blob store, when it is not below its home. */
  readonly blobs?: string
  readonly now?: () => number
}

/** Starts a machine; nothing of the machine that the test runs on is visible to it. */
export async function startMachine(folder: string, options: MachineOptions = {}): Promise<Machine> {
  const home = join(folder, 'strata')
  const env = { PATH: process.env.PATH, HOME: join(folder, 'home'), STRATA_HOME: home, ...options.env }
  const folders = strataFolders(env, env.HOME, 'linux')
  const blobs = options.blobs ?? join(folders.cache, 'blobs')
  const pool = createWorkerPool({ file: workerFile, threads: 2 })
  const packed: string[] = []
  const engine = await createEngine({
    env,
    home: env.HOME,
    version: 'test',
    folders,
    settings: await openSettings(folders.config),
    keychain: openKeychain({ folder: folders.config }),
    store: await openBlobStore({ root: blobs }),
    pool: {
      threads: pool.threads,
      prepareToPlace: () => pool.prepareToPlace(),
      pack: (input, packing) => {
        packed.push(input.name)
        return pool.pack(input, packing)
      },
      merge: (input, merging) => pool.merge(input, merging),
      place: (input, placing) => pool.place(input, placing),
      close: () => pool.close(),
    },
    sampleFile,
    now: options.now ?? Date.now,
  })
  const run = async (plan: PushPlan, watch?: (job: Job) => void): Promise<Job> => {
    let id = ''
    const ended = new Promise<Job>((resolve) => {
      const stop = engine.on('job.changed', (job) => {
        if (job.title !== plan.title || (id !== '' && job.id !== id)) return
        watch?.(job)
        if (job.endedAt === undefined) return
        stop()
        resolve(job)
      })
    })
    id = (await engine.call('push.run', { plan: plan.id })).job
    return ended
  }
  const plan = (request: PushRequestInput): Promise<PushPlan> => engine.call('push.plan', request)
  return {
    engine,
    home,
    blobs,
    packed,
    plan,
    run,
    push: async (request, watch) => {
      const made = await plan(request)
      return { plan: made, job: await run(made, watch) }
    },
    close: () => engine.close(),
  }
}

/** The sample's environment below `sysroot`, as a request to push it. */
export function sampleRequest(sysroot: string, to: string, more: Partial<PushRequestInput> = {}): PushRequestInput {
  return { spack: sampleSpack, sysroot, environment: sampleEnvironment, to, ...more }
}
