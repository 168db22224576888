import { join } from 'node:path'
import type { PushPlan, PushRequest } from '../../api/models.ts'
import type { Jobs } from '../../jobs/jobs.ts'
import type { RegistryEvent } from '../../registry/host.ts'
import { parseReference } from '../../registry/reference.ts'
import { openUploadMemory } from '../../registry/upload-memory.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { StrataError } from '../../support/errors.ts'
import type { WorkerPool } from '../../workers/pool.ts'
import { type Connection, connect } from '../connection.ts'
import { currentFingerprint, type Host, openSource } from '../source.ts'
import { preparePush } from './prepare.ts'
import type { PreparedPush } from './prepared.ts'
import { progressItems, runPush } from './run.ts'

/** Plans that can still be run; the window makes a new one with every change of its form. */
const KEPT_PLANS = 8
/** After this long, in milliseconds, the registry is asked again before a plan is run. */
const FRESH = 60_000

interface KeptPlan {
  readonly prepared: PreparedPush
  readonly connection: Connection
  /** Hears of waits for the registry while the plan runs. */
  readonly listeners: Set<(host: string, why: string, until: number) => void>
  running: boolean
}

/** Plans pushes and runs them as jobs. */
export interface Pushes {
  plan(request: PushRequest, signal?: AbortSignal): Promise<PushPlan>
  /** Starts the job of a plan. Throws `plan-stale` when it is not known any more or the world has moved on. */
  run(planId: string): Promise<string>
  close(): Promise<void>
}

export function createPushes(parts: {
  readonly host: () => Host
  readonly store: BlobStore
  readonly pool: WorkerPool
  readonly jobs: Jobs
  readonly now: () => number
}): Pushes {
  const { store, pool, jobs, now } = parts
  const plans = new Map<string, KeptPlan>()
  // Beside the layers that these uploads send: without them there is nothing to go on with.
  const uploads = openUploadMemory(join(store.root, 'uploads'))

  const prepare = async (request: PushRequest, signal: AbortSignal | undefined): Promise<KeptPlan> => {
    const host = parts.host()
    const source = await openSource(request, host)
    const listeners: KeptPlan['listeners'] = new Set()
    const onEvent = (event: RegistryEvent): void => {
      for (const listener of listeners) listener(event.host, event.why, event.until)
    }
    const connection = await connect(request, source, host, { onEvent, uploads })
    try {
      const base = request.baseImage === undefined ? undefined : parseReference(request.baseImage)
      const prepared = await preparePush(request, {
        source,
        target: connection.target,
        baseRepository: base && (await connection.open(base)),
        store,
        now: now(),
        signal,
      })
      return { prepared, connection, listeners, running: false }
    } catch (error) {
      await connection.close()
      throw error
    }
  }
  /** Stops what a plan still has under way. */
  const drop = async ({ prepared, connection }: KeptPlan): Promise<void> => {
    prepared.recipes.cancel()
    await connection.close()
  }
  const forgetOldest = async (): Promise<void> => {
    for (const [id, kept] of plans) {
      if (plans.size <= KEPT_PLANS) return
      if (kept.running) continue
      plans.delete(id)
      await drop(kept)
    }
  }
  const checkFresh = async (kept: KeptPlan): Promise<void> => {
    const { plan, request, source } = kept.prepared
    if ((await currentFingerprint(source)) !== source.fingerprint)
      throw stale('the environment or the store has changed')
    if (now() - plan.madeAt <= FRESH) return
    const again = await prepare(request, undefined)
    await drop(again)
    if (decisions(again.prepared.plan) !== decisions(plan)) throw stale('the registry has changed')
  }

  return {
    plan: async (request, signal) => {
      // The window plans with every change: only the newest plan keeps the user's Spack busy.
      for (const older of plans.values()) if (!older.running) older.prepared.recipes.cancel()
      const kept = await prepare(request, signal)
      plans.set(kept.prepared.plan.id, kept)
      await forgetOldest()
      return kept.prepared.plan
    },
    run: async (planId) => {
      const kept = plans.get(planId)
      if (!kept || kept.running) throw stale('it was run already or is too old')
      await checkFresh(kept)
      kept.running = true
      const { prepared, connection, listeners } = kept
      const { plan, request } = prepared
      return jobs.start({
        kind: 'push',
        title: plan.title,
        command: plan.command,
        stack: plan.stack,
        items: progressItems(prepared),
        request,
        run: async (context) => {
          listeners.add(context.progress.waiting)
          try {
            return await runPush(prepared, { store, pool, context, now })
          } finally {
            plans.delete(planId)
            await connection.close()
          }
        },
      })
    },
    close: async () => {
      const idle = [...plans.values()].filter((kept) => !kept.running)
      plans.clear()
      await Promise.all(idle.map(drop))
    },
  }
}

function stale(why: string): StrataError {
  return new StrataError('plan-stale', `the plan does not hold any more: ${why}`, {
    hint: 'Make the plan anew and look at it again.',
  })
}

/** What a plan decided, without when. */
function decisions(plan: PushPlan): string {
  return JSON.stringify([plan.packages, plan.base, plan.image])
}
