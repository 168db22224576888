import { randomBytes } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { isAlive } from '../support/processes.ts'

/** `<pid>-<random>-<host>.tmp`: who is writing it, so that what a dead process left can be told from a live one's. */
const pattern = /^(\d+)-[0-9a-f]{16}-(.*)\.tmp$/

/** Whether a process of another machine (a home folder on NFS) still lives cannot be asked: its files get this long. */
const foreignLifetime = 24 * 60 * 60 * 1000

/** A fresh name in a spool folder for a file that is being written. */
export function newSpoolFile(folder: string): string {
  return join(folder, `${process.pid}-${randomBytes(8).toString('hex')}-${hostname()}.tmp`)
}

/**
 * Deletes what nobody will adopt any more: files and folders of this machine's processes that have died, and those that say
 * nothing of that and were not written to for a day.
 */
export async function removeOrphans(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const file = join(folder, name)
    const [, pid = '', host = ''] = pattern.exec(name) ?? []
    const orphan = host === hostname() ? !isAlive(Number(pid)) : await isOld(file)
    if (orphan) await rm(file, { recursive: true, force: true })
  }
}

async function isOld(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined)
  return found !== undefined && Date.now() - found.mtimeMs > foreignLifetime
}
