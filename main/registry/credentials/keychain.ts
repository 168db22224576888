import type { Keychain as KeychainFacts } from '../../api/registries.ts'
import { StrataError, toStrataError } from '../../support/errors.ts'
import { protect } from '../../support/redact.ts'
import { type LoginsFile, openLoginsFile, type StoredLogin } from './logins-file.ts'
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

/**
 * Strata's keychain: `logins.json` in `folder`, and the system's vault where the shell has one. The file lists scopes
 * and names even when a vault holds the secrets, because not every vault can list what it holds.
 */
export function openKeychain({ folder, vault }: { readonly folder: string; readonly vault?: Vault }): Keychain {
  const file = openLoginsFile(folder)
  const facts = (): Promise<KeychainFacts> => describeKeychain(file, vault)
  const entryOf = ({ scope, kind, username, vault: id }: StoredLogin): KeychainEntry => {
    if (id === 'file') return { scope, kind, username, where: file.path, problem: undefined }
    if (id === vault?.id) return { scope, kind, username, where: vault.where, problem: undefined }
    return { scope, kind, username, ...elsewhere[id] }
  }
  return {
    facts,
    entries: async () => (await file.read()).map(entryOf),
    read: async ({ scope, where, problem }) => {
      const stored = (await file.read()).find((one) => one.scope === scope && entryOf(one).where === where)
      if (!stored || problem !== undefined) return undefined
      const secret = stored.vault === 'file' ? stored.sealed : await vault?.open(scope, stored.sealed)
      if (secret === undefined) return undefined
      protect(secret)
      if (stored.kind === 'token') return { kind: 'token', token: secret }
      return { kind: 'basic', username: stored.username ?? '', password: secret }
    },
    write: (scope, login, { allowFile }) =>
      file.change(async (logins) => {
        const { kind: place, where, problem } = await facts()
        if (place === 'none' && !allowFile) throw noKeychain(problem, where)
        const secret = login.kind === 'basic' ? login.password : login.token
        const username = login.kind === 'basic' ? login.username : undefined
        const [id, sealed] =
          place === 'system' && vault ? [vault.id, await vault.seal(scope, secret)] : (['file', secret] as const)
        // A copy that lay open in the file goes; one that another shell's vault holds is that shell's.
        const others = logins.filter((one) => one.scope !== scope || (one.vault !== 'file' && one.vault !== id))
        return [...others, { scope, kind: login.kind, username, vault: id, sealed }]
      }),
    delete: async (scope) => {
      let deleted = false
      await file.change(async (logins) => {
        // A secret in a keyring that we cannot reach would stay there for ever: its entry has to stay as well.
        const ours = logins.filter((one) => one.scope === scope && (one.vault !== 'keyring' || vault?.id === 'keyring'))
        for (const one of ours) if (one.vault === vault?.id) await vault.erase(scope)
        deleted = ours.length > 0
        return logins.filter((one) => !ours.includes(one))
      })
      return deleted
    },
  }
}

async function describeKeychain(file: LoginsFile, vault: Vault | undefined): Promise<KeychainFacts> {
  const where = `${file.path}, readable by you alone`
  const problem = vault ? await vault.problem() : 'this program knows none'
  if (vault && problem === undefined) return { kind: 'system', where: vault.where }
  try {
    // Whoever let one login into the file has said that it may hold them.
    const allowed = (await file.read()).some((one) => one.vault === 'file')
    return { kind: allowed ? 'file' : 'none', where, problem }
  } catch (error) {
    return { kind: 'none', where, problem: toStrataError(error).message }
  }
}

/** What a shell says of logins that another shell's vault holds. */
const elsewhere: Readonly<Record<'keyring' | 'safe-storage', { readonly where: string; readonly problem: string }>> = {
  keyring: { where: 'the system’s keyring', problem: 'kept by `strata login`, where the desktop app cannot read it' },
  'safe-storage': { where: 'the desktop app’s safe storage', problem: 'only the desktop app can read it' },
}

function noKeychain(problem: string | undefined, where: string): StrataError {
  return new StrataError('no-keychain', `this machine has no keychain that can be used: ${problem ?? 'unknown'}`, {
    hint: `Allow a file with --allow-file (${where}, not encrypted), log in with podman or docker, or set STRATA_USERNAME and STRATA_PASSWORD.`,
  })
}
