import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { isAlive } from '../support/processes.ts'

/** An upload that a registry has begun to take. */
const OpenUpload = z.object({
  /** Its address. It may carry a state that the registry has signed, so it is kept where only its owner reads. */
  location: z.url(),
  /** The least bytes of a chunk but the last, as the registry said when the upload was opened. */
  minChunk: z.number().int().nonnegative(),
})
export type OpenUpload = z.infer<typeof OpenUpload>

/**
 * Remembers open uploads beyond the end of this process, so that a push that was killed goes on inside a large layer.
 * All of it is only a convenience: what cannot be read or written is as good as not remembered, and nothing throws.
 */
export interface UploadMemory {
  /** What a process that ended has left for this key; it is ours from now on, and nobody else gets it. */
  take(key: string): Promise<OpenUpload | undefined>
  keep(key: string, upload: OpenUpload): Promise<void>
  /** We have given up for now: whoever takes it next may go on. */
  leave(key: string): Promise<void>
  forget(key: string): Promise<void>
}

/** Registries throw unfinished uploads away sooner or later (Distribution after a week, others after an hour). */
const lifetime = 24 * 60 * 60 * 1000

/**
 * Keeps each upload in a file of its own, `<sha256 of the key>-<pid>-<host>.json` with mode 0600: the name says whose it
 * is, and since only one process can rename it, only one goes on with it. The folder need not exist.
 */
export function openUploadMemory(folder: string): UploadMemory {
  const fileOf = (key: string, pid: number) => join(folder, `${hashed(key)}-${pid}-${hostname()}.json`)
  return {
    take: (key) =>
      quietly(async () => {
        const mine = fileOf(key, process.pid)
        for (const name of await readdir(folder)) {
          const file = join(folder, name)
          if (await isOld(file)) await rm(file, { force: true })
          else if (name.startsWith(hashed(key)) && isLeft(name)) {
            await rename(file, mine)
            return OpenUpload.parse(JSON.parse(await readFile(mine, 'utf8')))
          }
        }
        return undefined
      }),
    keep: (key, upload) =>
      quietly(async () => {
        await mkdir(folder, { recursive: true, mode: 0o700 })
        const temporary = join(folder, `.${randomUUID()}.tmp`)
        await writeFile(temporary, JSON.stringify(upload), { flag: 'wx', mode: 0o600 })
        await rename(temporary, fileOf(key, process.pid))
      }),
    leave: (key) => quietly(() => rename(fileOf(key, process.pid), fileOf(key, 0))),
    forget: (key) => quietly(() => rm(fileOf(key, process.pid), { force: true })),
  }
}

/** Whether the file belongs to nobody: another machine's processes (a home folder on NFS) cannot be asked. */
function isLeft(name: string): boolean {
  const [, pid = '', host = ''] = /^[0-9a-f]{64}-(\d+)-(.*)\.json$/.exec(name) ?? []
  return host === hostname() && !isAlive(Number(pid))
}

async function isOld(file: string): Promise<boolean> {
  return Date.now() - (await stat(file)).mtimeMs > lifetime
}

function hashed(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

async function quietly<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act()
  } catch {
    return undefined
  }
}
