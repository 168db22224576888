import type { LookupFunction } from 'node:net'
import type { buildConnector, Dispatcher } from 'undici'
import { admitting } from './addresses.ts'
import type { HttpProxy } from './proxy.ts'
import { secureContext, type Trust, type TrustSources } from './trust.ts'

export interface DispatcherOptions extends TrustSources {
  readonly connections: number
  readonly timeouts: Timeouts
  /** Finds the addresses of a name: the system's resolver, or a test's. */
  readonly lookup: LookupFunction
}

/** All in milliseconds. */
export interface Timeouts {
  readonly connect: number
  /** From the last byte sent to the first byte of the answer; while a body is sent, the longest pause of it. */
  readonly firstByte: number
  /** The longest pause inside an answer. */
  readonly stall: number
}

/** First byte: a registry on an object store may hash a gigabyte before it answers a PUT. */
export const defaultTimeouts: Timeouts = { connect: 10_000, firstByte: 120_000, stall: 60_000 }

/** One origin and the way there. */
export interface Route {
  readonly origin: URL
  /** What its folder in `certs.d` may be called. */
  readonly names: readonly string[]
  readonly trust: Trust
  readonly proxy: HttpProxy | undefined
  /** Whether it may be at this address. */
  readonly admits: (address: string) => boolean
  /** Hears where it is. */
  readonly onAddress: (address: string) => void
  /** Hears what ended a connection that had been made. */
  readonly onSocketError: (error: Error) => void
}

/**
 * The connections to one origin: straight, or through a proxy; over TLS with what is trusted of it. undici is loaded
 * here, at the first use of a network, since that alone takes 80 ms.
 */
export async function createDispatcher(route: Route, options: DispatcherOptions): Promise<Dispatcher> {
  const { buildConnector, Pool } = await import('./undici.ts')
  const { origin, trust, proxy } = route
  const tls =
    origin.protocol === 'https:'
      ? { secureContext: await secureContext(route.names, trust, options), rejectUnauthorized: !trust.insecure }
      : {}
  const shared = {
    connections: options.connections,
    headersTimeout: options.timeouts.firstByte,
    bodyTimeout: options.timeouts.stall,
    // Below the 60 s after which common proxies close an idle connection: a PUT must not meet a closing socket.
    keepAliveTimeout: 15_000,
  }
  if (proxy) return await proxied(proxy, origin, tls, shared, options)
  const lookup = admitting(options.lookup, route.admits)
  const connect = buildConnector({ ...tls, lookup, timeout: options.timeouts.connect })
  return new Pool(origin, { ...shared, connect: noting(connect, route) })
}

/** A connector that tells where its sockets have arrived, and what ends them. */
function noting(connect: buildConnector.connector, { onAddress, onSocketError }: Route): buildConnector.connector {
  return (target, callback) =>
    connect(target, (...result) => {
      const [, socket] = result
      if (socket?.remoteAddress !== undefined) onAddress(socket.remoteAddress)
      socket?.once('error', onSocketError)
      callback(...result)
    })
}

/** The addresses of names are the proxy's business: it looks them up, and it may be in any network itself. */
async function proxied(
  proxy: HttpProxy,
  origin: URL,
  requestTls: buildConnector.BuildOptions,
  shared: { readonly connections: number; readonly headersTimeout: number },
  options: DispatcherOptions,
): Promise<Dispatcher> {
  const { Pool, ProxyAgent } = await import('./undici.ts')
  const { connect: timeout } = options.timeouts
  const isTls = proxy.name.startsWith('https:')
  const proxyTls = isTls ? { secureContext: await secureContext([], {}, options), timeout } : { timeout }
  return new ProxyAgent({
    ...shared,
    uri: proxy.name,
    token: proxy.authorization,
    // Over TLS the proxy sees a tunnel; plain http it may read and forward.
    proxyTunnel: origin.protocol === 'https:',
    requestTls: { ...requestTls, timeout },
    proxyTls,
    // ProxyAgent hands on only how to connect. A tunnel that does not open is a connection that does not.
    clientFactory: (address, parts) => new Pool(address, { ...parts, headersTimeout: timeout }),
    factory: (address, parts) => new Pool(address, { ...shared, ...parts }),
  })
}
