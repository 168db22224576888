import { plural } from '../../api/format.ts'
import { formatReference } from '../../registry/reference.ts'
import type { Case, Diagnosis } from './case.ts'
import type { Symptom } from './symptoms.ts'

/** What lies behind a symptom at any registry. */
export const causes: Readonly<Record<Symptom, (one: Case) => Diagnosis>> = {
  'bad-reference': ({ error }) => ({
    cause: 'The reference does not name a repository that can be pushed to.',
    fix: [error.hint ?? 'Write oci://HOST/NAME, oci+http://HOST:PORT/NAME or oci-layout:///FOLDER.'],
  }),
  'dns-not-found': ({ reference }) => ({
    cause: `No name server knows ${reference.registry}: a typing error, or a name that only an internal network knows.`,
    fix: ['Check the spelling.', 'Connect to the VPN if the registry is an internal one.', lookUp(reference.registry)],
  }),
  'dns-failed': ({ reference }) => ({
    cause: 'The name server does not answer, or this machine has no network at all.',
    fix: ['Check the network and /etc/resolv.conf.', lookUp(reference.registry)],
  }),
  refused: ({ reference }) => ({
    cause: `The machine is there, but nothing listens at ${reference.registry}: the registry is not running, or on another port.`,
    fix: ['Start the registry.', 'Check the port: without one it is 443, with oci+http:// 80.'],
  }),
  'no-route': () => ({
    cause:
      'There is no way to that network from here: no network, a VPN that is down, or an IPv6 address without IPv6.',
    fix: ['Check the network and the VPN.', '$ ip route'],
  }),
  'connect-timeout': () => ({
    cause: 'Nothing comes back: a firewall drops the packets, or this network reaches the outside by a proxy only.',
    fix: ['Set HTTPS_PROXY if there is a proxy.', 'Compute nodes often have no way out: try it on a login node.'],
  }),
  'private-address': ({ error }) => ({
    cause: `The registry leads into a network that it is not in itself, where it is not followed: ${lastWords(error.message)}.`,
    fix: [
      'Use the registry’s name or address in that network.',
      'Operator: http.host says how the registry names itself.',
    ],
  }),
  'proxy-invalid': () => ({
    cause: 'The proxy’s address cannot be read.',
    fix: ['Write HTTPS_PROXY as http://HOST:PORT or http://USER:PASSWORD@HOST:PORT.'],
  }),
  'proxy-unreachable': () => ({
    cause: 'The proxy itself cannot be reached.',
    fix: ['Check HTTPS_PROXY.', 'Put a registry of your own network into NO_PROXY.'],
  }),
  'proxy-login': () => ({
    cause: 'The proxy wants a login.',
    fix: ['Write it into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT.'],
  }),
  'proxy-refused': () => ({
    cause: 'The proxy does not let us through to the registry.',
    fix: ['Have the registry’s host allowed there.', 'Put a registry of your own network into NO_PROXY.'],
  }),
  'tls-expired': ({ error }) => ({
    cause: `The registry’s certificate ended${dated(error.details?.until)}, or this machine’s clock is wrong.`,
    fix: ['Renew the certificate at the registry; --ca-file does not help.', 'Compare the clock:', '$ date -u'],
  }),
  'tls-not-yet-valid': () => ({
    cause: 'The registry’s certificate is not good yet: one of the two clocks is wrong.',
    fix: ['Set the clock of the machine that is wrong.', '$ timedatectl set-ntp true'],
  }),
  'tls-unknown-ca': ({ error, reference }) => ({
    cause: `Nobody here vouches for the certificate: it was signed by ${quoted(error.details?.issuer, 'an authority')}, which this machine does not trust.`,
    fix: [
      'Get that authority’s certificate from the registry’s operator and name it with --ca-file FILE,',
      `or put it where docker and podman look: /etc/containers/certs.d/${reference.registry}/ca.crt`,
      'A company’s TLS inspection signs with its own authority: that one is needed then.',
    ],
  }),
  'tls-wrong-name': ({ error, reference }) => ({
    cause: `The certificate is for another name than ${reference.registry}${named(error.details?.subject)}.`,
    fix: [
      'Use the name that the certificate carries.',
      'Or give the registry a certificate for this one; --ca-file does not help.',
    ],
  }),
  'tls-client-certificate': ({ reference }) => ({
    cause: 'The registry wants a certificate of yours (mutual TLS), and got none or one that it does not know.',
    fix: [
      'Put yours where docker and podman look:',
      `/etc/containers/certs.d/${reference.registry}/client.cert and client.key`,
    ],
  }),
  'tls-files': ({ error }) => ({
    cause: 'The file of authorities cannot be used.',
    fix: [error.hint ?? 'It has to be a PEM file.', 'Check --ca-file.'],
  }),
  'speaks-http': ({ reference }) => ({
    cause: 'Something answers there, but not with TLS: most likely the port speaks plain http.',
    fix: [`Write ${formatReference({ ...reference, scheme: 'http' })} if that is meant.`],
  }),
  'speaks-tls': ({ reference }) => ({
    cause: 'The port does not answer plain http as a registry does: most likely it speaks TLS.',
    fix: [`Write ${formatReference({ ...reference, scheme: 'https' })}.`],
  }),
  'tls-failed': () => ({
    cause: 'The two sides find no form of TLS that both speak, or something in between alters it.',
    fix: ['Try it from another network.', 'Operator: allow TLS 1.2 or 1.3.'],
  }),
  'not-http': ({ reference }) => ({
    cause: 'Something answers there that is not HTTP: TLS, or another service altogether.',
    fix: [`If it speaks TLS: ${formatReference({ ...reference, scheme: 'https' })}`, 'Check the port.'],
  }),
  html: () => ({
    cause:
      'A web page answers in the registry’s place: another host or port is the registry, or a portal or proxy of this network steps in.',
    fix: [
      'Check the host: the registry’s web page may be on another one than its API.',
      'Open any page in a browser: a guest network may want a log-in first.',
    ],
  }),
  'no-registry': ({ error }) => ({
    cause: `Something answers there${status(error)}, but it does not know /v2/, as every registry does.`,
    fix: ['Check host and port.', 'A registry behind a path of a web server has to be at the top: HOST/v2/.'],
  }),
  'login-missing': ({ reference, step }) => ({
    cause:
      step === 'push' || step === 'delete'
        ? 'Anyone may read here, but writing needs a login, and none was found.'
        : 'The registry lets nobody in without a login, and none was found.',
    fix: [`$ strata login ${reference.registry}`],
  }),
  'login-refused': ({ reference }) => ({
    cause: 'The registry does not take this name and password: mistyped, expired, revoked, or for another registry.',
    fix: [
      `$ strata login ${reference.registry}`,
      'Where two factors are asked for, the password has to be an access token.',
    ],
  }),
  'login-unfit': ({ reference }) => ({
    cause: 'The registry wants a name and a password, and a token was found in their place.',
    fix: [`$ strata login ${reference.registry} --username NAME`],
  }),
  'token-refused': () => ({
    cause:
      'The login was taken, and what it gave is then refused: the registry and its token server do not agree (keys, service name, clocks), or the login has no right here.',
    fix: [
      'Check that the repository’s path is right and that this account may use it.',
      'Operator: compare the registry’s auth.token settings (issuer, service, rootcertbundle) with the token server’s.',
    ],
  }),
  'token-invalid': () => ({
    cause: 'The token server does not answer as one: it fails, or another service stands at its address.',
    fix: ['Try again later.', 'Operator: check the realm that the registry names.'],
  }),
  'realm-invalid': () => ({
    cause: 'The registry names a token server whose address is none.',
    fix: ['Operator: auth.token.realm has to be an https address.'],
  }),
  'realm-not-tls': () => ({
    cause: 'The registry names a token server without TLS; the login would go there readable for everyone.',
    fix: ['Operator: give auth.token.realm an https address.'],
  }),
  denied: ({ reference, step }) => ({
    cause: `The registry knows this login, but it may not ${verbs[step] ?? 'do that'} in ${reference.repository}.`,
    fix: [
      'Check the rights of the account or token on this repository.',
      'Or take another login:',
      `$ strata login ${reference.registry}`,
    ],
  }),
  'name-unknown': ({ reference }) => ({
    cause: `The registry has no ${reference.repository} and does not make it by itself, or hides it from this login.`,
    fix: ['Create the repository (or the project it is in) there first.', 'Check the spelling of the path.'],
  }),
  unsupported: ({ step }) => ({
    cause:
      step === 'delete'
        ? 'Deletes are switched off at this registry.'
        : 'The registry does not allow this: it is read-only, a mirror of another one, or a proxy in front of it lets no such request through.',
    fix:
      step === 'delete'
        ? ['Pushes do not need it. Operator: REGISTRY_STORAGE_DELETE_ENABLED=true']
        : [
            'Ask the operator whether it is in maintenance (read-only) or a pull-through cache.',
            'Push to the registry behind it.',
          ],
  }),
  'too-large': () => ({
    cause: 'A proxy in front of the registry bounds what may be uploaded; nginx takes 1 MiB unless told otherwise.',
    fix: [
      'Operator, for nginx: client_max_body_size 0;',
      'For Kubernetes’ ingress: nginx.ingress.kubernetes.io/proxy-body-size: "0"',
    ],
  }),
  'no-space': () => ({
    cause: 'The registry’s disk or your quota there is full.',
    fix: ['Delete what is no longer needed there, or have the quota raised.', 'Operator: run garbage collection.'],
  }),
  'rate-limited': (one) => ({
    cause: `The registry limits how often it is asked${until(one)}.`,
    fix: one.loggedIn
      ? ['Wait, and use fewer --jobs.']
      : ['Wait, or log in: the limits of anonymous users are lower.', `$ strata login ${one.reference.registry}`],
  }),
  'server-error': ({ error }) => ({
    cause: `The registry itself fails${status(error)}; what you sent is not the reason.`,
    fix: ['Try again later.', 'Operator: the registry’s log says why; often its storage or database is away.'],
  }),
  slow: () => ({
    cause: 'The registry, or a proxy in front of it, stops in the middle or sends its answer drop by drop.',
    fix: ['Try again later, and from another network.', 'Operator: look at the load and at the proxy’s time-outs.'],
  }),
  cut: ({ step }) => ({
    cause: `The connection ends in the middle${step === 'push' ? ' of an upload' : ' of an answer'}: a time-out or a limit of a proxy, a registry that crashes, or a bad line.`,
    fix: [
      'Try again; a push goes on where it was cut.',
      'If it always ends at the same size or time, look at the proxy in front of the registry.',
    ],
  }),
  incomplete: () => ({
    cause:
      'The registry lists an image and does not have all of it: its storage lost a part, or garbage collection ran during a push.',
    fix: ['Push that package again with --force.', 'Operator: run garbage collection only while nobody pushes.'],
  }),
  'wrong-digest': () => ({
    cause:
      'What arrives is not what was stored: the registry’s storage is damaged, or something on the way changes it.',
    fix: [
      'Operator: check the disk, and that no proxy or virus scanner rewrites the answers.',
      'Push that package again with --force.',
    ],
  }),
  oversized: () => ({
    cause: 'The answer is far larger than any of its kind: another service answers, or it means harm.',
    fix: ['Check the host.', 'Do not push to a registry that you do not know.'],
  }),
  garbled: ({ error }) => ({
    cause: `The answer is not what the specification of registries says${status(error)}: cut short or rewritten by a proxy, or no registry.`,
    fix: ['Try it without the proxy, or from another network.', 'Tell the operator what is quoted here.'],
  }),
  'redirect-loop': () => ({
    cause: 'The registry sends us round in a circle, as a web server does that forces TLS or a log-in page on /v2/.',
    fix: ['Operator: pass /v2/ through to the registry without a redirect, with X-Forwarded-Proto set.'],
  }),
  'redirect-of-write': ({ error }) => ({
    cause: `The registry leads to another host, where it is not safe to follow: ${lastWords(error.message)}.`,
    fix: [
      'Use the name of that host, if it is the registry.',
      'Operator: http.host and http.relativeurls say how the registry names itself.',
    ],
  }),
  'redirect-to-http': () => ({
    cause: 'The registry leads from TLS to plain http: it does not know that the proxy in front of it speaks TLS.',
    fix: [
      'Operator: have the proxy send X-Forwarded-Proto: https, or set http.relativeurls: true (REGISTRY_HTTP_RELATIVEURLS=true).',
    ],
  }),
  'upload-unknown': () => ({
    cause:
      'The registry forgets an upload that it has just begun: several copies of it behind a balancer do not share storage or secret.',
    fix: ['Operator: give every copy the same REGISTRY_HTTP_SECRET and the same storage, or make sessions sticky.'],
  }),
  'location-missing': () => ({
    cause:
      'The registry opens an upload without saying where it is: a proxy removes the Location header, or it is no registry.',
    fix: ['Operator: let the proxy pass Location on.'],
  }),
  unknown: ({ error }) => ({
    cause: 'This is none of the things that usually go wrong.',
    fix:
      error.hint === undefined
        ? ['Send the output of this command with --json to Strata’s issue tracker.']
        : [error.hint],
  }),
}

const verbs: Partial<Readonly<Record<Case['step'], string>>> = {
  token: 'read',
  pull: 'read',
  push: 'write',
  mount: 'mount blobs',
  delete: 'delete',
}

function lookUp(registry: string): string {
  return `$ getent hosts ${registry.replace(/:\d+$/, '')}`
}

function dated(date: unknown): string {
  return typeof date === 'string' ? ` on ${date}` : ''
}

function quoted(name: unknown, fallback: string): string {
  return typeof name === 'string' ? `“${name}”` : fallback
}

/** `DNS:a.example, DNS:b.example` in words. */
function named(subject: unknown): string {
  return typeof subject === 'string' ? `: it names ${subject.replace(/(?:DNS|IP Address):/g, '')}` : ''
}

function status({ details }: Case['error']): string {
  return details?.status === undefined ? '' : ` (HTTP ${details.status})`
}

/** Until when a registry wants to be left alone, when it says so. */
function until({ error, now }: Case): string {
  const seconds = error.details?.retryAfterSeconds
  if (typeof seconds !== 'number') return ''
  const time = new Date(now + seconds * 1000).toISOString().replace('T', ' ').slice(0, 19)
  return `: it may be asked again in ${plural(seconds, 'second')}, at ${time} UTC`
}

function lastWords(message: string): string {
  return message.slice(message.lastIndexOf(': ') + 2)
}
