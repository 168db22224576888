import type { CheckProgress, InstallPlan, InstallRequest } from '../../api/install.ts'
import type { Jobs } from '../../jobs/jobs.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import type { WorkerPool } from '../../workers/pool.ts'
import { type Connection, connect } from '../connection.ts'
import { carryOut, PlanShelf, stalePlan } from '../plan-shelf.ts'
import { type Host, openSource } from '../source.ts'
import { checkRelocation } from './check.ts'
import { prepareInstall } from './prepare.ts'
import type { PreparedInstallation } from './prepared.ts'
import { installItems, runInstall } from './run.ts'
import { currentRecords, openTarget } from './target.ts'

/** Plans installs and runs them as jobs. */
export interface Installs {
  plan(request: InstallRequest, signal?: AbortSignal): Promise<InstallPlan>
  /**
   * A plan whose packages have been fetched and looked at: whether each can be relocated is certain. `onProgress` hears at
   * most ten times a second how far it is. Throws `cancelled`.
   */
  check(
    request: InstallRequest,
    signal: AbortSignal,
    onProgress: (progress: CheckProgress) => void,
  ): Promise<InstallPlan>
  /** Starts the job of a plan. Throws `plan-stale` when it is not known any more, or builds on what is gone. */
  run(planId: string): Promise<string>
  close(): Promise<void>
}

interface KeptPlan {
  readonly prepared: PreparedInstallation
  readonly connection: Connection
}

export function createInstalls(parts: {
  readonly host: () => Host
  readonly store: BlobStore
  readonly pool: WorkerPool
  readonly jobs: Jobs
  readonly now: () => number
}): Installs {
  const { store, pool, jobs, now } = parts
  const shelf = new PlanShelf<KeptPlan>(({ connection }) => connection.close())

  const prepare = async (request: InstallRequest, signal: AbortSignal | undefined): Promise<KeptPlan> => {
    const host = parts.host()
    const target = await openTarget(request.into, host)
    const environment = request.environment && (await openSource(request.environment, host))
    // A mirror's name is one of the Spack that is installed into, or of the environment's.
    const mirrors = environment?.configuration ?? target.configuration
    const connection = await connect({ ...request, to: request.from, use: 'fetch' }, { configuration: mirrors }, host)
    try {
      const repository = connection.target
      const prepared = await prepareInstall(request, {
        repository,
        target,
        store,
        environment,
        now: now(),
        // The threads take a tenth of a second to start, which passes while the registry is asked about the packages.
        onWork: () => pool.prepareToPlace(),
        signal,
      })
      return { prepared, connection }
    } catch (error) {
      await connection.close()
      throw error
    }
  }

  /** What came to be installed meanwhile is found package by package; what is gone was built upon by the plan. */
  const checkFresh = async ({ prepared: { packages, target } }: KeptPlan): Promise<void> => {
    const records = await currentRecords(target)
    const gone = packages.find(
      ({ action, node }) => (action === 'installed' || action === 'upstream') && !records.get(node.hash)?.installed,
    )
    if (gone) throw stalePlan(`${gone.node.name} is not installed any more`)
  }

  return {
    plan: async (request, signal) => {
      const kept = await prepare(request, signal)
      await shelf.put(kept.prepared.plan.id, kept)
      return kept.prepared.plan
    },
    check: async (request, signal, onProgress) => {
      const { prepared, connection } = await prepare(request, signal)
      try {
        return await checkRelocation(prepared, { store, pool, signal, onProgress, now })
      } finally {
        await connection.close()
      }
    },
    run: async (planId) => {
      const taken = await shelf.take(planId, checkFresh)
      const { prepared } = taken.plan
      const { plan, request } = prepared
      return jobs.start({
        kind: 'install',
        title: plan.title,
        command: plan.command,
        stack: [],
        items: installItems(prepared),
        request,
        run: (context) => carryOut(taken, context, () => runInstall(prepared, { store, pool, context, now })),
      })
    },
    close: () => shelf.close(),
  }
}
