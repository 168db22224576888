import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { InstallPlan, InstallRequestInput } from '../../../main/api/install.ts'
import type { InstallResult, Job } from '../../../main/api/models.ts'
import type { OwnedEngine } from '../../../main/engine.ts'
import { walk } from './tree.ts'

/** A plan and what came of it. */
export interface Installed {
  readonly plan: InstallPlan
  readonly job: Job
  readonly result: InstallResult
}

/** Plans and runs an install to its end; `watch` sees every update of the job. */
export async function install(
  engine: OwnedEngine,
  request: InstallRequestInput,
  watch?: (job: Job) => void,
): Promise<Installed> {
  const plan = await engine.call('install.plan', request)
  return { plan, ...(await runInstall(engine, plan, watch)) }
}

/** Runs a plan to its end. */
export async function runInstall(
  engine: OwnedEngine,
  plan: InstallPlan,
  watch?: (job: Job) => void,
): Promise<Omit<Installed, 'plan'>> {
  const ends = new Map<string, Job>()
  let heard = (): void => undefined
  const stop = engine.on('job.changed', (job) => {
    watch?.(job)
    if (job.endedAt !== undefined) ends.set(job.id, job)
    heard()
  })
  try {
    const { job: id } = await engine.call('install.run', { plan: plan.id })
    for (;;) {
      const job = ends.get(id)
      if (job) return { job, result: job.installed ?? nothing }
      await new Promise<void>((resolve) => {
        heard = resolve
      })
    }
  } finally {
    stop()
  }
}

const nothing: InstallResult = { installed: [], failed: [], bytesFetched: 0, seconds: 0, usage: [] }

export interface StoredRecord {
  readonly spec: { readonly name: string; readonly hash: string }
  readonly path: string | null
  readonly installed: boolean
  readonly explicit: boolean
  readonly ref_count: number
}

/** What a store's database says, by name, without the times; empty where there is none. */
export function databaseOf(store: string): Record<string, Omit<StoredRecord, 'spec'> & { readonly hash: string }> {
  const file = join(store, '.spack-db/index.json')
  if (!existsSync(file)) return {}
  const document = JSON.parse(readFileSync(file, 'utf8')) as { database: { installs: Record<string, StoredRecord> } }
  return Object.fromEntries(
    Object.entries(document.database.installs)
      .map(([hash, { spec, path, installed, explicit, ref_count }]) => [
        spec.name,
        { hash, path, installed, explicit, ref_count },
      ])
      .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
  )
}

/** Names in a store that an install makes on its way and must not leave. */
export function leftoversIn(store: string): string[] {
  if (!existsSync(store)) return []
  return walk(store).filter((path) => /\.(partial|unfinished|replaced|temp|tmp|relocated)$/.test(path))
}
