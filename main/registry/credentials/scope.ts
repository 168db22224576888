import { StrataError } from '../../support/errors.ts'
import { isLoopback } from '../reference.ts'

/**
 * What a login is for: `host[:port][/path]`, the path being a repository or the beginning of one. The host is lower
 * case; Docker Hub, which goes by several names, is `docker.io`.
 */
export type CredentialScope = string

/** What docker and its credential helpers call Docker Hub (docker's `IndexServer`). */
export const dockerHubServer = 'https://index.docker.io/v1/'

const dockerHub = /^(?:(?:index|registry-1)\.docker\.io|registry\.hub\.docker\.com)$/

/** The scope that a key of docker's or podman's files names: `host[/path]`, and docker's older `https://host/v1/`. */
export function scopeOfKey(key: string): CredentialScope {
  const bare = withoutVersion(key.replace(/^[a-z+]+:\/\//, ''))
  const slash = bare.indexOf('/')
  const host = (slash < 0 ? bare : bare.slice(0, slash)).toLowerCase()
  return `${host.replace(dockerHub, 'docker.io')}${slash < 0 ? '' : bare.slice(slash)}`
}

/** Without the API's version that docker once wrote behind the host, and without a slash at the end. */
function withoutVersion(scope: string): string {
  return scope.replace(/\/$/, '').replace(/^([^/]+)\/v[12]$/, '$1')
}

/** The host of a scope, with its port. */
export function hostOf(scope: CredentialScope): string {
  return scope.split('/')[0] ?? scope
}

/**
 * How closely a scope fits a repository: the number of parts of its name that the scope fixes, 0 for a scope that is
 * the whole registry, undefined when the login is for something else. Without a repository, whether it is for any part
 * of the registry. Compared by whole parts of the name: `ghcr.io/me` says nothing about `ghcr.io/me2`.
 */
export function specificity(
  scope: CredentialScope,
  registry: string,
  repository: string | undefined,
): number | undefined {
  const parts = scope.split('/')
  const wanted = [scopeOfKey(registry), ...(repository === undefined ? parts.slice(1) : repository.split('/'))]
  return parts.every((part, index) => part === wanted[index]) ? parts.length - 1 : undefined
}

const hostPattern = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[a-f0-9:]+\])(?::\d{1,5})?$/i
const partPattern = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/i

/**
 * The scope that somebody typed: `ghcr.io`, `ghcr.io/me`, `localhost:5000`, `https://host/`, or a reference, whose tag is
 * left out; and the schemes in which the registry there is to be tried. Without a written one that is TLS, but for a
 * loopback host plain http first, as in references. Throws `reference-invalid` for what can be no registry.
 */
export function parseScope(text: string): {
  readonly scope: CredentialScope
  readonly schemes: readonly ('https' | 'http')[]
} {
  const [, scheme, rest = ''] = /^(?:([a-z][a-z0-9+-]*):\/\/)?(.*)$/s.exec(text.trim()) ?? []
  const [host = '', ...path] = withoutVersion(rest.replace(/@sha256:[0-9a-f]{64}$/, '')).split('/')
  const parts = path.map((part, index) => (index === path.length - 1 ? part.replace(/:[^:]+$/, '') : part))
  const isHost = scheme !== undefined || /[.:A-Z]|^localhost$/.test(host)
  const knownScheme = /^(?:https?|docker|oci|oci\+http)$/.test(scheme ?? 'oci')
  if (!isHost || !knownScheme || !hostPattern.test(host) || !parts.every((part) => partPattern.test(part))) {
    throw new StrataError('reference-invalid', `"${text.slice(0, 200)}" names no registry`, {
      hint: 'Name its host, with a port or a path where it has one: ghcr.io, localhost:5000, ghcr.io/me.',
    })
  }
  const scope = scopeOfKey([host, ...parts.map((part) => part.toLowerCase())].join('/'))
  if (scheme === undefined) return { scope, schemes: isLoopback(host) ? ['http', 'https'] : ['https'] }
  return { scope, schemes: [scheme === 'http' || scheme === 'oci+http' ? 'http' : 'https'] }
}
