import { readdir, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, join } from 'node:path'
import { isAlive } from './processes.ts'

/** What a file is called until it is whole and takes its place: as Spack calls it, with the host and the process. */
export function temporaryName(file: string): string {
  return `${file}.${hostname()}.${process.pid}.temp`
}

/** Removes what writers of these files on this machine have left that were killed, Spack too: it gives them the same names. */
export async function removeStale(folder: string, files: readonly string[]): Promise<void> {
  const own = `.${hostname()}.`
  for (const name of await readdir(folder)) {
    const file = files.map((one) => basename(one) + own).find((start) => name.startsWith(start))
    const [, pid] = /^(\d+)\.temp$/.exec(name.slice(file?.length)) ?? []
    if (file !== undefined && pid !== undefined && !isAlive(Number(pid))) await rm(join(folder, name), { force: true })
  }
}
