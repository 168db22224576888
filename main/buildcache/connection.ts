import type { GivenCredentials } from '../api/models.ts'
import type { RegistryLogin, RegistrySettings } from '../api/registries.ts'
import {
  type Credential,
  type CredentialSources,
  findCredential,
  listLogins,
} from '../registry/credentials/credentials.ts'
import { scopeOfKey } from '../registry/credentials/scope.ts'
import { createNetwork, type OpenOptions, openRepository } from '../registry/open.ts'
import { formatReference, parseReference, type Reference } from '../registry/reference.ts'
import type { Repository } from '../registry/repository.ts'
import type { Network } from '../registry/transport.ts'
import type { Trust } from '../registry/trust.ts'
import { type Mirror, readMirrors } from '../spack/config/mirrors.ts'
import { StrataError } from '../support/errors.ts'
import { isOci, mirrorLogins } from './mirror-logins.ts'
import type { Host, Source } from './source.ts'

/** Where to, and how to get in. */
export interface TargetRequest {
  /** A reference, or the name of a mirror in the source's configuration. */
  readonly to: string
  /** Which of a mirror's two addresses is meant, where it has two; that for pushing unless said. */
  readonly use?: 'push' | 'fetch'
  readonly credentials?: GivenCredentials
  readonly caFiles: readonly string[]
  readonly insecure: boolean
}

/** A target repository and the network behind it, which other repositories of the same job share. */
export interface Connection {
  readonly target: Repository
  open(reference: Reference): Promise<Repository>
  /**
   * Opens a second repository that the user named, such as a copy's target, with a login of its own, which nobody else
   * sees. Without one it is found as for any other. Throws what `connect` throws.
   */
  openNamed(request: Pick<TargetRequest, 'to' | 'use' | 'credentials'>): Promise<Repository>
  /** What all of them share. */
  readonly network: Network
  /** Every login for the target in the order in which they are tried: the first without a problem is used. */
  logins(): Promise<readonly RegistryLogin[]>
  /** Tells `listener` of every wait for a registry, until the returned function is called. */
  onWait(listener: WaitListener): () => void
  close(): Promise<void>
}

/** `until`: when the wait ends, in milliseconds since 1970. */
export type WaitListener = (host: string, why: string, until: number) => void

/** The user's own side of a connection: what it is made with beside the request. */
export type ConnectionHost = Pick<Host, 'env' | 'home'> & Partial<Pick<Host, 'keychain' | 'registries'>>

/**
 * Opens the target; sends nothing yet, and looks for a login only when the registry wants one. What was given, and what
 * stands in STRATA_* variables, is for the target's registry alone: a base image's registry never sees it. What was set
 * for a registry (`Host.registries`) holds for each that is opened.
 * Throws `reference-invalid`, and `usage` for a mirror that is no OCI registry.
 */
export async function connect(
  request: TargetRequest,
  source: Pick<Source, 'configuration'> | undefined,
  host: ConnectionHost,
  { maxAttempts, uploads }: Pick<OpenOptions, 'maxAttempts' | 'uploads'> = {},
): Promise<Connection> {
  const mirrors = source?.configuration ? readMirrors(source.configuration) : []
  const { registries = [] } = host
  const reference = asSetUp(resolveTarget(request, mirrors), registries)
  const isTarget = (registry: string): boolean => reference.kind === 'registry' && registry === reference.registry
  const others = { home: host.home, keychain: host.keychain, mirrors: mirrorLogins(mirrors, host.env) }
  /** What was given for a second repository: for that one alone, since it may be in the target's registry, too. */
  const givenSecond = new Map<string, Credential>()
  const namedRegistries = new Set(reference.kind === 'registry' ? [reference.registry] : [])
  const sourcesFor = (registry: string, repository: string): CredentialSources => {
    const second = givenSecond.get(`${registry}/${repository}`)
    if (second) return { ...others, env: withoutLogin(host.env), given: second }
    return isTarget(registry)
      ? { ...others, env: host.env, given: request.credentials && givenCredential(request.credentials) }
      : { ...others, env: withoutLogin(host.env) }
  }
  const waiting = new Set<WaitListener>()
  // A credential helper that is still being asked ends with the connection.
  const closing = new AbortController()
  const network = createNetwork({
    credentials: (registry, repository) =>
      findCredential(registry, repository, sourcesFor(registry, repository), closing.signal),
    // Accepting any certificate is said of the registries that were named: a base image's is checked all the same.
    trust: (registry) =>
      trustOf(
        { ...request, insecure: request.insecure && namedRegistries.has(registry) },
        settingsOf(registry, registries),
      ),
    env: host.env,
    onEvent: ({ host: name, why, until }) => {
      for (const listener of waiting) listener(name, why, until)
    },
    maxAttempts,
  })
  return {
    target: await openRepository(reference, { network, uploads }),
    network,
    logins: async () => {
      if (reference.kind === 'layout') return []
      const { registry, repository } = reference
      return listLogins(registry, repository, sourcesFor(registry, repository), closing.signal)
    },
    open: (other) => openRepository(asSetUp(other, registries), { network }),
    openNamed: async (other) => {
      const second = asSetUp(resolveTarget(other, mirrors), registries)
      if (second.kind === 'registry') {
        const { registry, repository } = second
        namedRegistries.add(registry)
        if (other.credentials) givenSecond.set(`${registry}/${repository}`, givenCredential(other.credentials))
      }
      return openRepository(second, { network, uploads })
    },
    onWait: (listener) => {
      waiting.add(listener)
      return () => void waiting.delete(listener)
    },
    close: async () => {
      closing.abort()
      await network.close()
    },
  }
}

/** What to trust of a registry: what the request says, and what was set for it. */
export function trustOf(
  { caFiles, insecure }: Pick<TargetRequest, 'caFiles' | 'insecure'>,
  set: RegistrySettings | undefined,
): Trust {
  return { caFiles: [...caFiles, ...(set?.caFiles ?? [])], insecure: insecure || (set?.insecure ?? false) }
}

/** The reference over plain http, where its registry was set up to speak that. */
function asSetUp(reference: Reference, registries: readonly RegistrySettings[]): Reference {
  if (reference.kind === 'layout' || !settingsOf(reference.registry, registries)?.plainHttp) return reference
  return { ...reference, scheme: 'http' }
}

/** What the user set for a registry, by whichever of its names. */
export function settingsOf(registry: string, registries: readonly RegistrySettings[]): RegistrySettings | undefined {
  return registries.find((one) => scopeOfKey(one.registry) === scopeOfKey(registry))
}

function withoutLogin(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, STRATA_TOKEN: undefined, STRATA_USERNAME: undefined, STRATA_PASSWORD: undefined }
}

/** A mirror's name stands for one of its URLs; everything else is a reference to a repository. */
function resolveTarget({ to, use = 'push' }: Pick<TargetRequest, 'to' | 'use'>, mirrors: readonly Mirror[]): Reference {
  const mirror = mirrors.find((one) => one.name === to)
  const other = use === 'push' ? 'fetch' : 'push'
  const url = mirror?.[use]?.url ?? mirror?.[other]?.url
  if (mirror && !isOci(url)) {
    throw new StrataError('usage', `mirror ${to} is at ${url ?? 'no address'}, which is not an OCI registry`, {
      hint: 'Strata works with oci:// and oci+http:// mirrors, and with oci-layout:/// folders.',
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

/** What was typed on the command line or into the form, as a login. */
export function givenCredential(credentials: GivenCredentials): Credential {
  const source = 'what was given'
  if ('token' in credentials) return { kind: 'token', token: credentials.token, source }
  return { kind: 'basic', ...credentials, source }
}
