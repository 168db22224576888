import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import type { FindCredential } from './auth.ts'
import { defaultTimeouts, type Timeouts } from './dispatcher.ts'
import { type RegistryEvent, realSleep, type Sleep } from './host.ts'
import { LayoutRepository } from './layout-repository.ts'
import type { Reference, RegistryReference } from './reference.ts'
import { RegistryRepository } from './registry-repository.ts'
import type { Repository } from './repository.ts'
import { defaultAttempts } from './retry.ts'
import { Network, type Transport } from './transport.ts'
import { certificateFolders, type Trust } from './trust.ts'
import type { UploadMemory } from './upload-memory.ts'

export interface NetworkOptions {
  /** The login for a repository; anonymous when it is not given or knows none. Asked once for each repository. */
  readonly credentials?: FindCredential
  /**
   * What to trust of a registry, named as people write it (`docker.io`, `localhost:5000`), beside the system's
   * authorities; of the hosts that it leads to (token server, blob store) the same. Nothing more unless given.
   */
  readonly trust?: (registry: string) => Trust
  /** Requests at the same time to one host; blob uploads are counted apart, with the same bound. */
  readonly maxConcurrent?: number
  /** The most attempts of one operation: 1 repeats nothing. */
  readonly maxAttempts?: number
  /** Hears of waits before a repetition and of rate limits. */
  readonly onEvent?: (event: RegistryEvent) => void
  readonly timeouts?: Partial<Timeouts>
  /** Proxies and CA files are read from it. */
  readonly env?: NodeJS.ProcessEnv
  /** The `certs.d` folders to look in instead of docker's and podman's. */
  readonly certificateFolders?: readonly string[]
  /** For tests: the name server, the clock and the waiting. */
  readonly lookup?: LookupFunction
  readonly now?: () => number
  readonly sleep?: Sleep
}

export interface OpenOptions extends NetworkOptions {
  /** Hosts to share with other repositories; the other options are then the network's. Its owner closes it. */
  readonly network?: Network
  /** Where uploads that are open when this process ends are remembered; without it they begin anew. */
  readonly uploads?: UploadMemory
}

/** Enough to fill a fast link with small blobs, few enough for a registry that serves others too. */
const defaultConcurrency = 8

/** What repositories of one job share: connections, slots, tokens, back-off of every host that it talks to. */
export function createNetwork(options: NetworkOptions = {}): Network {
  const { env = process.env } = options
  const maxConcurrent = options.maxConcurrent ?? defaultConcurrency
  return new Network({
    options: {
      env,
      certificateFolders: options.certificateFolders ?? certificateFolders(env),
      lookup: options.lookup ?? lookup,
      maxConcurrent,
      maxAttempts: options.maxAttempts ?? defaultAttempts,
      // Requests and uploads each have their slots; a token request comes on top of either.
      connections: 2 * maxConcurrent + 1,
      timeouts: { ...defaultTimeouts, ...options.timeouts },
      sleep: options.sleep ?? realSleep,
      now: options.now ?? Date.now,
      onEvent: options.onEvent ?? (() => undefined),
    },
    credentials: options.credentials ?? (async () => undefined),
    trust: options.trust ?? (() => ({})),
  })
}

/** Opens a repository. Nothing is sent or written until it is used. */
export async function openRepository(reference: Reference, options: OpenOptions = {}): Promise<Repository> {
  if (reference.kind === 'layout') return new LayoutRepository(reference)
  const network = options.network ?? createNetwork(options)
  const transport = transportTo(reference, network)
  const onClose = async () => {
    if (!options.network) await network.close()
  }
  return new RegistryRepository(reference, transport, { memory: options.uploads, onClose })
}

/** The transport to a reference's registry, which all repositories of a network at that registry share. */
export function transportTo(reference: RegistryReference, network: Network): Transport {
  return network.registry(apiOrigin(reference), reference.registry)
}

/** Docker Hub's API is on another host than its name says. */
function apiOrigin({ scheme, registry }: RegistryReference): URL {
  return new URL(`${scheme}://${registry === 'docker.io' ? 'registry-1.docker.io' : registry}`)
}
