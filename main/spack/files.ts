import { constants } from 'node:fs'
import { access, readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { StrataError, toStrataError } from '../support/errors.ts'

/**
 * Where a logical path lies on this machine's disk. Spack's paths are stored and shown as Spack wrote them; a
 * `sysroot` (a mounted image, the sample) stands for `/` when they are opened.
 */
export function onDisk(logical: string, sysroot?: string): string {
  return sysroot === undefined ? logical : join(sysroot, logical)
}

/** The text of a file, or `undefined` when it, or a folder above it, is not there. Throws `permission-denied`, `io`. */
export async function readTextIfThere(logical: string, sysroot?: string): Promise<string | undefined> {
  try {
    return await readFile(onDisk(logical, sysroot), 'utf8')
  } catch (thrown) {
    if (isAbsent(thrown)) return undefined
    throw toStrataError(thrown, `reading ${logical}`)
  }
}

/** What a path is, following links; `undefined` when nothing is there. */
export async function kindOf(logical: string, sysroot?: string): Promise<'file' | 'folder' | undefined> {
  try {
    const found = await stat(onDisk(logical, sysroot))
    return found.isDirectory() ? 'folder' : 'file'
  } catch (thrown) {
    if (isAbsent(thrown)) return undefined
    throw toStrataError(thrown, `looking at ${logical}`)
  }
}

/** Whether a file, which need not be there yet, can be written by rename: the nearest folder that is there decides. */
export async function isWritable(logical: string, sysroot?: string): Promise<boolean> {
  let folder = dirname(logical)
  while (folder !== dirname(folder) && (await kindOf(folder, sysroot)) === undefined) folder = dirname(folder)
  return access(onDisk(folder, sysroot), constants.W_OK).then(
    () => true,
    () => false,
  )
}

/** The names in a folder, sorted; none when it is not there. */
export async function namesIn(logical: string, sysroot?: string): Promise<readonly string[]> {
  try {
    return (await readdir(onDisk(logical, sysroot))).sort()
  } catch (thrown) {
    if (isAbsent(thrown)) return []
    throw toStrataError(thrown, `listing ${logical}`)
  }
}

/** JSON text as data. Throws `code`, naming the file, when it is not JSON. */
export function parseJson(text: string, file: string, code: 'lockfile-invalid' | 'database-invalid'): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new StrataError(code, `${file} is not JSON: ${why}`, { cause, details: { file } })
  }
}

/** Whether an error of the file system says that a path is not there. */
export function isAbsent(thrown: unknown): boolean {
  const errno = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return errno === 'ENOENT' || errno === 'ENOTDIR'
}
