import { join } from 'node:path'
import { protect } from '../../support/redact.ts'
import { type AuthEntry, findAuthEntry, readAuthFile } from './auth-files.ts'

/** A login, and where it came from in words for people. Its secrets are already protected from every output. */
export type Credential =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string; readonly source: string }
  /** A registry token, sent as Bearer as it is. */
  | { readonly kind: 'token'; readonly token: string; readonly source: string }
  /** A refresh token (docker's "identity token"), exchanged for registry tokens. */
  | { readonly kind: 'identity'; readonly token: string; readonly source: string }

/** A login that a Spack mirror names, resolved by whoever knows Spack; `reference` as `parseReference` reads it. */
export interface MirrorCredential {
  /** Host as `RegistryReference.registry` has it. */
  readonly registry: string
  /** The repository that the mirror is, or a parent of it. */
  readonly repository: string
  readonly username: string
  readonly password: string
  /** For example `mirror "lab" in /home/me/.spack/mirrors.yaml`. */
  readonly source: string
}

export interface CredentialSources {
  /** Given on the command line or in the dialog: wins over everything. */
  readonly given?: Credential
  readonly env: NodeJS.ProcessEnv
  readonly home: string
  readonly mirrors?: readonly MirrorCredential[]
}

/**
 * The login for one repository of one registry, from the first source that has one: what was given; STRATA_TOKEN, or
 * STRATA_USERNAME with STRATA_PASSWORD; podman's and docker's files, the most specific entry of all files first;
 * Spack's mirrors. A file that cannot be read or parsed counts as absent, as it does for podman.
 */
export async function findCredential(
  registry: string,
  repository: string,
  sources: CredentialSources,
): Promise<Credential | undefined> {
  const found = sources.given ?? fromEnvironment(sources.env)
  if (found) return guard(found)
  const entries: AuthEntry[] = []
  for (const file of authFiles(sources.env, sources.home)) {
    const auths = await readAuthFile(file)
    const entry = auths && findAuthEntry(auths, registry, repository)
    if (entry) entries.push({ ...entry, source: `${entry.key} in ${file}` })
  }
  // Array.sort is stable: among equally specific entries the first file wins.
  const best = entries.sort((a, b) => b.specificity - a.specificity)[0]
  if (best) return guard(best.identity ? identity(best) : basic(best))
  const mirror = (sources.mirrors ?? [])
    .filter((one) => one.registry === registry && `${repository}/`.startsWith(`${one.repository}/`))
    .sort((a, b) => b.repository.length - a.repository.length)[0]
  return mirror && guard({ kind: 'basic', username: mirror.username, password: mirror.password, source: mirror.source })
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

/** In the order of podman's containers-auth.json(5), with docker's own file last. */
function authFiles(env: NodeJS.ProcessEnv, home: string): readonly string[] {
  const files = [
    env.REGISTRY_AUTH_FILE,
    env.DOCKER_CONFIG && join(env.DOCKER_CONFIG, 'config.json'),
    env.XDG_RUNTIME_DIR && join(env.XDG_RUNTIME_DIR, 'containers', 'auth.json'),
    join(env.XDG_CONFIG_HOME || join(home, '.config'), 'containers', 'auth.json'),
    // DOCKER_CONFIG moves docker's folder: the usual one is then not docker's.
    env.DOCKER_CONFIG ? undefined : join(home, '.docker', 'config.json'),
  ]
  return files.flatMap((file) => (file ? [file] : []))
}

function identity({ identity: token = '', source }: AuthEntry): Credential {
  return { kind: 'identity', token, source }
}

function basic({ username, password, source }: AuthEntry): Credential {
  return { kind: 'basic', username, password, source }
}

function guard(credential: Credential): Credential {
  protect(credential.kind === 'basic' ? credential.password : credential.token)
  return credential
}
