import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import type { Keychain as KeychainFacts } from '../../api/registries.ts'
import { StrataError, toStrataError } from '../../support/errors.ts'
import { protect } from '../../support/redact.ts'
import type { CredentialScope } from './scope.ts'

/** A login that somebody gave to Strata to keep. */
export type KeptLogin =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'token'; readonly token: string }

/** What is known of a kept login without opening it. */
export interface KeychainEntry {
  readonly scope: CredentialScope
  readonly kind: KeptLogin['kind']
  readonly username: string | undefined
  /** Where its secret lies, in words. */
  readonly where: string
  /** Why it cannot be opened here. */
  readonly problem: string | undefined
}

/** Strata's own logins, by scope. Which there are stands in one file; their secrets lie in a vault, or there too. */
export interface Keychain {
  /** Where a new login would be kept. Asks the system, but prompts for nothing. */
  facts(): Promise<KeychainFacts>
  /** The logins that there are. Opens none. Throws `permission-denied` or `io` for a file that may not be used. */
  entries(): Promise<readonly KeychainEntry[]>
  /** A login with its secret. The system may ask its user to unlock the vault. */
  read(entry: KeychainEntry): Promise<KeptLogin | undefined>
  /**
   * Keeps a login in place of what there was for its scope. `allowFile`: unencrypted in the file, where there is no
   * vault. Throws `no-keychain` when there is neither.
   */
  write(scope: CredentialScope, login: KeptLogin, options: { readonly allowFile: boolean }): Promise<void>
  /** Whether there was one. */
  delete(scope: CredentialScope): Promise<boolean>
}

/** Where the system keeps secrets. The methods reject when it refuses, with words for people. */
export interface Vault {
  readonly id: 'keyring' | 'safe-storage'
  /** In words: `the desktop’s keyring (Secret Service)`. */
  readonly where: string
  /** Why it cannot be used here; undefined when it can. Prompts for nothing. */
  problem(): Promise<string | undefined>
  /** Takes a secret in. What it returns is kept in the file and handed back to `open`. */
  seal(scope: CredentialScope, secret: string): Promise<string>
  open(scope: CredentialScope, sealed: string): Promise<string | undefined>
  erase(scope: CredentialScope): Promise<void>
}

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
type StoredLogin = z.infer<typeof Stored>['logins'][number]

/**
 * Strata's keychain: `logins.json` in `folder`, and the system's vault where the shell has one. The file lists scopes
 * and names even when a vault holds the secrets, because not every vault can list what it holds. It is replaced by
 * rename with mode 0600, and refused when others may read it.
 */
export function openKeychain({ folder, vault }: { readonly folder: string; readonly vault?: Vault }): Keychain {
  const file = join(folder, 'logins.json')
  const inFile = `${file}, readable by you alone`
  const entryOf = ({ scope, kind, username, vault: id }: StoredLogin): KeychainEntry => {
    if (id === 'file') return { scope, kind, username, where: file, problem: undefined }
    if (id === vault?.id) return { scope, kind, username, where: vault.where, problem: undefined }
    return { scope, kind, username, ...elsewhere[id] }
  }
  const sameEntry = (one: StoredLogin, entry: KeychainEntry): boolean =>
    one.scope === entry.scope && entryOf(one).where === entry.where
  const facts = async (): Promise<KeychainFacts> => {
    const problem = vault ? await vault.problem() : 'this program knows none'
    if (vault && problem === undefined) return { kind: 'system', where: vault.where }
    const logins = await readLogins(file).catch((error: StrataError) => error)
    if (logins instanceof StrataError) return { kind: 'none', where: inFile, problem: logins.message }
    // Whoever let one login into the file has said that it may hold them.
    const kind = logins.some((one) => one.vault === 'file') ? 'file' : 'none'
    return { kind, where: inFile, problem }
  }
  /** Changes follow one another: each reads what the one before it wrote. */
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(change: () => Promise<T>): Promise<T> => {
    const next = last.then(change, change)
    last = next
    return next
  }

  return {
    facts,
    entries: async () => (await readLogins(file)).map(entryOf),
    read: async (entry) => {
      const stored = (await readLogins(file)).find((one) => sameEntry(one, entry))
      if (!stored || entry.problem !== undefined) return undefined
      const secret = stored.vault === 'file' ? stored.sealed : await vault?.open(stored.scope, stored.sealed)
      if (secret === undefined) return undefined
      protect(secret)
      if (stored.kind === 'token') return { kind: 'token', token: secret }
      return { kind: 'basic', username: stored.username ?? '', password: secret }
    },
    write: (scope, login, { allowFile }) =>
      inTurn(async () => {
        const { kind, problem } = await facts()
        if (kind === 'none' && !allowFile) throw noKeychain(problem, inFile)
        const secret = login.kind === 'basic' ? login.password : login.token
        const id = kind === 'system' && vault ? vault.id : 'file'
        const sealed = kind === 'system' && vault ? await vault.seal(scope, secret) : secret
        const username = login.kind === 'basic' ? login.username : undefined
        // A copy that lay open in the file goes; one that another shell's vault holds is that shell's.
        const others = (await readLogins(file)).filter(
          (one) => one.scope !== scope || (one.vault !== 'file' && one.vault !== id),
        )
        await writeLogins(folder, file, [...others, { scope, kind: login.kind, username, vault: id, sealed }])
      }),
    delete: (scope) =>
      inTurn(async () => {
        const logins = await readLogins(file)
        // A secret in a keyring that we cannot reach would stay there for ever: its entry has to stay as well.
        const ours = logins.filter((one) => one.scope === scope && (one.vault !== 'keyring' || vault?.id === 'keyring'))
        if (ours.length === 0) return false
        for (const one of ours) if (one.vault === vault?.id) await vault.erase(scope)
        const rest = logins.filter((one) => !ours.includes(one))
        if (rest.length > 0) await writeLogins(folder, file, rest)
        else await rm(file)
        return true
      }),
  }
}

/** What a shell says of logins that another shell's vault holds. */
const elsewhere: Readonly<Record<'keyring' | 'safe-storage', { readonly where: string; readonly problem: string }>> = {
  keyring: { where: 'the system’s keyring', problem: 'kept by `strata login`, where the desktop app cannot read it' },
  'safe-storage': { where: 'the desktop app’s safe storage', problem: 'only the desktop app can read it' },
}

function noKeychain(problem: string | undefined, inFile: string): StrataError {
  return new StrataError('no-keychain', `this machine has no keychain that can be used: ${problem ?? 'unknown'}`, {
    hint: `Allow a file with --allow-file (${inFile}, not encrypted), log in with podman or docker, or set STRATA_USERNAME and STRATA_PASSWORD.`,
  })
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
