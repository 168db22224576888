import { join } from 'node:path'
import type { ActPlan, ActRequest } from '../../api/acts.ts'
import type { EventName, EventPayload } from '../../api/contract.ts'
import type { Jobs } from '../../jobs/jobs.ts'
import { openUploadMemory } from '../../registry/upload-memory.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { assertNever } from '../../support/assert.ts'
import type { WorkerPool } from '../../workers/pool.ts'
import { prepareCompose } from '../compose/prepare.ts'
import { composeProgress } from '../compose/progress.ts'
import { type Connection, connect } from '../connection.ts'
import { carryOut, PlanShelf } from '../plan-shelf.ts'
import { type Host, openSource } from '../source.ts'
import type { ActSetting, PreparedAct } from './act.ts'
import { prepareCheck } from './check.ts'
import { prepareCombine } from './combine/prepare.ts'
import { prepareCopy } from './copy/prepare.ts'
import { prepareDelete } from './delete/prepare.ts'
import { prepareExport } from './export/prepare.ts'
import { prepareIndex } from './index-update.ts'
import { preparePrune } from './prune.ts'
import { prepareTag } from './tag.ts'

/** Plans what is done with a repository's tags, and does it as jobs. */
export interface Acts {
  /** `run`: what the call is called by those who hear of its progress. */
  plan(request: ActRequest, signal: AbortSignal, run: string | undefined): Promise<ActPlan>
  /** Starts the job of a plan. Throws `plan-stale` when it is not known any more, or the repository has changed. */
  run(planId: string): Promise<string>
  close(): Promise<void>
}

interface KeptAct {
  readonly prepared: PreparedAct
  readonly request: ActRequest
  readonly connection: Connection
}

export function createActs(parts: {
  readonly host: () => Host
  readonly store: BlobStore
  readonly pool: WorkerPool
  readonly jobs: Jobs
  readonly emit: <E extends EventName>(event: E, payload: EventPayload<E>) => void
  readonly now: () => number
}): Acts {
  const { store, pool, jobs, now } = parts
  const shelf = new PlanShelf<KeptAct>(({ connection }) => connection.close())
  // What a copy has sent of a large layer is gone on with by the next one.
  const uploads = openUploadMemory(join(store.root, 'uploads'))
  return {
    plan: async (request, signal, run) => {
      const host = parts.host()
      const source = await openSource(request, host).catch(() => undefined)
      const use = request.kind === 'copy' || request.kind === 'export' ? 'fetch' : 'push'
      const connection = await connect({ ...request, to: request.repository, use }, source, host, { uploads })
      try {
        const onProgress = composeProgress(run, parts)
        const setting = { repository: connection.target, connection, store, pool, host, now, signal, onProgress }
        const prepared = await prepare(request, setting)
        await shelf.put(prepared.plan.id, { prepared, request, connection })
        return prepared.plan
      } catch (error) {
        await connection.close()
        throw error
      }
    },
    run: async (planId) => {
      const taken = await shelf.take(planId, ({ prepared }) => prepared.checkFresh())
      const { prepared, request } = taken.plan
      return jobs.start({
        kind: 'act',
        title: prepared.plan.title,
        command: prepared.plan.command,
        stack: prepared.stack ?? [],
        items: prepared.items,
        request,
        run: (context) => carryOut(taken, context, () => prepared.run(context)),
      })
    },
    close: () => shelf.close(),
  }
}

function prepare(request: ActRequest, setting: ActSetting): Promise<PreparedAct> {
  switch (request.kind) {
    case 'tag':
      return prepareTag(request, setting)
    case 'copy':
      return prepareCopy(request, setting)
    case 'delete':
      return prepareDelete(request, setting)
    case 'prune':
      return preparePrune(request, setting)
    case 'index':
      return prepareIndex(request, setting)
    case 'check':
      return prepareCheck(request, setting)
    case 'compose':
      return prepareCompose(request, setting)
    case 'combine':
      return prepareCombine(request, setting)
    case 'export':
      return prepareExport(request, setting)
    default:
      return assertNever(request)
  }
}
