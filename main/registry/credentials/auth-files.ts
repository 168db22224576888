import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { protect } from '../../support/redact.ts'
import { type CredentialScope, scopeOfKey } from './scope.ts'

/** A file of docker or podman that is there: `config.json` or `auth.json`. */
export interface AuthFile {
  readonly file: string
  /** Everything that it names, also where a helper knows the login. */
  readonly scopes: readonly CredentialScope[]
  /** The logins that stand in it, by scope; of several that name the same scope the first. */
  readonly auths: ReadonlyMap<CredentialScope, AuthEntry>
  /** `credHelpers`: the helper's short name by scope. */
  readonly helpers: ReadonlyMap<CredentialScope, string>
  /** `credsStore`: the helper for everything that `helpers` does not name. */
  readonly store: string | undefined
  /** Why it could not be read. */
  readonly problem?: string
}

/** A login that stands in the file itself. */
export type AuthEntry =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** docker's `registrytoken`. */
  | { readonly kind: 'token'; readonly token: string }
  /** docker's `identitytoken`: used instead of the password. */
  | { readonly kind: 'identity'; readonly token: string }

/** A whole file of logins is small; larger than this is something else. */
const maxFileSize = 4 * 1024 * 1024

/**
 * The files of docker and podman that are there, in the order in which they count: the one that podman is told of, that
 * which docker is told of, then podman's own (containers-auth.json(5)) and docker's.
 */
export async function readAuthFiles(env: NodeJS.ProcessEnv, home: string): Promise<readonly AuthFile[]> {
  const files = [
    env.REGISTRY_AUTH_FILE,
    env.DOCKER_CONFIG && join(env.DOCKER_CONFIG, 'config.json'),
    env.XDG_RUNTIME_DIR && join(env.XDG_RUNTIME_DIR, 'containers', 'auth.json'),
    join(env.XDG_CONFIG_HOME || join(home, '.config'), 'containers', 'auth.json'),
    // DOCKER_CONFIG moves docker's folder: the usual one is then not docker's.
    env.DOCKER_CONFIG ? undefined : join(home, '.docker', 'config.json'),
  ]
  const named = new Set(files.flatMap((file) => (file ? [file] : [])))
  const read = await Promise.all([...named].map(readAuthFile))
  return read.filter((file) => file !== undefined)
}

async function readAuthFile(file: string): Promise<AuthFile | undefined> {
  const broken = (problem: string): AuthFile => ({
    file,
    scopes: [],
    auths: new Map(),
    helpers: new Map(),
    store: undefined,
    problem,
  })
  let bytes: Buffer
  try {
    bytes = await readFile(file)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : broken(`it cannot be read (${code})`)
  }
  if (bytes.length > maxFileSize) return broken('it is too large')
  const document = parseObject(bytes)
  if (!document) return broken('it is not JSON')
  const { auths, credHelpers, credsStore } = document
  return {
    file,
    scopes: [auths, credHelpers].flatMap((one) => Object.keys(asObject(one) ?? {}).map(scopeOfKey)),
    auths: byScope(auths, readEntry),
    helpers: byScope(credHelpers, (name) => (typeof name === 'string' && name !== '' ? name : undefined)),
    store: typeof credsStore === 'string' && credsStore !== '' ? credsStore : undefined,
  }
}

function parseObject(bytes: Buffer): { readonly [key: string]: unknown } | undefined {
  try {
    return asObject(JSON.parse(bytes.toString('utf8')))
  } catch {
    return undefined
  }
}

function asObject(value: unknown): { readonly [key: string]: unknown } | undefined {
  return typeof value === 'object' && value !== null ? { ...value } : undefined
}

/** What `read` makes of each value, where it makes something of it. */
function byScope<T>(values: unknown, read: (value: unknown) => T | undefined): Map<CredentialScope, T> {
  const found = new Map<CredentialScope, T>()
  for (const [key, value] of Object.entries(asObject(values) ?? {})) {
    const scope = scopeOfKey(key)
    const entry = found.has(scope) ? undefined : read(value)
    if (entry !== undefined) found.set(scope, entry)
  }
  return found
}

/** `{auth: base64("user:password")}`, or `username` and `password`, or a token; an empty entry is none. */
function readEntry(value: unknown): AuthEntry | undefined {
  const entry = asObject(value)
  const field = (name: string): string => (typeof entry?.[name] === 'string' ? entry[name] : '')
  protect(field('auth'))
  const decoded = Buffer.from(field('auth'), 'base64').toString('utf8').replace(/\0+$/, '')
  const colon = decoded.indexOf(':')
  const username = colon > 0 ? decoded.slice(0, colon) : field('username')
  const password = colon > 0 ? decoded.slice(colon + 1) : field('password')
  const [identity, token] = [field('identitytoken'), field('registrytoken')]
  for (const secret of [password, identity, token]) protect(secret)
  if (identity !== '') return { kind: 'identity', token: identity }
  if (token !== '') return { kind: 'token', token }
  return username !== '' && password !== '' ? { kind: 'basic', username, password } : undefined
}
