import type { ActPlan } from '../../api/acts.ts'
import type { ActResult, StackLayer } from '../../api/models.ts'
import type { JobContext } from '../../jobs/jobs.ts'
import type { ItemPlan } from '../../jobs/progress.ts'
import type { Repository } from '../../registry/repository.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import type { WorkerPool } from '../../workers/pool.ts'
import type { OnComposeProgress } from '../compose/progress.ts'
import type { Connection } from '../connection.ts'
import type { Host } from '../source.ts'

/** What an act is planned with. */
export interface ActSetting {
  readonly repository: Repository
  readonly connection: Connection
  /** Manifests and configs are kept here by digest, so that each is fetched once ever. */
  readonly store: BlobStore
  /** Threads for what takes long to compute. */
  readonly pool: WorkerPool
  readonly host: Host
  readonly now: () => number
  readonly signal: AbortSignal
  /** Hears how far the planning of a composition is. */
  readonly onProgress: OnComposeProgress
}

/** An act that has been planned. */
export interface PreparedAct {
  readonly plan: ActPlan
  /** What its progress counts. */
  readonly items: readonly ItemPlan[]
  /** Of an act that puts an image together, its layers; the keys are those of the items. */
  readonly stack?: readonly StackLayer[]
  /** Throws `plan-stale` when what the plan was made from has changed meanwhile. */
  checkFresh(): Promise<void>
  run(context: JobContext): Promise<ActResult>
}
