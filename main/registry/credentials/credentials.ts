import type { RegistryLogin } from '../../api/registries.ts'
import { protect } from '../../support/redact.ts'
import { type AuthFile, readAuthFiles } from './auth-files.ts'
import { askHelper, helperProgram } from './helper.ts'
import type { Keychain, KeychainEntry } from './keychain.ts'
import { scopeOfKey, specificity } from './scope.ts'

/** A login, and where it came from in words for people. Its secrets are already protected from every output. */
export type Credential =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string; readonly source: string }
  /** A registry token, sent as Bearer as it is. */
  | { readonly kind: 'token'; readonly token: string; readonly source: string }
  /** A refresh token (docker's "identity token"), exchanged for registry tokens. */
  | { readonly kind: 'identity'; readonly token: string; readonly source: string }

/** A login that a Spack mirror names, resolved by whoever knows Spack; `reference` as `parseReference` reads it. */
export interface MirrorLogin {
  /** Host as `RegistryReference.registry` has it. */
  readonly registry: string
  /** The repository that the mirror is, or a parent of it. */
  readonly repository: string
  /** Or why the mirror's configuration does not give one: a variable that is not set. */
  readonly login:
    | { readonly kind: 'basic'; readonly username: string; readonly password: string }
    | { readonly kind: 'token'; readonly token: string }
    | { readonly kind: 'problem'; readonly why: string }
  /** For example `mirror "lab" in /home/me/.spack/mirrors.yaml`. */
  readonly source: string
}

export interface CredentialSources {
  /** Given on the command line or in the dialog: wins over everything. */
  readonly given?: Credential
  readonly env: NodeJS.ProcessEnv
  readonly home: string
  /** Strata's own. */
  readonly keychain?: Keychain
  readonly mirrors?: readonly MirrorLogin[]
  /** How long a credential helper may take, in milliseconds. */
  readonly helperTimeout?: number
}

/** What was looked for: a repository, or without one every part of a registry. */
interface Sought {
  readonly registry: string
  readonly repository: string | undefined
}

/** One login that was come across: the facts, and what opens it; nothing opens one that has a problem. */
interface Candidate {
  readonly login: RegistryLogin
  open?(): Promise<Credential | undefined>
}

/**
 * The login for one repository of one registry, from the first source that has one: what was given; STRATA_TOKEN, or
 * STRATA_USERNAME with STRATA_PASSWORD; Strata's keychain; podman's and docker's files with their credential helpers,
 * the most specific entry of all files first; Spack's mirrors. A source that fails counts as having none: later ones are
 * not asked before it is their turn, and `listLogins` says why it failed.
 * Throws `cancelled` alone.
 */
export async function findCredential(
  registry: string,
  repository: string,
  sources: CredentialSources,
  signal?: AbortSignal,
): Promise<Credential | undefined> {
  for await (const { open } of candidates({ registry, repository }, sources, signal)) {
    const credential = await open?.()
    if (credential) return credential
  }
  return undefined
}

/**
 * Every login for a repository in the order in which `findCredential` tries them, without secrets: the first that has
 * no problem is used. Without a repository all logins for any part of the registry. Asks credential helpers; opens
 * nothing in the keychain, so that nobody is asked to unlock it.
 */
export async function listLogins(
  registry: string,
  repository: string | undefined,
  sources: CredentialSources,
  signal?: AbortSignal,
): Promise<readonly RegistryLogin[]> {
  const logins: RegistryLogin[] = []
  for await (const { login } of candidates({ registry, repository }, sources, signal)) logins.push(login)
  return logins
}

/** The logins of all sources in their order, each looked up when it is asked for. */
async function* candidates(
  sought: Sought,
  sources: CredentialSources,
  signal: AbortSignal | undefined,
): AsyncGenerator<Candidate> {
  const registry = scopeOfKey(sought.registry)
  if (sources.given) yield candidateOf(registry, 'given', sources.given)
  const environment = fromEnvironment(sources.env)
  if (environment) yield candidateOf(registry, 'environment', environment)
  if (sources.keychain) yield* fromKeychain(sought, sources.keychain)
  yield* fromFiles(sought, sources, signal)
  yield* fromMirrors(sought, sources.mirrors ?? [])
}

function candidateOf(scope: string, origin: RegistryLogin['origin'], credential: Credential): Candidate {
  const { kind, source } = credential
  protect(kind === 'basic' ? credential.password : credential.token)
  const username = kind === 'basic' ? credential.username : undefined
  return { login: { scope, kind, username, origin, source }, open: async () => credential }
}

/** What should have given a login and did not. */
function failed(scope: string, origin: RegistryLogin['origin'], source: string, problem: string): Candidate {
  return { login: { scope, kind: 'basic', origin, source, problem } }
}

function fromEnvironment(env: NodeJS.ProcessEnv): Credential | undefined {
  const { STRATA_TOKEN, STRATA_USERNAME, STRATA_PASSWORD } = env
  if (STRATA_TOKEN) return { kind: 'token', token: STRATA_TOKEN, source: 'STRATA_TOKEN' }
  if (!STRATA_USERNAME || !STRATA_PASSWORD) return undefined
  return {
    kind: 'basic',
    username: STRATA_USERNAME,
    password: STRATA_PASSWORD,
    source: 'STRATA_USERNAME and STRATA_PASSWORD',
  }
}

async function* fromKeychain(sought: Sought, keychain: Keychain): AsyncGenerator<Candidate> {
  let entries: readonly KeychainEntry[]
  try {
    entries = await keychain.entries()
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    yield failed(scopeOfKey(sought.registry), 'strata', 'Strata’s keychain', problem)
    return
  }
  for (const entry of fitting(entries, sought, ({ scope }) => scope)) {
    const { scope, kind, username, where: source, problem } = entry
    const open = async (): Promise<Credential | undefined> => {
      // A keyring that stays locked is passed over, as a helper that fails is.
      const login = await keychain.read(entry).catch(() => undefined)
      return login && { ...login, source }
    }
    yield {
      login: { scope, kind, username, origin: 'strata', source, problem },
      ...(problem === undefined && { open }),
    }
  }
}

/** An entry of a file: what stands in it, or the helper to ask. */
interface FileEntry {
  readonly scope: string
  read(): Promise<Candidate | undefined>
}

async function* fromFiles(
  sought: Sought,
  sources: CredentialSources,
  signal: AbortSignal | undefined,
): AsyncGenerator<Candidate> {
  const files = await readAuthFiles(sources.env, sources.home)
  const registry = scopeOfKey(sought.registry)
  for (const { file, problem } of files) {
    if (problem !== undefined) yield failed(registry, 'file', shown(file, sources.home), problem)
  }
  const entries = files.flatMap((file) => entriesOf(file, registry, sources, signal))
  // Among equally specific entries the first file wins.
  for (const entry of fitting(entries, sought, ({ scope }) => scope)) {
    const candidate = await entry.read()
    if (candidate) yield candidate
  }
}

/** As docker does: the helper that is named for the registry, the helper for all others, then what stands in the file. */
function entriesOf(
  { file, auths, helpers, store }: AuthFile,
  registry: string,
  sources: CredentialSources,
  signal: AbortSignal | undefined,
): readonly FileEntry[] {
  const ask = (scope: string, helper: string): FileEntry => ({
    scope,
    read: () => fromHelper(scope, helper, file, sources, signal),
  })
  return [
    ...[...helpers].map(([scope, helper]) => ask(scope, helper)),
    ...(store !== undefined && !helpers.has(registry) ? [ask(registry, store)] : []),
    ...[...auths].map(([scope, login]) => ({
      scope,
      read: async () => login && candidateOf(scope, 'file', { ...login, source: shown(file, sources.home) }),
    })),
  ]
}

async function fromHelper(
  scope: string,
  helper: string,
  file: string,
  { env, home, helperTimeout: timeout }: CredentialSources,
  signal: AbortSignal | undefined,
): Promise<Candidate | undefined> {
  const source = `${helperProgram(helper)}, named in ${shown(file, home)}`
  const answer = await askHelper(helper, scope, { env, signal, timeout })
  switch (answer.kind) {
    case 'none':
      return undefined
    case 'problem':
      return failed(scope, 'helper', source, answer.why)
    case 'basic':
    case 'identity':
      return candidateOf(scope, 'helper', { ...answer, source })
  }
}

/** A file as people know it: `~/.docker/config.json`. */
function shown(file: string, home: string): string {
  return file.startsWith(`${home}/`) ? `~${file.slice(home.length)}` : file
}

function* fromMirrors(sought: Sought, mirrors: readonly MirrorLogin[]): Generator<Candidate> {
  const scopeOf = ({ registry, repository }: MirrorLogin): string => `${scopeOfKey(registry)}/${repository}`
  for (const mirror of fitting(mirrors, sought, scopeOf)) {
    const { login, source } = mirror
    if (login.kind === 'problem') yield failed(scopeOf(mirror), 'mirror', source, login.why)
    else yield candidateOf(scopeOf(mirror), 'mirror', { ...login, source })
  }
}

/** Those whose scope fits, the most specific first; among equals their order stays. */
function fitting<T>(all: readonly T[], { registry, repository }: Sought, scopeOf: (one: T) => string): readonly T[] {
  const fit = all.flatMap((one) => {
    const closeness = specificity(scopeOf(one), registry, repository)
    return closeness === undefined ? [] : [{ one, closeness }]
  })
  return fit.sort((a, b) => b.closeness - a.closeness).map(({ one }) => one)
}
