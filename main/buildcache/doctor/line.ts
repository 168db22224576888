import { isIP, type Socket } from 'node:net'
import { plural } from '../../api/format.ts'
import { reasonOf } from '../../registry/failure.ts'
import { fromNetwork } from '../../registry/network-failure.ts'
import { proxyFor } from '../../registry/proxy.ts'
import { isLoopback } from '../../registry/reference.ts'
import { StrataError } from '../../support/errors.ts'
import { type Examination, type Outcome, ok, warning } from './examination.ts'
import { nameFault } from './names.ts'
import { addressesOf, bareHost, connected, type Handshake, handshake } from './probes.ts'

/** Days before a certificate's end from which it is worth a word. */
const soon = 14
const day = 24 * 3600 * 1000

/** The name: whether the registry takes such a repository at all, and the host's addresses. */
export async function checkName(examination: Examination, signal: AbortSignal): Promise<Outcome> {
  const { reference, transport, kind, env } = examination
  const fault = nameFault(kind, reference)
  if (fault) throw new StrataError('reference-invalid', fault.message, { hint: fault.hint })
  const { host } = transport
  const name = bareHost(host.origin)
  if (isIP(name) > 0) return ok(`${name} is an address: nothing to look up`)
  try {
    return ok(`${name} is ${(await addressesOf(host, signal)).join(', ')}`)
  } catch (thrown) {
    const failure = fromNetwork(`${reference.registry}: name`, host, thrown, signal)
    const isUnknown = reasonOf(failure) === 'dns-not-found' || reasonOf(failure) === 'dns-failed'
    if (!isUnknown || proxyFor(host.origin, env) === undefined) throw failure
    return ok(`${name} is not known here; the proxy will look it up`)
  }
}

/** The proxy: which one, or why none. */
export async function checkProxy({ transport, env }: Examination): Promise<Outcome> {
  const { origin } = transport.host
  const proxy = proxyFor(origin, env)
  if (proxy) return ok(`through ${proxy.name}`)
  const [upper, lower] = origin.protocol === 'https:' ? ['HTTPS_PROXY', 'https_proxy'] : ['HTTP_PROXY', 'http_proxy']
  if (!(env[lower] || env[upper])) return ok(`none: ${upper} is not set`)
  if (isLoopback(origin.host)) return ok('none: no proxy is asked for this very machine')
  return ok(`none: NO_PROXY names ${origin.hostname}`)
}

/** The connection: whether anything listens there, or at the proxy. */
export async function checkConnect({ transport, reference, env }: Examination, signal: AbortSignal): Promise<Outcome> {
  const { host } = transport
  const proxy = proxyFor(host.origin, env)
  let socket: Socket | undefined
  try {
    socket = await connected(proxy ? new URL(proxy.name) : host.origin, host, signal)
    const { remoteAddress = host.name, remotePort = 0 } = socket
    const address = `${remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`
    return ok(proxy ? `connected to the proxy at ${address}` : `connected to ${address}`)
  } catch (thrown) {
    const peer = { name: host.name, proxy: proxy?.name }
    throw fromNetwork(`${reference.registry}: connection`, peer, thrown, signal)
  } finally {
    socket?.destroy()
  }
}

/** TLS: protocol, issuer and end of the certificate; what `--insecure` hides. */
export async function checkTls(examination: Examination, signal: AbortSignal): Promise<Outcome> {
  const { transport, reference, env } = examination
  const { origin } = transport.host
  if (origin.protocol === 'http:') {
    if (isLoopback(origin.host)) return ok('none: plain http, which stays on this machine')
    return warning('none: this is plain http', 'Whoever is on the way can read the login and change the packages.', [
      'Write oci:// as soon as the registry speaks TLS.',
    ])
  }
  const peer = { name: transport.host.name, proxy: proxyFor(origin, env)?.name }
  const what = `${reference.registry}: TLS`
  const seen = await handshake(transport.host, proxyFor(origin, env), signal).catch((thrown: unknown) => {
    throw fromNetwork(what, peer, thrown, signal)
  })
  if (!seen.problem) return judged(examination, seen)
  const failure = fromNetwork(what, peer, seen.problem, signal)
  const { code, message, hint, details } = failure
  if (!transport.trust.insecure) {
    const { names: subject, issuer, until } = seen
    throw new StrataError(code, message, { hint, details: { ...details, subject, issuer, until }, cause: failure })
  }
  return warning(
    `${seen.protocol}, not checked: --insecure hides that ${message.slice(what.length + 2)}`,
    'Anyone on the way can pose as this registry and take the login.',
    ['Give the authority’s certificate with --ca-file FILE, and leave --insecure out.'],
  )
}

/** A certificate that is good today. */
function judged({ now }: Examination, { protocol, issuer, until }: Handshake): Outcome {
  const left = Math.floor((Date.parse(until) - now()) / day)
  const found = `${protocol}, certificate by ${issuer}, good until ${until}`
  if (left >= soon) return ok(found)
  return warning(`${found}: ${plural(left, 'day')} left`, 'The certificate runs out soon.', ['Renew it in time.'])
}
