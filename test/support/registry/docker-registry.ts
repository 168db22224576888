import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { withSmallDisk } from '../mounts.ts'
import { missingProgram } from '../programs.ts'
import { makeCertificates } from './certificates.ts'

const run = promisify(execFile)

/** The `auth: token` section of Distribution's configuration. */
export interface TokenAuth {
  readonly realm: string
  readonly service: string
  readonly issuer: string
  /** PEM file of the authority that vouches for the keys of tokens. */
  readonly rootcertbundle: string
}

export interface DockerRegistryOptions {
  /** Asks for a login; the password is hashed with `htpasswd` (apache2-utils). */
  readonly login?: { readonly username: string; readonly password: string }
  /** Wants tokens of this server. */
  readonly token?: TokenAuth
  /** TLS with a certificate for localhost by an authority of its own. */
  readonly tls?: boolean
  /** Lets nobody in without a certificate of that authority, too. */
  readonly clientCertificates?: boolean
  readonly deletes?: boolean
  /** The folder of its storage, to bring a registry up again with what it had; a temporary one unless given. */
  readonly storage?: string
  readonly port?: number
  /** Its storage is a disk of so many bytes; needs what `missingSmallDisk` asks for. */
  readonly diskBytes?: number
}

export interface DockerRegistry {
  /** `127.0.0.1:port`, or `localhost:port` with TLS. */
  readonly host: string
  readonly port: number
  /** Where its blobs lie on disk. */
  readonly storage: string
  readonly caFile: string | undefined
  close(): Promise<void>
}

/** Why a test that needs Debian's docker-registry is skipped; undefined when it can run. */
export async function missingDockerRegistry(): Promise<string | undefined> {
  return missingProgram('docker-registry', 'htpasswd', 'openssl')
}

/** Starts CNCF Distribution as Debian packages it, with storage in a folder, and waits until it answers. */
export async function startDockerRegistry(options: DockerRegistryOptions = {}): Promise<DockerRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'strata-registry-'))
  const storage = options.storage ?? join(folder, 'storage')
  const port = options.port ?? (await freePort())
  const certificates = options.tls ? await makeCertificates(folder) : undefined
  const auth = options.login && (await writeHtpasswd(join(folder, 'htpasswd'), options.login))
  const config = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: storage },
      delete: { enabled: options.deletes ?? false },
      maintenance: { uploadpurging: { enabled: false } },
    },
    ...(auth && { auth: { htpasswd: { realm: 'tests', path: auth } } }),
    ...(options.token && { auth: { token: options.token } }),
    http: {
      addr: `127.0.0.1:${port}`,
      secret: 'tests',
      ...(certificates && {
        tls: {
          certificate: certificates.certificate,
          key: certificates.key,
          ...(options.clientCertificates && { clientcas: [certificates.caFile] }),
        },
      }),
    },
  }
  // JSON is YAML.
  await writeFile(join(folder, 'config.yml'), JSON.stringify(config))
  const serve = ['docker-registry', 'serve', join(folder, 'config.yml')]
  if (options.diskBytes !== undefined) await mkdir(storage)
  const words = options.diskBytes === undefined ? serve : withSmallDisk(storage, options.diskBytes, serve)
  const [program = '', ...args] = words
  const child = spawn(program, args, { stdio: 'ignore' })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await untilListening(port, () => child.exitCode !== null)
  return {
    host: `${certificates ? 'localhost' : '127.0.0.1'}:${port}`,
    port,
    // Its own view of the files: nobody else sees the disk that is mounted there.
    storage: options.diskBytes === undefined ? storage : `/proc/${child.pid}/root${storage}`,
    caFile: certificates?.caFile,
    close: async () => {
      child.kill('SIGKILL')
      await exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function writeHtpasswd(file: string, login: { username: string; password: string }): Promise<string> {
  const { stdout } = await run('htpasswd', ['-Bbn', '-C', '5', login.username, login.password])
  await writeFile(file, stdout)
  return file
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function untilListening(port: number, ended: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (ended()) throw new Error('docker-registry ended before it answered')
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => resolve(socket.destroy() !== undefined))
      socket.once('error', () => resolve(false))
    })
    if (open) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error('docker-registry did not answer within five seconds')
}
