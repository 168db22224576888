import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { StrataError, toStrataError } from '../../support/errors.ts'
import { protect } from '../../support/redact.ts'

const Stored = z.object({
  version: z.literal(1),
  logins: z.array(
    z.object({
      scope: z.string(),
      kind: z.enum(['basic', 'token']),
      username: z.string().optional(),
      vault: z.enum(['keyring', 'safe-storage', 'file']),
      /** The secret itself in the vault `file`, what the vault made of it in the others. */
      sealed: z.string(),
    }),
  ),
})
export type StoredLogin = z.infer<typeof Stored>['logins'][number]

/** `logins.json`: replaced by rename with mode 0600, refused when others may read it, gone with its last login. */
export interface LoginsFile {
  readonly path: string
  /** Throws `permission-denied` for a file that others may read, `io` for one that is something else. */
  read(): Promise<readonly StoredLogin[]>
  /** Changes follow one another: each is given what the one before it left. */
  change(make: (logins: readonly StoredLogin[]) => Promise<readonly StoredLogin[]>): Promise<void>
}

export function openLoginsFile(folder: string): LoginsFile {
  const path = join(folder, 'logins.json')
  let last: Promise<unknown> = Promise.resolve()
  return {
    path,
    read: () => readLogins(path),
    change: (make) => {
      const step = async (): Promise<void> => {
        const logins = await make(await readLogins(path))
        if (logins.length === 0) await rm(path, { force: true })
        else await writeLogins(folder, path, logins)
      }
      const next = last.then(step, step)
      last = next
      return next
    },
  }
}

async function readLogins(file: string): Promise<readonly StoredLogin[]> {
  const text = await readPrivately(file)
  if (text === undefined) return []
  try {
    const { logins } = Stored.parse(JSON.parse(text))
    for (const one of logins) if (one.vault === 'file') protect(one.sealed)
    return logins
  } catch {
    // What JSON.parse and zod say quotes the text, which may hold secrets.
    throw new StrataError('io', `${file} is not a file of logins`, {
      hint: 'Remove it, then log in again: strata login HOST.',
    })
  }
}

/** The file's text; undefined when there is none. Mode and text are of the same open file, whatever is renamed. */
async function readPrivately(file: string): Promise<string | undefined> {
  try {
    const handle = await open(file, 'r')
    try {
      const { mode } = await handle.stat()
      if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
        const shown = (mode & 0o777).toString(8).padStart(4, '0')
        throw new StrataError('permission-denied', `${file} holds logins and can be read by others (mode ${shown})`, {
          hint: `chmod 600 ${file} - and change the passwords in it if others use this machine.`,
        })
      }
      return await handle.readFile('utf8')
    } finally {
      await handle.close()
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw toStrataError(error, file)
  }
}

async function writeLogins(folder: string, file: string, logins: readonly StoredLogin[]): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`
  const document: z.infer<typeof Stored> = { version: 1, logins: [...logins] }
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await rm(temporary, { force: true })
    await writeFile(temporary, `${JSON.stringify(document, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' })
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw toStrataError(error, file)
  }
}
