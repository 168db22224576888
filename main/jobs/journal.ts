import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import * as z from 'zod'
import { ActRequest } from '../api/acts.ts'
import { InstallRequest } from '../api/install.ts'
import { Job, PushRequest } from '../api/models.ts'
import { SpackRunRequest } from '../api/spack-runs.ts'
import { clean } from '../support/redact.ts'

/** A job as it lies on disk: what was asked, without credentials, so that it can be taken up again. */
const anyEntry = z.object({ pid: z.number(), job: Job })
const Entry = z.discriminatedUnion('kind', [
  anyEntry.extend({ kind: z.literal('push'), request: PushRequest.omit({ credentials: true }) }),
  anyEntry.extend({ kind: z.literal('install'), request: InstallRequest.omit({ credentials: true }) }),
  anyEntry.extend({ kind: z.literal('act'), request: z.preprocess(withoutCredentials, ActRequest) }),
  anyEntry.extend({ kind: z.literal('spack'), request: SpackRunRequest }),
])
export type JournalEntry = z.infer<typeof Entry>

function withoutCredentials(request: unknown): unknown {
  return { ...(request as object), credentials: undefined, toCredentials: undefined }
}

/** Past jobs that are kept; older ones go when a new one begins. */
const KEPT = 100

export interface Journal {
  /** Every entry that can be read, oldest first. A job whose process has died is `interrupted`. */
  read(): Promise<readonly JournalEntry[]>
  write(entry: JournalEntry): Promise<void>
  /** Removes the entry and what its program printed. */
  remove(id: string): Promise<void>
  /** The file for what the job's program prints: it goes with the entry. */
  outputFile(id: string): string
}

/** The journal in `folder`: one JSON file a job, replaced by rename, so that a crash leaves the old or the new. */
export function openJournal(folder: string): Journal {
  const fileOf = (id: string): string => join(folder, `${id}.json`)
  const outputFile = (id: string): string => join(folder, `${id}.log`)
  const remove = async (id: string): Promise<void> => {
    for (const file of [fileOf(id), outputFile(id)]) await rm(file, { force: true })
  }
  return {
    async read() {
      const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json')).sort()
      for (const old of names.splice(0, Math.max(0, names.length - KEPT))) await remove(basename(old, '.json'))
      const entries = await Promise.all(names.map((name) => readEntry(join(folder, name))))
      return entries.filter((entry) => entry !== undefined)
    },
    async write(entry) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const temporary = `${fileOf(entry.job.id)}.${process.pid}.tmp`
      const text = JSON.stringify(Entry.parse(entry), (_key, value: unknown) =>
        typeof value === 'string' ? clean(value) : value,
      )
      await writeFile(temporary, text, { mode: 0o600 })
      await rename(temporary, fileOf(entry.job.id))
    },
    remove,
    outputFile,
  }
}

/** A file that is not a journal entry (of another version, cut by a full disk) is as good as none. */
async function readEntry(file: string): Promise<JournalEntry | undefined> {
  try {
    const entry = Entry.parse(JSON.parse(await readFile(file, 'utf8')))
    const running = entry.job.state === 'running' || entry.job.state === 'paused'
    if (!running || isAlive(entry.pid)) return entry
    return { ...entry, job: { ...entry.job, state: 'interrupted' } }
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return pid !== process.pid
  } catch {
    return false
  }
}
