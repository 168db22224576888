import { BlockList, isIP } from 'node:net'
import { StrataError } from '../support/errors.ts'
import { protect } from '../support/redact.ts'
import { isLoopback } from './reference.ts'

/** A proxy on the way to a registry. */
export interface HttpProxy {
  /** `http://proxy.example:3128`: without its login, so that it may be shown. */
  readonly name: string
  /** `Proxy-Authorization`, where the address holds a login. */
  readonly authorization: string | undefined
}

/**
 * The proxy for an origin from HTTP_PROXY and HTTPS_PROXY, by the rules of Go's golang.org/x/net/http/httpproxy, which
 * docker and podman follow: never for loopback, and not for what NO_PROXY lists. Of a variable's two spellings
 * the lower-case one wins, as for curl and Python.
 *
 * @throws StrataError `registry-unreachable` with the reason `proxy-invalid`, which names the variable
 */
export function proxyFor(origin: URL, env: NodeJS.ProcessEnv): HttpProxy | undefined {
  const isTls = origin.protocol === 'https:'
  const text = isTls ? env.https_proxy || env.HTTPS_PROXY : env.http_proxy || env.HTTP_PROXY
  if (!text || isLoopback(origin.host)) return undefined
  const port = origin.port || (isTls ? '443' : '80')
  const hostname = origin.hostname.replace(/^\[(.*)\]$/, '$1')
  if (isExcepted(hostname, port, env.no_proxy || env.NO_PROXY || '')) return undefined
  return parseProxy(text, isTls ? 'HTTPS_PROXY' : 'HTTP_PROXY')
}

function parseProxy(text: string, variable: string): HttpProxy {
  const address = text.includes('://') ? text : `http://${text}`
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    // The text is not shown: what cannot be parsed may hold a password anywhere.
    throw new StrataError('registry-unreachable', `${variable} is not the address of an http or https proxy`, {
      hint: `Write it as http://HOST:PORT or http://USER:PASSWORD@HOST:PORT.`,
      details: { reason: 'proxy-invalid' },
    })
  }
  const name = `${url.protocol}//${url.host}`
  if (url.username === '') return { name, authorization: undefined }
  const password = decoded(url.password)
  protect(url.password)
  protect(password)
  const login = Buffer.from(`${decoded(url.username)}:${password}`, 'utf8').toString('base64')
  protect(login)
  return { name, authorization: `Basic ${login}` }
}

/** A part of a URL without its escapes; as it is when a bare `%` makes them unreadable. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/**
 * Whether NO_PROXY names a host: `*`; an address or a network (`10.0.0.0/8`); `example.org` with its sub-domains;
 * `.example.org` or `*.example.org`, the sub-domains alone; each but a network with a port when it is meant for that only.
 */
function isExcepted(hostname: string, port: string, list: string): boolean {
  const host = hostname.toLowerCase()
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== '' && (entry === '*' || matches(entry, host, port)))
}

function matches(entry: string, host: string, port: string): boolean {
  const network = parseNetwork(entry)
  if (network) return contains(network, host)
  // More than one colon without brackets is an IPv6 address, not a port.
  const [, named = entry, entryPort] = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(entry) ?? []
  if (entryPort !== undefined && entryPort !== port) return false
  const name = named.replace(/^\[(.*)\]$/, '$1')
  const single = parseNetwork(`${name}/${isIP(name) === 6 ? 128 : 32}`)
  if (single) return contains(single, host)
  if (isIP(host) !== 0 || name === '') return false
  const domain = name.replace(/^\*(?=\.)/, '')
  return domain.startsWith('.') ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`)
}

function parseNetwork(text: string): BlockList | undefined {
  const [, address = '', bits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? []
  const version = isIP(address)
  if (version === 0 || Number(bits) > (version === 6 ? 128 : 32)) return undefined
  const list = new BlockList()
  list.addSubnet(address, Number(bits), version === 6 ? 'ipv6' : 'ipv4')
  return list
}

function contains(network: BlockList, host: string): boolean {
  const version = isIP(host)
  return version !== 0 && network.check(host, version === 6 ? 'ipv6' : 'ipv4')
}
