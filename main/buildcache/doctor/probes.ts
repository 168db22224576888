import type { LookupAddress } from 'node:dns'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type PeerCertificate } from 'node:tls'
import { abortable } from '../../registry/abortable.ts'
import type { Host } from '../../registry/host.ts'
import type { HttpProxy } from '../../registry/proxy.ts'

/** A host's addresses, as the system's resolver has them. @throws node's errors of `dns.lookup` */
export async function addressesOf(host: Host, signal: AbortSignal): Promise<readonly string[]> {
  const looking = new Promise<LookupAddress[]>((resolve, reject) => {
    host.options.lookup(bareHost(host.origin), { all: true }, (error, found, family = 4) => {
      if (error) reject(error)
      else resolve(typeof found === 'string' ? [{ address: found, family }] : found)
    })
  })
  return (await abortable(looking, signal)).map(({ address }) => address)
}

/** An open socket to a host; the caller destroys it. @throws node's errors of `net.connect` */
export async function connected(target: URL, { options }: Host, signal: AbortSignal): Promise<Socket> {
  const socket = connectTcp({ port: portOf(target), host: bareHost(target), lookup: options.lookup })
  const opening = new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.on('error', reject)
  })
  try {
    await abortable(opening, signal)
    return socket
  } catch (thrown) {
    socket.destroy()
    throw thrown
  }
}

/** What a TLS server shows of itself. */
export interface Handshake {
  /** `TLSv1.3` */
  readonly protocol: string
  /** What the certificate is for: `DNS:a.example, DNS:b.example`. */
  readonly names: string
  readonly issuer: string
  /** The certificate's last day, as `2026-11-23`. */
  readonly until: string
  /** Why it is not to be trusted, with the `code` that node gives it. */
  readonly problem: Error | undefined
}

/**
 * Shakes hands with a host, with the trust that the network has in it, but looks at a bad certificate instead of leaving
 * at once. @throws node's errors, and those of `Host.secureContext`
 */
export async function handshake(host: Host, proxy: HttpProxy | undefined, signal: AbortSignal): Promise<Handshake> {
  const secureContext = await host.secureContext()
  const name = bareHost(host.origin)
  const below = proxy ? await tunnel(proxy, host.origin, signal) : await connected(host.origin, host, signal)
  const socket = connectTls({
    socket: below,
    host: name,
    servername: isIP(name) > 0 ? undefined : name,
    secureContext,
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
  })
  const shaking = new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve)
    socket.on('error', reject)
    socket.once('close', () => reject(new Error('the connection was closed during the handshake')))
  })
  try {
    await abortable(shaking, signal)
    // Node has the code of what is wrong in the place of an error, whatever its types say.
    const code = socket.authorized ? undefined : String(socket.authorizationError)
    const certificate = socket.getPeerCertificate()
    return {
      protocol: socket.getProtocol() ?? 'TLS',
      names: certificate.subjectaltname ?? nameOf(certificate.subject),
      issuer: nameOf(certificate.issuer),
      until: new Date(certificate.valid_to).toISOString().slice(0, 10),
      problem: code === undefined ? undefined : Object.assign(new Error(code), { code }),
    }
  } finally {
    socket.destroy()
    below.destroy()
  }
}

/** A way through a proxy by CONNECT (RFC 9110, 9.3.6). */
async function tunnel({ name, authorization }: HttpProxy, origin: URL, signal: AbortSignal): Promise<Socket> {
  const proxy = new URL(name)
  const request = (proxy.protocol === 'https:' ? httpsRequest : httpRequest)({
    host: bareHost(proxy),
    port: portOf(proxy),
    method: 'CONNECT',
    path: `${origin.hostname}:${portOf(origin)}`,
    headers: authorization === undefined ? {} : { 'proxy-authorization': authorization },
    signal,
  })
  return await new Promise((resolve, reject) => {
    request.once('error', reject)
    request.once('connect', (response, socket) => {
      if (response.statusCode === 200) return resolve(socket)
      socket.destroy()
      // In undici's words, which `fromNetwork` knows.
      reject(new Error(`Proxy response (${response.statusCode}) !== 200 when HTTP Tunneling`))
    })
    request.end()
  })
}

/** A URL's host name, or address without brackets. */
export function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
}

/** A certificate's holder or issuer: the common name, else the organisation. */
function nameOf({ CN, O }: PeerCertificate['issuer']): string {
  return [CN ?? O ?? 'an authority without a name'].flat().join(', ')
}
