import type { LoggedRequest } from './faults.ts'
import { MemoryAuth, type MemoryAuthOptions } from './memory-auth.ts'
import { errorReply, json, type Reply, sha256 } from './reply.ts'
import { type UploadRules, Uploads } from './uploads.ts'

export interface MemoryRegistryOptions extends UploadRules {
  readonly auth?: MemoryAuthOptions
  /** Tags in one page. */
  readonly pageSize?: number
  readonly absoluteLinks?: boolean
  /** Answers 202 to every mount. */
  readonly refuseMounts?: boolean
  /** Answers 405 to every delete. */
  readonly refuseDeletes?: boolean
  /** Knows the referrers API; else it answers 404, as Distribution 2.8 does. */
  readonly referrers?: boolean
  /** The most bytes of one request's body, as a proxy in front of a registry bounds it: 413 beyond. */
  readonly maxRequestBody?: number
}

/** A request as it came. */
export interface ReceivedRequest extends LoggedRequest {
  readonly body: Buffer
  readonly contentType: string
}

interface StoredManifest {
  readonly bytes: Buffer
  readonly mediaType: string
}

/** A registry in memory that does everything right: what the OCI distribution specification asks of one. */
export class MemoryRegistry {
  readonly auth: MemoryAuth
  readonly uploads: Uploads
  readonly blobs = new Map<string, Buffer>()
  /** `repository:tag` and `repository@digest` to the manifest. */
  readonly manifests = new Map<string, StoredManifest>()
  /** Blobs are shared, and which repository has which is kept here. */
  private readonly links = new Set<string>()
  private readonly options: MemoryRegistryOptions
  private originUrl = ''

  constructor(options: MemoryRegistryOptions) {
    this.options = options
    this.auth = new MemoryAuth(options.auth)
    this.uploads = new Uploads(options, (repository, bytes) => {
      this.blobs.set(sha256(bytes), bytes)
      this.links.add(`${repository}@${sha256(bytes)}`)
    })
  }

  set origin(origin: string) {
    this.originUrl = origin
    this.auth.origin = origin
  }

  answer(request: ReceivedRequest): Reply {
    const url = new URL(request.url, this.originUrl)
    const { method, body } = request
    if (url.pathname === '/token') return this.auth.token(request, url, new URLSearchParams(body.toString('utf8')))
    const refused = this.auth.refuse(request, url)
    if (refused) return refused
    if (body.length > (this.options.maxRequestBody ?? Number.POSITIVE_INFINITY)) {
      const page = Buffer.from('<html><h1>413 Request Entity Too Large</h1></html>')
      return { status: 413, headers: { 'content-type': 'text/html' }, body: page }
    }
    if (url.pathname === '/v2/') return json(200, {})
    const found = /^\/v2\/(.+?)\/(manifests|blobs|tags|referrers)\/(.*)$/.exec(url.pathname)
    if (!found) return errorReply(404, 'NAME_UNKNOWN', 'no such route')
    const [, repository = '', kind, rest = ''] = found
    if (method === 'DELETE' && this.options.refuseDeletes && !rest.startsWith('uploads/')) {
      return errorReply(405, 'UNSUPPORTED', 'The operation is unsupported.')
    }
    if (kind === 'tags') return this.tags(repository, url)
    if (kind === 'referrers') return this.referrers(repository, rest, url)
    if (kind === 'manifests') return this.manifest(request, repository, rest)
    return this.blob(request, repository, rest, url)
  }

  /** The upload that a request belongs to. */
  uploadOf(request: LoggedRequest): string | undefined {
    return /\/blobs\/uploads\/([^/?]+)/.exec(request.url)?.[1]
  }

  private tags(repository: string, url: URL): Reply {
    const all = [...this.manifests.keys()]
      .flatMap((key) => (key.startsWith(`${repository}:`) ? [key.slice(repository.length + 1)] : []))
      .sort()
    const exists = [...this.manifests.keys()].some((key) => key.startsWith(`${repository}@`))
    if (!exists) return errorReply(404, 'NAME_UNKNOWN', 'repository name not known to registry')
    const size = Math.min(this.options.pageSize ?? 1000, Number(url.searchParams.get('n') ?? 1000))
    const last = url.searchParams.get('last')
    const from = last === null ? 0 : all.findIndex((tag) => tag > last)
    const page = from < 0 ? [] : all.slice(from, from + size)
    const reply = json(200, { name: repository, tags: page })
    if (from < 0 || from + size >= all.length) return reply
    const base = this.options.absoluteLinks ? this.originUrl : ''
    const link = `<${base}/v2/${repository}/tags/list?n=${size}&last=${page.at(-1)}>; rel="next"`
    return { ...reply, headers: { ...reply.headers, link } }
  }

  private manifest({ method, body, contentType }: ReceivedRequest, repository: string, name: string): Reply {
    const key = name.startsWith('sha256:') ? `${repository}@${name}` : `${repository}:${name}`
    if (method === 'PUT') {
      const digest = sha256(body)
      const missing = named(body).find(
        (one) => !this.has(repository, one) && !this.manifests.has(`${repository}@${one}`),
      )
      if (missing) return errorReply(404, 'MANIFEST_BLOB_UNKNOWN', 'blob unknown to registry', { digest: missing })
      this.manifests.set(`${repository}@${digest}`, { bytes: body, mediaType: contentType })
      this.manifests.set(key, { bytes: body, mediaType: contentType })
      const subject = this.options.referrers ? subjectOf(body) : undefined
      const location = `/v2/${repository}/manifests/${digest}`
      const headers = { 'docker-content-digest': digest, location, ...(subject && { 'oci-subject': subject }) }
      return { status: 201, headers }
    }
    const found = this.manifests.get(key)
    if (!found) return errorReply(404, 'MANIFEST_UNKNOWN', 'manifest unknown')
    const digest = sha256(found.bytes)
    if (method === 'DELETE') {
      if (!name.startsWith('sha256:')) {
        this.manifests.delete(key)
        return { status: 202 }
      }
      for (const [other, { bytes }] of this.manifests) {
        if (other.startsWith(repository) && sha256(bytes) === digest) this.manifests.delete(other)
      }
      return { status: 202 }
    }
    const headers = { 'content-type': found.mediaType, 'docker-content-digest': digest }
    return { status: 200, headers, body: found.bytes }
  }

  private referrers(repository: string, subject: string, url: URL): Reply {
    if (!this.options.referrers) return { status: 404, body: Buffer.from('404 page not found\n') }
    const wanted = url.searchParams.get('artifactType')
    const manifests = [...this.manifests]
      .filter(([key, { bytes }]) => key.startsWith(`${repository}@`) && subjectOf(bytes) === subject)
      .map(([, { bytes, mediaType }]) => ({
        ...described(bytes),
        mediaType,
        digest: sha256(bytes),
        size: bytes.length,
      }))
      .filter(({ artifactType }) => wanted === null || artifactType === wanted)
    const mediaType = 'application/vnd.oci.image.index.v1+json'
    const reply = json(200, { schemaVersion: 2, mediaType, manifests })
    const filters = wanted === null ? undefined : { 'oci-filters-applied': 'artifactType' }
    return { ...reply, headers: { 'content-type': mediaType, ...filters } }
  }

  private blob(request: ReceivedRequest, repository: string, rest: string, url: URL): Reply {
    const { method } = request
    if (rest === 'uploads/' && method === 'POST') return this.startUpload(repository, url)
    const id = this.uploadOf(request)
    if (id !== undefined) return this.uploads.answer({ ...request, repository, id, url })
    const bytes = this.has(repository, rest) ? this.blobs.get(rest) : undefined
    if (!bytes) return errorReply(404, 'BLOB_UNKNOWN', 'blob unknown to registry')
    if (method === 'DELETE') {
      this.links.delete(`${repository}@${rest}`)
      return { status: 202 }
    }
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
    return this.uploads.start(repository)
  }

  private has(repository: string, digest: string): boolean {
    return this.links.has(`${repository}@${digest}`) && this.blobs.has(digest)
  }
}

interface ManifestDocument {
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly subject?: { readonly digest: string }
  readonly config?: { readonly digest: string; readonly mediaType?: string }
  readonly layers?: readonly { readonly digest: string }[]
  readonly manifests?: readonly { readonly digest: string }[]
}

function read(manifest: Buffer): ManifestDocument {
  return JSON.parse(manifest.toString('utf8')) as ManifestDocument
}

/** The digests that a manifest needs. */
function named(manifest: Buffer): readonly string[] {
  const { config, layers = [], manifests = [] } = read(manifest)
  return [...(config ? [config] : []), ...layers, ...manifests].map(({ digest }) => digest)
}

function subjectOf(manifest: Buffer): string | undefined {
  return read(manifest).subject?.digest
}

/** What the referrers list repeats of a manifest (OCI distribution specification, "Listing Referrers"). */
function described(manifest: Buffer): { readonly artifactType?: string; readonly annotations?: object } {
  const { artifactType, config, annotations } = read(manifest)
  return { artifactType: artifactType ?? config?.mediaType, annotations }
}
