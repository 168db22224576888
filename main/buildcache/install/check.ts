import { setMaxListeners } from 'node:events'
import { rm } from 'node:fs/promises'
import type { CheckProgress, InstallPlan, PlannedInstall } from '../../api/install.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { newSpoolFile } from '../../store/spool.ts'
import { mapConcurrently } from '../../support/concurrency.ts'
import { StrataError, toErrorBody } from '../../support/errors.ts'
import type { WorkerPool } from '../../workers/pool.ts'
import { isWritten } from './decide.ts'
import { describeInstall } from './describe.ts'
import { isDamagedCopy, placeInput } from './place-input.ts'
import type { PreparedInstall, PreparedInstallation } from './prepared.ts'

/** Milliseconds from one word about the progress to the next. */
const UPDATE_INTERVAL = 100

interface CheckParts {
  readonly store: BlobStore
  readonly pool: WorkerPool
  readonly signal: AbortSignal
  readonly onProgress: (progress: CheckProgress) => void
  readonly now: () => number
}

/**
 * Fetches every package of a plan and looks for strings that could not be changed: the plan, with that answered for each.
 * Writes into the blob store alone. When it is cancelled it ends once nothing of it is under way any more.
 */
export async function checkRelocation(prepared: PreparedInstallation, parts: CheckParts): Promise<InstallPlan> {
  const { packages, plan } = prepared
  setMaxListeners(0, parts.signal)
  const track = trackCheck(plan, parts)
  const begun: Promise<PreparedInstall>[] = []
  const checkOne = async (one: PreparedInstall): Promise<PreparedInstall> => {
    parts.signal.throwIfAborted()
    const planned = await check(prepared, one, parts, (bytes) => track.fetched(one.node.hash, bytes))
    if (isWritten(one.action)) track.looked()
    return { ...one, planned }
  }
  try {
    const checked = await mapConcurrently(packages, parts.pool.threads, (one) => {
      const checking = checkOne(one)
      begun.push(checking)
      return checking
    })
    // What there is to fetch and to know has changed with it.
    return describeInstall({ ...prepared, packages: checked }, plan.madeAt)
  } finally {
    await Promise.allSettled(begun)
  }
}

/** Adds up what the packages say, and passes it on so often as somebody can read it, the beginning and the end always. */
function trackCheck(
  { packages, bytesToFetch }: InstallPlan,
  { onProgress, now }: CheckParts,
): { fetched(hash: string, bytes: number): void; looked(): void } {
  const packagesTotal = packages.filter((one) => isWritten(one.action)).length
  const bytes = new Map<string, number>()
  let looked = 0
  let told = Number.NEGATIVE_INFINITY
  const tell = (): void => {
    if (looked < packagesTotal && now() - told < UPDATE_INTERVAL) return
    told = now()
    const bytesFetched = [...bytes.values()].reduce((sum, one) => sum + one, 0)
    onProgress({ packages: looked, packagesTotal, bytesFetched, bytesToFetch })
  }
  tell()
  return {
    fetched: (hash, count) => {
      bytes.set(hash, count)
      tell()
    },
    looked: () => {
      looked += 1
      tell()
    },
  }
}

async function check(
  prepared: PreparedInstallation,
  one: PreparedInstall,
  { store, pool, signal }: CheckParts,
  onFetched: (bytes: number) => void,
): Promise<PlannedInstall> {
  const { layer, prefix, planned } = one
  if (!isWritten(one.action) || layer === undefined || prefix === undefined) return planned
  const folder = newSpoolFile(store.spoolFolder)
  try {
    await store.fetch(prepared.repository, layer, { signal, onProgress: onFetched })
    const input = { ...placeInput(prepared, one, layer, prefix, store), target: folder, check: true }
    await pool.place(input, { signal }).catch(async (error: unknown) => {
      if (!(await isDamagedCopy(store, layer, error))) throw error
      await store.fetch(prepared.repository, layer, { signal })
      return pool.place(input, { signal })
    })
    return { ...planned, fetched: true, relocation: 'checked' }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof StrataError) || error.code === 'cancelled' || error.retryable) throw error
    const refused = error.code === 'relocation-impossible'
    return { ...planned, relocation: refused ? 'refused' : planned.relocation, problem: toErrorBody(error) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
