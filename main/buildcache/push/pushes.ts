import { join } from 'node:path'
import type { PushPlan, PushRequest } from '../../api/models.ts'
import type { Jobs } from '../../jobs/jobs.ts'
import { parseReference } from '../../registry/reference.ts'
import { openUploadMemory } from '../../registry/upload-memory.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import type { WorkerPool } from '../../workers/pool.ts'
import { type Connection, connect } from '../connection.ts'
import { carryOut, FRESH, PlanShelf, stalePlan } from '../plan-shelf.ts'
import { currentFingerprint, type Host, openSource } from '../source.ts'
import { preparePush } from './prepare.ts'
import type { PreparedPush } from './prepared.ts'
import { progressItems, runPush } from './run.ts'

interface KeptPlan {
  readonly prepared: PreparedPush
  readonly connection: Connection
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
  // Stops what a plan still has under way.
  const shelf = new PlanShelf<KeptPlan>(async ({ prepared, connection }) => {
    prepared.recipes.cancel()
    await connection.close()
  })
  // Beside the layers that these uploads send: without them there is nothing to go on with.
  const uploads = openUploadMemory(join(store.root, 'uploads'))

  const prepare = async (request: PushRequest, signal: AbortSignal | undefined): Promise<KeptPlan> => {
    const host = parts.host()
    const source = await openSource(request, host)
    const connection = await connect(request, source, host, { uploads })
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
      return { prepared, connection }
    } catch (error) {
      await connection.close()
      throw error
    }
  }
  const checkFresh = async (kept: KeptPlan): Promise<void> => {
    const { plan, request, source } = kept.prepared
    if ((await currentFingerprint(source)) !== source.fingerprint)
      throw stalePlan('the environment or the store has changed')
    if (now() - plan.madeAt <= FRESH) return
    const again = await prepare(request, undefined)
    again.prepared.recipes.cancel()
    await again.connection.close()
    if (decisions(again.prepared.plan) !== decisions(plan)) throw stalePlan('the registry has changed')
  }

  return {
    plan: async (request, signal) => {
      // The window plans with every change: only the newest plan keeps the user's Spack busy.
      for (const { prepared } of shelf.idle()) prepared.recipes.cancel()
      const kept = await prepare(request, signal)
      await shelf.put(kept.prepared.plan.id, kept)
      return kept.prepared.plan
    },
    run: async (planId) => {
      const taken = await shelf.take(planId, checkFresh)
      const { prepared } = taken.plan
      const { plan, request } = prepared
      return jobs.start({
        kind: 'push',
        title: plan.title,
        command: plan.command,
        stack: plan.stack,
        items: progressItems(prepared),
        request,
        run: (context) => carryOut(taken, context, () => runPush(prepared, { store, pool, context, now })),
      })
    },
    close: () => shelf.close(),
  }
}

/** What a plan decided, without when. */
function decisions(plan: PushPlan): string {
  return JSON.stringify([plan.packages, plan.base, plan.image])
}
