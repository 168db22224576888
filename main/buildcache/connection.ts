import type { GivenCredentials } from '../api/models.ts'
import type { RegistryLogin } from '../api/registries.ts'
import { type CredentialSources, findCredential, type MirrorCredential } from '../registry/credentials/credentials.ts'
import { createNetwork, type NetworkOptions, openRepository } from '../registry/open.ts'
import { formatReference, parseReference, type Reference } from '../registry/reference.ts'
import type { Repository } from '../registry/repository.ts'
import type { Network } from '../registry/transport.ts'
import { type Mirror, type MirrorCredentials, readMirrors } from '../spack/config/mirrors.ts'
import { StrataError } from '../support/errors.ts'
import { protect } from '../support/redact.ts'
import type { Host, Source } from './source.ts'

/** Where to, and how to get in. */
export interface TargetRequest {
  /** A reference, or the name of a mirror in the source's configuration. */
  readonly to: string
  readonly credentials?: GivenCredentials
  readonly caFiles: readonly string[]
  readonly insecure: boolean
}

/** A target repository and the network behind it, which other repositories of the same job share. */
export interface Connection {
  readonly target: Repository
  open(reference: Reference): Promise<Repository>
  /** What all of them share. */
  readonly network: Network
  /** Every login for the target, the used one first. */
  logins(): Promise<readonly RegistryLogin[]>
  /** Where the target's login comes from, in words; `anonymous` when there is none. */
  credentialSource(): Promise<string>
  close(): Promise<void>
}

/**
 * Opens the target; sends nothing yet. What was given, and what stands in STRATA_* variables, is for the target's
 * registry alone: a base image's registry never sees it.
 * Throws `reference-invalid`, and `usage` for a mirror that is no OCI registry.
 */
export async function connect(
  request: TargetRequest,
  source: Source | undefined,
  host: Pick<Host, 'env' | 'home'>,
  { onEvent, maxAttempts }: Pick<NetworkOptions, 'onEvent' | 'maxAttempts'> = {},
): Promise<Connection> {
  const mirrors = source?.configuration ? readMirrors(source.configuration) : []
  const reference = resolveTarget(request.to, mirrors)
  const logins = mirrors.flatMap((mirror) => mirrorLogins(mirror, host.env))
  const { STRATA_TOKEN: _token, STRATA_USERNAME: _user, STRATA_PASSWORD: _password, ...otherEnv } = host.env
  const login = (registry: string, repository: string) => {
    const ours = reference.kind === 'registry' && registry === reference.registry
    const sources: CredentialSources = {
      given: ours && request.credentials ? given(request.credentials) : undefined,
      env: ours ? host.env : otherEnv,
      home: host.home,
      mirrors: logins,
    }
    return findCredential(registry, repository, sources)
  }
  const network = createNetwork({
    credentials: login,
    // Accepting any certificate is said of the target alone: a base image's registry is checked all the same.
    trust: (registry) => ({
      caFiles: request.caFiles,
      insecure: request.insecure && reference.kind === 'registry' && registry === reference.registry,
    }),
    env: host.env,
    onEvent,
    maxAttempts,
  })
  return {
    target: await openRepository(reference, { network }),
    network,
    logins: async () => {
      if (reference.kind === 'layout') return []
      const found = await login(reference.registry, reference.repository)
      if (!found) return []
      const username = found.kind === 'basic' ? found.username : undefined
      return [{ scope: reference.registry, kind: found.kind, username, origin: 'file', source: found.source }]
    },
    open: (other) => openRepository(other, { network }),
    credentialSource: async () => {
      if (reference.kind === 'layout') return 'a folder: no login'
      return (await login(reference.registry, reference.repository))?.source ?? 'anonymous'
    },
    close: () => network.close(),
  }
}

/** A mirror's name stands for its push URL; everything else is a reference to a repository. */
function resolveTarget(to: string, mirrors: readonly Mirror[]): Reference {
  const mirror = mirrors.find((one) => one.name === to)
  const url = mirror?.push?.url ?? mirror?.fetch?.url
  if (mirror && !isOci(url)) {
    throw new StrataError('usage', `mirror ${to} is at ${url ?? 'no address'}, which is not an OCI registry`, {
      hint: 'Strata pushes to oci:// and oci+http:// mirrors, and to oci-layout:/// folders.',
    })
  }
  // docker would take a bare word for an image of Docker Hub's library, where nobody can push.
  if (!url && /^[A-Za-z0-9._-]+$/.test(to)) {
    const known = mirrors.map((one) => one.name).join(', ')
    throw new StrataError('usage', `there is no mirror "${to}"`, {
      hint: `${known ? `Known ones: ${known}. Or name` : 'Name'} a repository: oci://host/name, or oci-layout:///folder.`,
    })
  }
  const reference = parseReference(url ?? to)
  if (reference.tag !== undefined || reference.digest !== undefined) {
    throw new StrataError('reference-invalid', `${formatReference(reference)} names one image, not a repository`, {
      hint: 'Leave the tag out here; each package gets its own, and --tag names the environment image.',
    })
  }
  return reference
}

/** Whether a mirror's URL is one that Strata can push to. */
export function isOci(url: string | undefined): boolean {
  return url !== undefined && /^oci(\+http|-layout)?:\/\//.test(url)
}

function given(credentials: GivenCredentials): NonNullable<CredentialSources['given']> {
  const source = 'given'
  if ('token' in credentials) return { kind: 'token', token: credentials.token, source }
  return { kind: 'basic', ...credentials, source }
}

function mirrorLogins(mirror: Mirror, env: NodeJS.ProcessEnv): MirrorCredential[] {
  return [mirror.push, mirror.fetch].flatMap((connection) => {
    if (!connection?.credentials || !isOci(connection.url)) return []
    const login = resolveLogin(connection.credentials, env)
    const reference = parseReference(connection.url)
    if (!login || reference.kind !== 'registry') return []
    protect(login.password)
    const { registry, repository } = reference
    return [{ registry, repository, ...login, source: `mirror ${mirror.name}` }]
  })
}

function resolveLogin(
  credentials: MirrorCredentials,
  env: NodeJS.ProcessEnv,
): { username: string; password: string } | undefined {
  switch (credentials.kind) {
    case 'login':
      return { username: credentials.id, password: credentials.secret }
    case 'login-variables': {
      const username = credentials.id ?? env[credentials.idVariable ?? '']
      const password = env[credentials.secretVariable]
      return username && password ? { username, password } : undefined
    }
    // Spack itself sends no access token to an OCI registry.
    case 'token':
    case 'token-variable':
      return undefined
  }
}
