import type { FindCredential } from './auth.ts'
import { defaultTimeouts, type Timeouts } from './dispatcher.ts'
import { type RegistryEvent, realSleep, type Sleep } from './host.ts'
import { LayoutRepository } from './layout-repository.ts'
import type { Reference, RegistryReference } from './reference.ts'
import { RegistryRepository } from './registry-repository.ts'
import type { Repository } from './repository.ts'
import { Network } from './transport.ts'

export interface NetworkOptions {
  /** The login for a repository; anonymous when it is not given or knows none. Asked once for each repository. */
  readonly credentials?: FindCredential
  /** PEM files of authorities to trust beside the system's. */
  readonly caFiles?: readonly string[]
  /** Accepts any certificate. Only ever the user's explicit choice. */
  readonly insecure?: boolean
  /** Requests at the same time to one host; blob uploads are counted apart, with the same bound. */
  readonly maxConcurrent?: number
  /** Hears of waits before a repetition and of rate limits. */
  readonly onEvent?: (event: RegistryEvent) => void
  readonly timeouts?: Partial<Timeouts>
  /** Proxies and CA files are read from it. */
  readonly env?: NodeJS.ProcessEnv
  /** For tests: the clock and the waiting. */
  readonly now?: () => number
  readonly sleep?: Sleep
}

export interface OpenOptions extends NetworkOptions {
  /** Hosts to share with other repositories; the other options are then the network's. Its owner closes it. */
  readonly network?: Network
}

/** Enough to fill a fast link with small blobs, few enough for a registry that serves others too. */
const defaultConcurrency = 8

/** What repositories of one job share: connections, slots, tokens, back-off of every host that it talks to. */
export function createNetwork(options: NetworkOptions = {}): Network {
  const maxConcurrent = options.maxConcurrent ?? defaultConcurrency
  return new Network(
    {
      env: options.env ?? process.env,
      caFiles: options.caFiles ?? [],
      insecure: options.insecure ?? false,
      maxConcurrent,
      // Requests and uploads each have their slots; a token request comes on top of either.
      connections: 2 * maxConcurrent + 1,
      timeouts: { ...defaultTimeouts, ...options.timeouts },
      sleep: options.sleep ?? realSleep,
      now: options.now ?? Date.now,
      onEvent: options.onEvent ?? (() => undefined),
    },
    options.credentials ?? (async () => undefined),
  )
}

/** Opens a repository. Nothing is sent or written until it is used. */
export async function openRepository(reference: Reference, options: OpenOptions = {}): Promise<Repository> {
  if (reference.kind === 'layout') return new LayoutRepository(reference)
  const network = options.network ?? createNetwork(options)
  const transport = network.registry(apiOrigin(reference), reference.registry)
  const close = async () => {
    if (!options.network) await network.close()
  }
  return new RegistryRepository(reference, transport, close)
}

/** Docker Hub's API is on another host than its name says. */
function apiOrigin({ scheme, registry }: RegistryReference): URL {
  return new URL(`${scheme}://${registry === 'docker.io' ? 'registry-1.docker.io' : registry}`)
}
