import { readFile } from 'node:fs/promises'
import { protect } from '../../support/redact.ts'

/** The `auths` object of a docker or podman file, as yet untrusted. */
export type Auths = Readonly<Record<string, unknown>>

export interface AuthEntry {
  readonly key: string
  readonly source: string
  /** How many parts of the repository's name the key fixes; 0 for a whole registry. */
  readonly specificity: number
  readonly username: string
  readonly password: string
  /** docker's `identitytoken`: used instead of the password. */
  readonly identity?: string
}

/** A whole file of logins is small; larger than this is something else. */
const maxFileSize = 4 * 1024 * 1024

/** The logins of a `config.json` or `auth.json`; undefined when there is no such file or none that can be read. */
export async function readAuthFile(file: string): Promise<Auths | undefined> {
  try {
    const bytes = await readFile(file)
    if (bytes.length > maxFileSize) return undefined
    const document: unknown = JSON.parse(bytes.toString('utf8'))
    if (typeof document !== 'object' || document === null || !('auths' in document)) return undefined
    const { auths } = document
    return typeof auths === 'object' && auths !== null ? { ...auths } : undefined
  } catch {
    return undefined
  }
}

/**
 * The entry for a repository: keys are `host[/path]`, most specific first (containers-auth.json(5)); docker also writes
 * `https://host/v1/`. Docker Hub goes by several names.
 */
export function findAuthEntry(auths: Auths, registry: string, repository: string): AuthEntry | undefined {
  const byName = new Map<string, string>()
  for (const key of Object.keys(auths)) {
    const name = normalise(key)
    if (!byName.has(name)) byName.set(name, key)
  }
  const parts = repository.split('/')
  for (let count = parts.length; count >= 0; count -= 1) {
    const key = byName.get([registry.toLowerCase(), ...parts.slice(0, count)].join('/'))
    const entry = key === undefined ? undefined : readEntry(key, auths[key], count)
    if (entry) return entry
  }
  return undefined
}

const dockerHub = /^(?:index\.docker\.io|registry-1\.docker\.io|registry\.hub\.docker\.com)(?=\/|$)/

function normalise(key: string): string {
  const bare = key.replace(/^https?:\/\//, '').replace(/\/(?:v[12]\/?)?$/, '')
  const slash = bare.indexOf('/')
  const host = (slash < 0 ? bare : bare.slice(0, slash)).toLowerCase()
  return `${host}${slash < 0 ? '' : bare.slice(slash)}`.replace(dockerHub, 'docker.io')
}

/** `{auth: base64("user:password")}`, or `username` and `password`, or `identitytoken`; an empty entry is none. */
function readEntry(key: string, value: unknown, specificity: number): AuthEntry | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const field = (name: string): string => {
    const text: unknown = Reflect.get(value, name)
    return typeof text === 'string' ? text : ''
  }
  protect(field('auth'))
  const decoded = Buffer.from(field('auth'), 'base64').toString('utf8').replace(/\0+$/, '')
  const colon = decoded.indexOf(':')
  const username = colon > 0 ? decoded.slice(0, colon) : field('username')
  const password = colon > 0 ? decoded.slice(colon + 1) : field('password')
  protect(password)
  const identity = field('identitytoken')
  protect(identity)
  if (identity !== '') return { key, source: key, specificity, username, password, identity }
  return username !== '' && password !== '' ? { key, source: key, specificity, username, password } : undefined
}
