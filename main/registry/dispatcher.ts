import { readFile } from 'node:fs/promises'
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls'
import type { Dispatcher } from 'undici'
import { StrataError } from '../support/errors.ts'
import { isLoopback } from './reference.ts'

/** What makes a registry's certificate good enough, beside the system's authorities. */
export interface Trust {
  /** PEM files of authorities to trust. */
  readonly caFiles?: readonly string[]
  /** Accepts any certificate. Only ever the user's explicit choice. */
  readonly insecure?: boolean
}

export interface DispatcherOptions {
  readonly env: NodeJS.ProcessEnv
  readonly connections: number
  readonly timeouts: Timeouts
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

/**
 * The connections to one origin: through a proxy when the environment names one for it, over TLS with the system's
 * certificates and `caFiles`. undici is loaded here, at the first use of a network, since that alone takes 80 ms.
 */
export async function createDispatcher(origin: URL, options: DispatcherOptions, trust: Trust): Promise<Dispatcher> {
  const { Pool, ProxyAgent } = await import('./undici.ts')
  const tls =
    origin.protocol === 'https:'
      ? { secureContext: await trustedRoots(options.env, trust), rejectUnauthorized: !trust.insecure }
      : {}
  const shared = {
    connections: options.connections,
    headersTimeout: options.timeouts.firstByte,
    bodyTimeout: options.timeouts.stall,
    // Below the 60 s after which common proxies close an idle connection: a PUT must not meet a closing socket.
    keepAliveTimeout: 15_000,
  }
  const proxy = proxyFor(origin, options.env)
  if (proxy === undefined)
    return new Pool(origin, { ...shared, connect: { ...tls, timeout: options.timeouts.connect } })
  return new ProxyAgent({
    ...shared,
    uri: proxy,
    // Over TLS the proxy sees a tunnel; plain http it may read and forward.
    proxyTunnel: origin.protocol === 'https:',
    requestTls: tls,
    proxyTls: { timeout: options.timeouts.connect },
  })
}

/** Where distributions keep the authorities that an administrator trusts (Go's crypto/x509 looks in the same places). */
const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

/**
 * What is trusted: the system's authorities (`SSL_CERT_FILE` in their place, as for OpenSSL, Go and Python), node's own
 * list where the system has none, and those added by `NODE_EXTRA_CA_CERTS` and `caFiles`.
 */
export async function trustedRoots(env: NodeJS.ProcessEnv, { caFiles = [] }: Trust): Promise<SecureContext> {
  const roots = new Set<string>()
  const add = (pem: string) => {
    const found = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []
    for (const one of found) roots.add(one)
    return found.length
  }
  const { SSL_CERT_FILE, NODE_EXTRA_CA_CERTS } = env
  for (const file of SSL_CERT_FILE ? [SSL_CERT_FILE] : systemBundles) {
    const pem = await readFile(file, 'latin1').catch(() => '')
    if (add(pem) > 0) break
  }
  if (roots.size === 0) for (const one of rootCertificates) roots.add(one)
  if (NODE_EXTRA_CA_CERTS) add(await readFile(NODE_EXTRA_CA_CERTS, 'latin1').catch(() => ''))
  for (const file of caFiles) {
    const pem = await readFile(file, 'latin1').catch((cause: unknown) => {
      throw new StrataError('registry-tls', `CA file ${file} cannot be read`, { cause, hint: 'Check --ca-file.' })
    })
    if (add(pem) > 0) continue
    throw new StrataError('registry-tls', `CA file ${file} holds no certificate`, { hint: 'It must be in PEM form.' })
  }
  return createSecureContext({ ca: [...roots] })
}

/**
 * The proxy for an origin from HTTP_PROXY, HTTPS_PROXY and NO_PROXY (lower case too), by the rules of Go's
 * golang.org/x/net/http/httpproxy that docker and podman follow: loopback never; NO_PROXY lists hosts, `.domains`
 * (sub-domains), `host:port` or `*`. Networks in CIDR form are not understood.
 */
export function proxyFor(origin: URL, env: NodeJS.ProcessEnv): string | undefined {
  const named = origin.protocol === 'https:' ? (env.https_proxy ?? env.HTTPS_PROXY) : (env.http_proxy ?? env.HTTP_PROXY)
  if (!named || isLoopback(origin.host)) return undefined
  const port = origin.port || (origin.protocol === 'https:' ? '443' : '80')
  const host = origin.hostname.toLowerCase()
  for (const entry of (env.no_proxy ?? env.NO_PROXY ?? '').toLowerCase().split(/[\s,]+/)) {
    if (entry === '') continue
    const [, name = '', entryPort] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? []
    if (entryPort !== undefined && entryPort !== port) continue
    const bare = name.replace(/^\*?\./, '')
    if (entry === '*' || (bare === host && bare === name) || host.endsWith(`.${bare}`)) return undefined
  }
  return named.includes('://') ? named : `http://${named}`
}
