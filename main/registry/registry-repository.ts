import type { Readable } from 'node:stream'
import { StrataError } from '../support/errors.ts'
import type { Answer } from './answer.ts'
import type { Scope } from './auth.ts'
import { type BlobDescriptor, type Digest, digestOf, isDigest, shortDigest } from './digest.ts'
import { download } from './download.ts'
import { declaredMediaType, manifestMediaTypes } from './media-types.ts'
import { Once } from './once.ts'
import type { Reference, RegistryReference } from './reference.ts'
import {
  type GetManifestOptions,
  type Manifest,
  maxManifestSize,
  type OpenContent,
  type OperationOptions,
  type PutBlobOptions,
  type ReadBytesOptions,
  type Repository,
} from './repository.ts'
import { retrying } from './retry.ts'
import { listTags } from './tags.ts'
import type { RegistryRequest, Transport } from './transport.ts'
import { abandon, uploadOnce } from './upload.ts'

/** A repository of a registry: the verbs of the OCI distribution specification, each retried as a whole. */
export class RegistryRepository implements Repository {
  readonly reference: RegistryReference
  private readonly transport: Transport
  private readonly uploads = new Once<'present' | 'uploaded'>()
  private readonly onClose: () => Promise<void>

  constructor(reference: RegistryReference, transport: Transport, onClose: () => Promise<void>) {
    this.reference = reference
    this.transport = transport
    this.onClose = onClose
  }

  async getManifest(tagOrDigest: string, options: GetManifestOptions = {}): Promise<Manifest | undefined> {
    const accept = (options.accept ?? manifestMediaTypes).join(', ')
    const request = this.manifestRequest('GET', tagOrDigest, 'manifest', { accept }, options)
    return await this.retrying(options, async () => {
      const answer = await this.expect(request, [200, 404])
      try {
        if (answer.status === 404) return undefined
        const bytes = await answer.bytes(maxManifestSize)
        const digest = digestOf(bytes)
        const expected = isDigest(tagOrDigest) ? tagOrDigest : answer.header('docker-content-digest')
        // A digest by another algorithm says nothing to us.
        if (isDigest(expected) && expected !== digest) {
          throw new StrataError(
            'digest-mismatch',
            `${request.what}: it is said to be ${expected}, but its bytes are ${digest}`,
          )
        }
        const mediaType = answer.contentType || declaredMediaType(bytes)
        if (mediaType.includes('html')) throw await answer.failure()
        return { bytes, mediaType, digest, size: bytes.length }
      } finally {
        answer.close()
      }
    })
  }

  async headManifest(
    tagOrDigest: string,
    options: OperationOptions = {},
  ): Promise<Omit<Manifest, 'bytes'> | undefined> {
    const request = this.manifestRequest(
      'HEAD',
      tagOrDigest,
      'manifest',
      { accept: manifestMediaTypes.join(', ') },
      options,
    )
    const head = await this.retrying(options, async () => {
      const answer = await this.expect(request, [200, 404])
      answer.close()
      const { status, contentLength: size, contentType: mediaType } = answer
      return { status, digest: answer.header('docker-content-digest'), size, mediaType }
    })
    if (head.status === 404) return undefined
    const { digest, size, mediaType } = head
    if (isDigest(digest) && size !== undefined && mediaType !== '') return { digest, size, mediaType }
    // The headers are only a SHOULD of the specification.
    const manifest = await this.getManifest(tagOrDigest, options)
    return manifest && { digest: manifest.digest, size: manifest.size, mediaType: manifest.mediaType }
  }

  async putManifest(
    tagOrDigest: string,
    bytes: Buffer,
    mediaType: string,
    options: OperationOptions = {},
  ): Promise<Digest> {
    const digest = digestOf(bytes)
    const headers = { 'content-type': mediaType, 'content-length': String(bytes.length) }
    const request = this.manifestRequest('PUT', tagOrDigest, 'manifest upload', headers, options)
    if (isDigest(tagOrDigest) && tagOrDigest !== digest) {
      throw new StrataError('digest-mismatch', `${request.what}: its bytes are ${digest}`)
    }
    return await this.retrying(options, async () => {
      const answer = await this.expect({ ...request, body: bytes }, [201, 200, 202, 204])
      answer.close()
      const echoed = answer.header('docker-content-digest')
      if (!isDigest(echoed) || echoed === digest) return digest
      throw new StrataError('digest-mismatch', `${request.what}: the registry stored ${echoed} instead of ${digest}`)
    })
  }

  async deleteManifest(digest: Digest, options: OperationOptions = {}): Promise<boolean> {
    const request = {
      ...this.manifestRequest('DELETE', digest, 'delete of manifest', {}, options),
      scope: this.scope('delete'),
    }
    return await this.retrying(options, async () => {
      const answer = await this.expect(request, [202, 200, 204, 404])
      answer.close()
      return answer.status !== 404
    })
  }

  async hasBlob(digest: Digest, options: OperationOptions = {}): Promise<{ readonly size: number } | undefined> {
    const head = await this.retrying(options, () => this.headBlob(digest, this.scope('pull'), options))
    if (!head) return undefined
    if (head.size !== undefined) return { size: head.size }
    throw new StrataError('registry-protocol', `${this.what('blob', digest)}: the registry does not say its size`)
  }

  async readBlob(blob: BlobDescriptor, options: OperationOptions = {}): Promise<Readable> {
    const { transport } = this
    const what = this.what('download of blob', blob.digest)
    return await download({
      transport,
      scope: this.scope('pull'),
      url: this.url(`blobs/${blob.digest}`),
      what,
      blob,
      ...options,
    })
  }

  async readBlobBytes(blob: BlobDescriptor, options: ReadBytesOptions): Promise<Buffer> {
    if (blob.size > options.limit) {
      const what = this.what('download of blob', blob.digest)
      throw new StrataError('size-exceeded', `${what}: it has ${blob.size} bytes, more than ${options.limit}`)
    }
    const chunks: Buffer[] = []
    for await (const chunk of await this.readBlob(blob, { signal: options.signal })) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks)
  }

  async mountBlob(digest: Digest, from: Reference, options: OperationOptions = {}): Promise<boolean> {
    if (from.kind !== 'registry' || from.registry !== this.reference.registry) return false
    const what = this.what(`mount from ${from.repository} of blob`, digest)
    const url = this.url('blobs/uploads/')
    url.searchParams.set('mount', digest)
    url.searchParams.set('from', from.repository)
    const scope: Scope = { ...this.scope('pull,push'), mountFrom: from.repository }
    return await this.retrying(options, async () => {
      const headers = { 'content-length': '0' }
      const request: RegistryRequest = { method: 'POST', url, what, scope, headers, signal: options.signal }
      // 202: no such blob there, or mounts are off; the registry has opened an upload instead.
      const answer = await this.expect(request, [201, 202])
      answer.close()
      if (answer.status === 202) await abandon(this.transport, scope, this.transport.resolve(answer, what), what)
      return answer.status === 201
    })
  }

  async putBlob(
    blob: BlobDescriptor,
    open: OpenContent,
    options: PutBlobOptions = {},
  ): Promise<'present' | 'uploaded'> {
    return await this.uploads.run(blob.digest, options.signal, () => this.uploadBlob(blob, open, options))
  }

  private async uploadBlob(
    blob: BlobDescriptor,
    open: OpenContent,
    options: PutBlobOptions,
  ): Promise<'present' | 'uploaded'> {
    const { transport } = this
    const scope = this.scope('pull,push')
    const what = this.what('upload of blob', blob.digest)
    const uploads = this.url('blobs/uploads/')
    return await this.retrying(options, async (attempt) => {
      // After a cut the blob may be complete all the same: only the answer was lost.
      if (!options.knownMissing || attempt > 0) {
        const head = await this.headBlob(blob.digest, scope, options)
        // A registry whose disk was full may hold a truncated blob under this name: not what we have.
        if (head && (head.size ?? blob.size) === blob.size) return attempt > 0 ? 'uploaded' : 'present'
      }
      await uploadOnce({ transport, scope, uploads, what, blob, open, options })
      return 'uploaded'
    })
  }

  async tags(options: OperationOptions = {}): Promise<readonly string[]> {
    const { transport } = this
    return await listTags({
      transport,
      scope: this.scope('pull'),
      url: this.url('tags/list'),
      what: this.what('tags'),
      ...options,
    })
  }

  async close(): Promise<void> {
    await this.onClose()
  }

  private async headBlob(
    digest: Digest,
    scope: Scope,
    { signal }: OperationOptions,
  ): Promise<{ size?: number } | undefined> {
    const url = this.url(`blobs/${digest}`)
    const answer = await this.expect(
      { method: 'HEAD', url, what: this.what('blob', digest), scope, signal },
      [200, 404],
    )
    answer.close()
    return answer.status === 404 ? undefined : { size: answer.contentLength }
  }

  private manifestRequest(
    method: RegistryRequest['method'],
    tagOrDigest: string,
    operation: string,
    headers: Readonly<Record<string, string>>,
    { signal }: OperationOptions,
  ): RegistryRequest {
    const scope = this.scope(method === 'PUT' ? 'pull,push' : 'pull')
    return {
      method,
      url: this.url(`manifests/${tagOrDigest}`),
      what: this.what(operation, tagOrDigest),
      scope,
      headers,
      signal,
    }
  }

  private retrying<T>({ signal }: OperationOptions, attempt: (number: number) => Promise<T>): Promise<T> {
    return retrying(this.transport.host, signal, attempt)
  }

  private async expect(request: RegistryRequest, statuses: readonly number[]): Promise<Answer> {
    const answer = await this.transport.send(request)
    if (!statuses.includes(answer.status)) throw await answer.failure()
    return answer
  }

  private scope(actions: Scope['actions']): Scope {
    return { repository: this.reference.repository, actions }
  }

  private url(path: string): URL {
    return new URL(`/v2/${this.reference.repository}/${path}`, this.transport.host.origin)
  }

  private what(operation: string, object = ''): string {
    const { registry, repository } = this.reference
    return `${registry}/${repository}: ${operation} ${isDigest(object) ? shortDigest(object) : object}`.trimEnd()
  }
}
