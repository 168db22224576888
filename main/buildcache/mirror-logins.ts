import type { MirrorLogin } from '../registry/credentials/credentials.ts'
import { parseReference } from '../registry/reference.ts'
import type { Mirror, MirrorCredentials } from '../spack/config/mirrors.ts'
import { protect } from '../support/redact.ts'

/** Whether a mirror's URL is one that Strata can push to. */
export function isOci(url: string | undefined): boolean {
  return url !== undefined && /^oci(\+http|-layout)?:\/\//.test(url)
}

/**
 * The logins that Spack's mirrors name for OCI registries, those for pushing first. A mirror that names a variable
 * which is not set gives the reason in place of a login. Unlike Spack, which goes by the domain alone, a mirror's login
 * is for that mirror's repository.
 */
export function mirrorLogins(mirrors: readonly Mirror[], env: NodeJS.ProcessEnv): readonly MirrorLogin[] {
  return mirrors.flatMap((mirror) => {
    const both = [mirror.push, mirror.fetch].flatMap((connection): MirrorLogin[] => {
      if (!connection?.credentials || !isOci(connection.url)) return []
      const reference = parseMirror(connection.url)
      if (reference?.kind !== 'registry') return []
      const { registry, repository } = reference
      const login = resolveLogin(connection.credentials, env)
      return [{ registry, repository, login, source: sourceOf(mirror) }]
    })
    const [push, fetch] = both
    // Most mirrors are pushed to and fetched from with the same login.
    return push && fetch && JSON.stringify(push) === JSON.stringify(fetch) ? [push] : both
  })
}

/** A mirror whose address nobody can read is no login's; the push that names it says what is wrong with it. */
export function parseMirror(url: string): ReturnType<typeof parseReference> | undefined {
  try {
    return parseReference(url)
  } catch {
    return undefined
  }
}

function sourceOf({ name, origin }: Mirror): string {
  return origin === undefined ? `mirror "${name}"` : `mirror "${name}" in ${origin.file}`
}

/** Spack's `access_pair` and `access_token`, with what stands in the variables that they name. */
function resolveLogin(credentials: MirrorCredentials, env: NodeJS.ProcessEnv): MirrorLogin['login'] {
  switch (credentials.kind) {
    case 'login':
      return { kind: 'basic', username: credentials.id, password: credentials.secret }
    case 'login-variables': {
      const { id, idVariable, secretVariable } = credentials
      const username = id ?? env[idVariable ?? '']
      const password = env[secretVariable]
      if (!username) return { kind: 'problem', why: unset(idVariable, 'its access_pair has no id') }
      if (!password) return { kind: 'problem', why: unset(secretVariable) }
      protect(password)
      return { kind: 'basic', username, password }
    }
    case 'token':
      return { kind: 'token', token: credentials.token }
    case 'token-variable': {
      const token = env[credentials.tokenVariable]
      if (!token) return { kind: 'problem', why: unset(credentials.tokenVariable) }
      protect(token)
      return { kind: 'token', token }
    }
  }
}

function unset(variable: string | undefined, otherwise = ''): string {
  return variable === undefined ? otherwise : `${variable} is not set`
}
