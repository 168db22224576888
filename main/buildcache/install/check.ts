import { rm } from 'node:fs/promises'
import type { InstallPlan, PlannedInstall } from '../../api/install.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { newSpoolFile } from '../../store/spool.ts'
import { mapConcurrently } from '../../support/concurrency.ts'
import { StrataError, toErrorBody } from '../../support/errors.ts'
import type { WorkerPool } from '../../workers/pool.ts'
import { isWritten } from './decide.ts'
import { describeInstall } from './describe.ts'
import { isDamagedCopy, placeInput } from './place-input.ts'
import type { PreparedInstall, PreparedInstallation } from './prepared.ts'

/**
 * Fetches every package of a plan and looks for strings that could not be changed: the plan, with that answered for each.
 * Writes into the blob store alone.
 */
export async function checkRelocation(
  prepared: PreparedInstallation,
  parts: { readonly store: BlobStore; readonly pool: WorkerPool; readonly signal: AbortSignal | undefined },
): Promise<InstallPlan> {
  const { packages, plan } = prepared
  const checked = await mapConcurrently(packages, parts.pool.threads, async (one) => ({
    ...one,
    planned: await check(prepared, one, parts),
  }))
  // What there is to fetch and to know has changed with it.
  return describeInstall({ ...prepared, packages: checked }, plan.madeAt)
}

async function check(
  prepared: PreparedInstallation,
  one: PreparedInstall,
  {
    store,
    pool,
    signal,
  }: { readonly store: BlobStore; readonly pool: WorkerPool; readonly signal: AbortSignal | undefined },
): Promise<PlannedInstall> {
  const { layer, prefix, planned } = one
  if (!isWritten(one.action) || layer === undefined || prefix === undefined) return planned
  const folder = newSpoolFile(store.spoolFolder)
  try {
    await store.fetch(prepared.repository, layer, { signal })
    const input = { ...placeInput(prepared, one, layer, prefix, store), target: folder, check: true }
    await pool.place(input, { signal }).catch(async (error: unknown) => {
      if (!(await isDamagedCopy(store, layer, error))) throw error
      await store.fetch(prepared.repository, layer, { signal })
      return pool.place(input, { signal })
    })
    return { ...planned, fetched: true, relocation: 'checked' }
  } catch (error) {
    if (!(error instanceof StrataError) || error.code === 'cancelled' || error.retryable) throw error
    const refused = error.code === 'relocation-impossible'
    return { ...planned, relocation: refused ? 'refused' : planned.relocation, problem: toErrorBody(error) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
