import { readdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls'
import { StrataError } from '../support/errors.ts'
import type { Reason } from './failure.ts'

/** What makes a registry's certificate good enough, beside the system's authorities. */
export interface Trust {
  /** PEM files of authorities to trust. */
  readonly caFiles?: readonly string[]
  /** Accepts any certificate. Only ever the user's explicit choice. */
  readonly insecure?: boolean
}

export interface TrustSources {
  readonly env: NodeJS.ProcessEnv
  /** The `certs.d` folders of docker and podman, first one first. */
  readonly certificateFolders: readonly string[]
}

/** Where podman (containers-certs.d(5)) and docker look for the files of single registries; a user's own come first. */
export function certificateFolders(env: NodeJS.ProcessEnv): readonly string[] {
  const home = env.HOME || homedir()
  return [
    join(home, '.config', 'containers', 'certs.d'),
    '/etc/containers/certs.d',
    '/etc/docker/certs.d',
    // Docker Desktop, and docker without root.
    join(home, '.docker', 'certs.d'),
    join(home, '.config', 'docker', 'certs.d'),
  ]
}

/** One context for each set of files: the system's 144 authorities take 20 ms to parse. */
const contexts = new Map<string, SecureContext>()

/**
 * What is trusted of a host, and what shows us to it: the system's authorities, those of `trust`, and the authorities
 * and client certificates in the host's own folder (`certs.d/HOST[:PORT]/`). `names` are the names it may have
 * there, best first. A host that is trusted whatever it shows has no authorities.
 *
 * @throws StrataError `registry-tls` with the reason `tls-files`, which names the file that cannot be used
 */
export async function secureContext(
  names: readonly string[],
  trust: Trust,
  sources: TrustSources,
): Promise<SecureContext> {
  const own = await readHostFolder(names, sources.certificateFolders)
  const authorities: string[] = []
  for (const file of [...(trust.caFiles ?? []), ...own.authorities]) authorities.push(...(await readAuthorities(file)))
  const pairs: { readonly cert: string; readonly key: string }[] = []
  for (const { cert, key } of own.pairs) {
    pairs.push({ cert: await readPem(cert, 'client certificate'), key: await readPem(key, 'client key') })
  }
  const system = trust.insecure ? { key: '', certificates: [] } : await systemAuthorities(sources.env)
  const key = JSON.stringify([trust.insecure, system.key, authorities, pairs])
  let context = contexts.get(key)
  if (!context) {
    context = createContext([...system.certificates, ...authorities], pairs, own.pairs[0]?.key)
    contexts.set(key, context)
  }
  return context
}

function createContext(
  authorities: readonly string[],
  pairs: readonly { readonly cert: string; readonly key: string }[],
  keyFile: string | undefined,
): SecureContext {
  const ca = [...new Set(authorities)]
  try {
    if (pairs.length === 0) return createSecureContext({ ca })
    return createSecureContext({ ca, cert: pairs.map(({ cert }) => cert), key: pairs.map(({ key }) => key) })
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause)
    throw unusable(`client key ${keyFile ?? ''} and its certificate cannot be used (${words})`, cause)
  }
}

// ---- the system's authorities --------------------------------------------------------------------------------------

/** Where distributions keep the authorities that an administrator trusts (Go's crypto/x509 looks in the same places). */
const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

interface SystemAuthorities {
  /** Names the files that they come from. */
  readonly key: string
  readonly certificates: readonly string[]
}

const systems = new Map<string, Promise<SystemAuthorities>>()

/**
 * The system's authorities (`SSL_CERT_FILE` in their place, as for OpenSSL, Go and Python), node's own list where the
 * system has none, and those of `NODE_EXTRA_CA_CERTS`. Read once a process.
 */
function systemAuthorities({ SSL_CERT_FILE = '', NODE_EXTRA_CA_CERTS = '' }: NodeJS.ProcessEnv) {
  const key = `${SSL_CERT_FILE}\n${NODE_EXTRA_CA_CERTS}`
  let found = systems.get(key)
  if (!found) {
    found = readSystem(SSL_CERT_FILE, NODE_EXTRA_CA_CERTS).then((certificates) => ({ key, certificates }))
    systems.set(key, found)
  }
  return found
}

async function readSystem(instead: string, extra: string): Promise<readonly string[]> {
  const read = async (file: string) => certificatesOf(await readFile(file, 'latin1').catch(() => ''))
  const more = extra === '' ? [] : await read(extra)
  for (const file of instead === '' ? systemBundles : [instead]) {
    const found = await read(file)
    if (found.length > 0) return [...found, ...more]
  }
  return [...rootCertificates, ...more]
}

// ---- files of the user ---------------------------------------------------------------------------------------------

interface HostFolder {
  readonly authorities: readonly string[]
  readonly pairs: readonly { readonly cert: string; readonly key: string }[]
}

/** The first folder there is for a host, as containers-certs.d(5) has it: `*.crt` authorities, `*.cert` with `*.key`. */
async function readHostFolder(names: readonly string[], folders: readonly string[]): Promise<HostFolder> {
  // A host that a registry leads to could be called `..`.
  for (const name of names.filter((one) => /[^.]/.test(one))) {
    for (const folder of folders) {
      const path = join(folder, name)
      const files = await readdir(path).catch(() => undefined)
      if (files) return hostFolder(path, files.sort())
    }
  }
  return { authorities: [], pairs: [] }
}

function hostFolder(path: string, files: readonly string[]): HostFolder {
  const stems = (extension: string) =>
    files.filter((file) => file.endsWith(extension)).map((file) => file.slice(0, -extension.length))
  const lonelyCert = stems('.cert').find((stem) => !files.includes(`${stem}.key`))
  if (lonelyCert !== undefined) {
    const file = join(path, `${lonelyCert}.cert`)
    throw unusable(`client certificate ${file} has no key beside it (${lonelyCert}.key)`, undefined, notAnAuthority)
  }
  const lonelyKey = stems('.key').find((stem) => !files.includes(`${stem}.cert`))
  if (lonelyKey !== undefined) {
    throw unusable(`client key ${join(path, `${lonelyKey}.key`)} has no certificate beside it (${lonelyKey}.cert)`)
  }
  const pairs = stems('.cert').map((stem) => ({ cert: join(path, `${stem}.cert`), key: join(path, `${stem}.key`) }))
  return { authorities: stems('.crt').map((stem) => join(path, `${stem}.crt`)), pairs }
}

const notAnAuthority = 'If it is an authority’s certificate, its name must end in .crt.'

async function readAuthorities(file: string): Promise<readonly string[]> {
  const found = certificatesOf(await readPem(file, 'CA file'))
  if (found.length > 0) return found
  throw unusable(`CA file ${file} holds no certificate`, undefined, 'It must be in PEM form.')
}

async function readPem(file: string, kind: string): Promise<string> {
  return await readFile(file, 'latin1').catch((cause: unknown) => {
    throw unusable(`${kind} ${file} cannot be read`, cause, 'Check its name and its mode.')
  })
}

function certificatesOf(pem: string): readonly string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []
}

function unusable(message: string, cause?: unknown, hint?: string): StrataError {
  const reason: Reason = 'tls-files'
  return new StrataError('registry-tls', message, { cause, hint, details: { reason } })
}
