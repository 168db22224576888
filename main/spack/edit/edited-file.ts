import { createHash } from 'node:crypto'
import { chmod, chown, mkdir, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { StrataError, toStrataError } from '../../support/errors.ts'
import { removeStale, temporaryName } from '../../support/temporary.ts'
import { isAbsent, onDisk } from '../files.ts'

/** A file's text as it was read, and what it was read from. */
export interface FileText {
  /** Empty for a file that is not there yet. */
  readonly text: string
  readonly exists: boolean
  /** sha256 of its bytes; tells whether somebody else has changed it since. */
  readonly digest: string
}

/** Nobody writes a configuration by hand that is larger, in bytes. */
const largest = 16 * 1024 * 1024

/**
 * Reads a file to change it. A byte order mark is part of the text. Throws `config-invalid` for one that is not UTF-8, since
 * writing it back would change bytes that nobody touched; `permission-denied`, `io`.
 */
export async function readToEdit(logical: string, sysroot?: string): Promise<FileText> {
  const bytes = await readFile(onDisk(logical, sysroot)).catch((thrown: unknown) => {
    if (isAbsent(thrown)) return undefined
    throw toStrataError(thrown, `reading ${logical}`)
  })
  if (bytes === undefined) return { text: '', exists: false, digest: digestOf(Buffer.alloc(0)) }
  if (bytes.length > largest) {
    throw new StrataError('config-invalid', `${logical} has ${bytes.length} bytes: that is no configuration`)
  }
  return { text: asText(bytes, logical), exists: true, digest: digestOf(bytes) }
}

/** Throws `config-invalid` for bytes that are not UTF-8. */
export function asText(bytes: Buffer, file: string): string {
  const text = bytes.toString('utf8')
  if (Buffer.from(text).equals(bytes)) return text
  throw new StrataError('config-invalid', `${file} is not UTF-8`, {
    hint: 'Convert it, for example with iconv -t utf-8.',
    details: { file },
  })
}

/**
 * Writes the text in the place of what `expected` was read from: into a temporary file beside it, which then takes its
 * name, so that a reader sees the old text or the new one and a killed process leaves the old one. Mode, owner and symbolic
 * links stay. Throws `file-changed` when the file is not as it was read, and `permission-denied`, naming the folder.
 */
export async function writeEdited(logical: string, text: string, expected: FileText, sysroot?: string): Promise<void> {
  const path = onDisk(logical, sysroot)
  if (!expected.exists) await makeFolder(dirname(path))
  const target = expected.exists ? await realpath(path) : path
  const folder = dirname(target)
  const temporary = temporaryName(target)
  try {
    await removeStale(folder, [target])
    const before = expected.exists ? await stat(target) : undefined
    const file = await open(temporary, 'wx', before ? before.mode & 0o777 : 0o666)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    if (before) {
      await chmod(temporary, before.mode & 0o7777)
      await keepOwner(temporary, before)
    }
    await checkUnchanged(logical, expected, sysroot)
    await rename(temporary, target)
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw unwritable(thrown, logical, folder)
  }
}

async function checkUnchanged(logical: string, expected: FileText, sysroot: string | undefined): Promise<void> {
  const now = await readToEdit(logical, sysroot)
  if (now.exists === expected.exists && now.digest === expected.digest) return
  throw new StrataError('file-changed', `${logical} was changed by somebody else meanwhile; nothing was written`, {
    hint: 'Look at the difference again.',
    details: { file: logical },
  })
}

/** The file of a group stays the group's. Who may not give files away keeps what he can. */
async function keepOwner(temporary: string, before: { readonly uid: number; readonly gid: number }): Promise<void> {
  const now = await stat(temporary)
  if (now.uid === before.uid && now.gid === before.gid) return
  await chown(temporary, before.uid, before.gid).catch(() => chown(temporary, -1, before.gid).catch(() => undefined))
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((thrown: unknown) => {
    throw unwritable(thrown, folder, dirname(folder))
  })
}

function unwritable(thrown: unknown, logical: string, folder: string): StrataError {
  if (thrown instanceof StrataError) return thrown
  const error = toStrataError(thrown, `writing ${logical}`)
  if (error.code !== 'permission-denied') return error
  return new StrataError('permission-denied', `${logical} cannot be written: ${folder} may not be changed`, {
    hint: 'Check who owns the folder and its mode, or choose another scope.',
    details: { file: logical, folder },
    cause: thrown,
  })
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
