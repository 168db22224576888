import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What happened at the registry, in order: what tests assert on. */
export interface LoggedRequest {
  readonly method: string
  /** Path with query. */
  readonly url: string
  readonly authorization: string | undefined
  readonly range: string | undefined
}

/** What goes wrong, for the requests that `when` matches, `times` times (for ever unless given). */
export interface Fault {
  readonly when: (request: LoggedRequest) => boolean
  readonly times?: number
  readonly act: FaultAction
}

export type FaultAction =
  /** Destroys the connection after so many bytes of the request's body came, or before the answer. */
  | { readonly kind: 'cut-request'; readonly after: number }
  /** Destroys the connection after so many bytes of the answer's body. */
  | { readonly kind: 'cut-answer'; readonly after: number }
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }
  | { readonly kind: 'html'; readonly status: number }
  /** Does what was asked, and destroys the connection instead of answering. */
  | { readonly kind: 'lose-answer' }
  /** Never answers. */
  | { readonly kind: 'stall' }
  /** Sends the answer's body byte by byte with a pause. */
  | { readonly kind: 'drip'; readonly milliseconds: number }
  /** Answers as always, with these headers on top. */
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string>> }
  /** Answers with other bytes of the same length. */
  | { readonly kind: 'corrupt' }

export interface FaultRegistryOptions {
  readonly auth?: {
    readonly kind: 'basic' | 'bearer'
    readonly username: string
    readonly password: string
    /** The field the token comes in. */
    readonly field?: 'token' | 'access_token'
    readonly expiresIn?: number
    /** Lets anyone pull. */
    readonly anonymousPull?: boolean
  }
  /** Tags in one page. */
  readonly pageSize?: number
  readonly absoluteLinks?: boolean
  /** Answers 202 to every mount. */
  readonly refuseMounts?: boolean
}

export interface FaultRegistry {
  readonly host: string
  readonly port: number
  readonly log: LoggedRequest[]
  readonly faults: Fault[]
  readonly blobs: Map<string, Buffer>
  /** `repository:tag` and `repository@digest` to the manifest. */
  readonly manifests: Map<string, { readonly bytes: Buffer; readonly mediaType: string }>
  /** Ends every token at once. */
  expireTokens(): void
  close(): Promise<void>
}

/** A registry in this process, in memory: conforming enough for push and pull, and as faulty as its script says. */
export async function startFaultRegistry(options: FaultRegistryOptions = {}): Promise<FaultRegistry> {
  const state = new State(options)
  const server = createServer((request, response) => {
    request.on('error', () => undefined)
    response.on('error', () => undefined)
    state.handle(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  state.origin = `http://127.0.0.1:${port}`
  return {
    host: `127.0.0.1:${port}`,
    port,
    log: state.log,
    faults: state.faults,
    blobs: state.blobs,
    manifests: state.manifests,
    expireTokens: () => state.tokens.clear(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const sha256 = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
}

class State {
  origin = ''
  readonly log: LoggedRequest[] = []
  readonly faults: Fault[] = []
  readonly blobs = new Map<string, Buffer>()
  readonly manifests = new Map<string, { bytes: Buffer; mediaType: string }>()
  /** Token to the scopes it allows. */
  readonly tokens = new Map<string, readonly string[]>()
  private readonly sessions = new Set<string>()
  /** Blobs are shared, and which repository has which is kept here. */
  private readonly links = new Set<string>()
  private readonly used = new Map<Fault, number>()
  private readonly options: FaultRegistryOptions

  constructor(options: FaultRegistryOptions) {
    this.options = options
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request
    const logged: LoggedRequest = { method, url, authorization: headers.authorization, range: headers.range }
    this.log.push(logged)
    const fault = this.nextFault(logged)
    if (fault?.kind === 'stall') return
    if (fault?.kind === 'cut-request') return await cutRequest(request, fault.after)
    if (fault?.kind === 'status') {
      request.resume()
      return send(response, method, {
        status: fault.status,
        headers: fault.headers,
        body: Buffer.from(fault.body ?? ''),
      })
    }
    if (fault?.kind === 'html') {
      request.resume()
      const body = Buffer.from('<!doctype html><title>Welcome to nginx</title>')
      return send(response, method, { status: fault.status, headers: { 'content-type': 'text/html' }, body })
    }
    const body = await readAll(request)
    const reply = this.reply(logged, new URL(url, this.origin), body, headers['content-type'] ?? '')
    await misbehave(response, method, reply, fault)
  }

  private nextFault(request: LoggedRequest): FaultAction | undefined {
    const fault = this.faults.find((one) => (this.used.get(one) ?? 0) < (one.times ?? Infinity) && one.when(request))
    if (fault) this.used.set(fault, (this.used.get(fault) ?? 0) + 1)
    return fault?.act
  }

  private reply(request: LoggedRequest, url: URL, body: Buffer, mediaType: string): Reply {
    if (url.pathname === '/token') return this.token(request, url, new URLSearchParams(body.toString('utf8')))
    const refused = this.refuse(request, url)
    if (refused) return refused
    if (url.pathname === '/v2/') return json(200, {})
    const found = /^\/v2\/(.+?)\/(manifests|blobs|tags)\/(.*)$/.exec(url.pathname)
    if (!found) return error(404, 'NAME_UNKNOWN', 'no such route')
    const [, repository = '', kind, rest = ''] = found
    if (kind === 'tags') return this.tags(repository, url)
    if (kind === 'manifests') return this.manifest(request.method, repository, rest, body, mediaType)
    return this.blob(request, repository, rest, url, body)
  }

  private token(request: LoggedRequest, url: URL, form: URLSearchParams): Reply {
    const auth = this.options.auth
    const refresh = request.method === 'POST'
    const scopes = refresh ? (form.get('scope') ?? '').split(' ') : url.searchParams.getAll('scope')
    if (refresh && form.get('refresh_token') !== auth?.password) return json(400, { error: 'invalid_grant' })
    const right = `Basic ${Buffer.from(`${auth?.username}:${auth?.password}`).toString('base64')}`
    if (request.authorization !== undefined && request.authorization !== right)
      return error(401, 'UNAUTHORIZED', 'wrong login')
    if (
      !refresh &&
      request.authorization === undefined &&
      (!auth?.anonymousPull || scopes.some((scope) => scope.includes('push')))
    ) {
      return error(401, 'UNAUTHORIZED', 'a login is needed')
    }
    const token = `token-${randomUUID()}`
    this.tokens.set(token, scopes)
    const life = auth?.expiresIn === undefined ? {} : { expires_in: auth.expiresIn }
    return json(200, { [auth?.field ?? 'token']: token, ...life })
  }

  private refuse(request: LoggedRequest, url: URL): Reply | undefined {
    const auth = this.options.auth
    if (!auth) return undefined
    if (auth.kind === 'basic') {
      const right = `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`
      if (request.authorization === right) return undefined
      return {
        ...error(401, 'UNAUTHORIZED', 'authentication required'),
        headers: { 'www-authenticate': 'Basic realm="faults"' },
      }
    }
    const repository = /^\/v2\/(.+?)\/(?:manifests|blobs|tags)\//.exec(url.pathname)?.[1]
    const wanted = request.method === 'GET' || request.method === 'HEAD' ? 'pull' : 'push'
    const granted = this.tokens.get(request.authorization?.replace('Bearer ', '') ?? '') ?? []
    const allows = (scope: string) => scope.startsWith(`repository:${repository}:`) && scope.includes(wanted)
    if (repository !== undefined && granted.some(allows)) return undefined
    const scope =
      repository === undefined ? '' : `,scope="repository:${repository}:${wanted === 'pull' ? 'pull' : 'pull,push'}"`
    const challenge = `Bearer realm="${this.origin}/token",service="faults"${scope}`
    return { ...error(401, 'UNAUTHORIZED', 'authentication required'), headers: { 'www-authenticate': challenge } }
  }

  private tags(repository: string, url: URL): Reply {
    const all = [...this.manifests.keys()]
      .flatMap((key) => (key.startsWith(`${repository}:`) ? [key.slice(repository.length + 1)] : []))
      .sort()
    const exists = [...this.manifests.keys()].some((key) => key.startsWith(`${repository}@`))
    if (!exists) return error(404, 'NAME_UNKNOWN', 'repository name not known to registry')
    const size = Math.min(this.options.pageSize ?? 1000, Number(url.searchParams.get('n') ?? 1000))
    const last = url.searchParams.get('last')
    const from = last === null ? 0 : all.findIndex((tag) => tag > last)
    const page = from < 0 ? [] : all.slice(from, from + size)
    const reply = json(200, { name: repository, tags: page })
    if (from < 0 || from + size >= all.length) return reply
    const base = this.options.absoluteLinks ? this.origin : ''
    const link = `<${base}/v2/${repository}/tags/list?n=${size}&last=${page.at(-1)}>; rel="next"`
    return { ...reply, headers: { ...reply.headers, link } }
  }

  private manifest(method: string, repository: string, name: string, body: Buffer, mediaType: string): Reply {
    const key = name.startsWith('sha256:') ? `${repository}@${name}` : `${repository}:${name}`
    if (method === 'PUT') {
      const digest = sha256(body)
      const missing = named(body).find(
        (one) => !this.has(repository, one) && !this.manifests.has(`${repository}@${one}`),
      )
      if (missing) return error(404, 'MANIFEST_BLOB_UNKNOWN', 'blob unknown to registry', { digest: missing })
      this.manifests.set(`${repository}@${digest}`, { bytes: body, mediaType })
      this.manifests.set(key, { bytes: body, mediaType })
      return {
        status: 201,
        headers: { 'docker-content-digest': digest, location: `/v2/${repository}/manifests/${digest}` },
      }
    }
    const found = this.manifests.get(key)
    if (!found) return error(404, 'MANIFEST_UNKNOWN', 'manifest unknown')
    const digest = sha256(found.bytes)
    if (method === 'DELETE') {
      for (const [other, { bytes }] of this.manifests) {
        if (other.startsWith(repository) && sha256(bytes) === digest) this.manifests.delete(other)
      }
      return { status: 202 }
    }
    return {
      status: 200,
      headers: { 'content-type': found.mediaType, 'docker-content-digest': digest },
      body: found.bytes,
    }
  }

  private blob(request: LoggedRequest, repository: string, rest: string, url: URL, body: Buffer): Reply {
    const { method } = request
    if (method === 'POST') return this.startUpload(repository, url)
    if (rest.startsWith('uploads/')) return this.upload(method, repository, rest, url, body)
    const bytes = this.has(repository, rest) ? this.blobs.get(rest) : undefined
    if (!bytes) return error(404, 'BLOB_UNKNOWN', 'blob unknown to registry')
    const headers = { 'content-type': 'application/octet-stream', 'docker-content-digest': rest }
    const from = Number(/^bytes=(\d+)-$/.exec(request.range ?? '')?.[1] ?? Number.NaN)
    if (Number.isNaN(from)) return { status: 200, headers, body: bytes }
    const range = `bytes ${from}-${bytes.length - 1}/${bytes.length}`
    return { status: 206, headers: { ...headers, 'content-range': range }, body: bytes.subarray(from) }
  }

  private startUpload(repository: string, url: URL): Reply {
    const mount = url.searchParams.get('mount')
    const from = url.searchParams.get('from')
    if (mount !== null && from !== null && !this.options.refuseMounts && this.has(from, mount)) {
      this.links.add(`${repository}@${mount}`)
      return { status: 201, headers: { location: `/v2/${repository}/blobs/${mount}`, 'docker-content-digest': mount } }
    }
    const id = randomUUID()
    this.sessions.add(id)
    return { status: 202, headers: { location: `/v2/${repository}/blobs/uploads/${id}?_state=a%2Fb%3D`, range: '0-0' } }
  }

  private upload(method: string, repository: string, rest: string, url: URL, body: Buffer): Reply {
    const id = rest.slice('uploads/'.length)
    if (!this.sessions.has(id) || url.searchParams.get('_state') !== 'a/b=')
      return error(404, 'BLOB_UPLOAD_UNKNOWN', 'no such upload')
    this.sessions.delete(id)
    if (method === 'DELETE') return { status: 204 }
    const digest = url.searchParams.get('digest') ?? ''
    if (sha256(body) !== digest) return error(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content')
    this.blobs.set(digest, body)
    this.links.add(`${repository}@${digest}`)
    return { status: 201, headers: { location: `/v2/${repository}/blobs/${digest}`, 'docker-content-digest': digest } }
  }

  private has(repository: string, digest: string): boolean {
    return this.links.has(`${repository}@${digest}`) && this.blobs.has(digest)
  }
}

function named(manifest: Buffer): readonly string[] {
  const document = JSON.parse(manifest.toString('utf8')) as Record<
    string,
    { digest: string } | { digest: string }[] | undefined
  >
  return [document.config, document.layers, document.manifests].flat().flatMap((one) => (one ? [one.digest] : []))
}

function json(status: number, value: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(value)) }
}

function error(status: number, code: string, message: string, detail?: unknown): Reply {
  return json(status, { errors: [{ code, message, detail }] })
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

async function cutRequest(request: IncomingMessage, after: number): Promise<void> {
  let received = 0
  if (after > 0) {
    for await (const chunk of request) {
      received += (chunk as Buffer).length
      if (received >= after) break
    }
  }
  request.socket.resetAndDestroy()
}

function send(response: ServerResponse, method: string, reply: Reply): void {
  const length = String(reply.body?.length ?? 0)
  response.writeHead(reply.status, { 'content-length': length, ...reply.headers })
  response.end(method === 'HEAD' ? undefined : reply.body)
}

async function misbehave(
  response: ServerResponse,
  method: string,
  reply: Reply,
  fault: FaultAction | undefined,
): Promise<void> {
  const body = reply.body ?? Buffer.alloc(0)
  switch (fault?.kind) {
    case 'lose-answer':
      response.socket?.resetAndDestroy()
      return
    case 'cut-answer':
      response.writeHead(reply.status, { 'content-length': String(body.length), ...reply.headers })
      await new Promise<void>((resolve) => response.write(body.subarray(0, fault.after), () => resolve()))
      response.destroy()
      return
    case 'drip':
      response.writeHead(reply.status, { 'content-length': String(body.length), ...reply.headers })
      for (const byte of body) {
        response.write(Buffer.of(byte))
        await new Promise((resolve) => setTimeout(resolve, fault.milliseconds))
      }
      response.end()
      return
    case 'headers':
      return send(response, method, { ...reply, headers: { ...reply.headers, ...fault.headers } })
    case 'corrupt':
      return send(response, method, { ...reply, body: Buffer.alloc(body.length, 'x') })
    default:
      return send(response, method, reply)
  }
}
