import type { Readable } from 'node:stream'
import { StrataError } from '../support/errors.ts'
import type { Answer } from './answer.ts'
import { type BlobDescriptor, type Digest, digestOf, isDigest, shortDigest } from './digest.ts'
import { download } from './download.ts'
import { declaredMediaType, manifestMediaTypes, mediaTypes } from './media-types.ts'
import { Once } from './once.ts'
import type { Reference, RegistryReference } from './reference.ts'
import { asReferrer, listReferrers, ofType, parseReferrers, referrersIndex, referrersTag } from './referrers.ts'
import {
  type GetManifestOptions,
  type Manifest,
  maxManifestSize,
  type OpenContent,
  type OperationOptions,
  type PutBlobOptions,
  type PutResult,
  type ReadBytesOptions,
  type Referrer,
  type ReferrersOptions,
  type Repository,
} from './repository.ts'
import { retrying } from './retry.ts'
import type { Scope } from './scope.ts'
import { listTags } from './tags.ts'
import type { RegistryRequest, Transport } from './transport.ts'
import { abandon, BlobUpload } from './upload.ts'
import type { UploadMemory } from './upload-memory.ts'

/** A repository of a registry: the verbs of the OCI distribution specification, each retried as a whole. */
export class RegistryRepository implements Repository {
  readonly reference: RegistryReference
  private readonly transport: Transport
  private readonly memory: UploadMemory | undefined
  private readonly uploads = new Once<PutResult>()
  private readonly onClose: () => Promise<void>
  /** Changes of referrers' tags, one after the other: each reads the list that the last one wrote. */
  private listing: Promise<unknown> = Promise.resolve()

  constructor(
    reference: RegistryReference,
    transport: Transport,
    parts: { readonly memory?: UploadMemory; readonly onClose: () => Promise<void> },
  ) {
    this.reference = reference
    this.transport = transport
    this.memory = parts.memory
    this.onClose = parts.onClose
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
    const listed = await this.retrying(options, async () => {
      const answer = await this.expect({ ...request, body: bytes }, [201, 200, 202, 204])
      answer.close()
      const echoed = answer.header('docker-content-digest')
      if (!isDigest(echoed) || echoed === digest) return answer.header('oci-subject') !== undefined
      throw new StrataError('digest-mismatch', `${request.what}: the registry stored ${echoed} instead of ${digest}`)
    })
    const about = asReferrer({ bytes, mediaType, digest, size: bytes.length })
    // A registry that lists referrers says so by this header; for any other we keep the list.
    if (about && !listed) await this.relist(about.subject, (others) => [...others, about.referrer], digest, options)
    return digest
  }

  async deleteManifest(digest: Digest, options: OperationOptions = {}): Promise<boolean> {
    const manifest = await this.getManifest(digest, options)
    if (!manifest) return false
    const deleted = await this.delete(`manifests/${digest}`, 'manifest', digest, options)
    const about = asReferrer(manifest)
    if (about && !(await this.askReferrers(about.subject, options))) {
      await this.relist(about.subject, (others) => others, digest, options)
    }
    return deleted
  }

  async deleteTag(tag: string, options: OperationOptions = {}): Promise<boolean> {
    // Distribution 2 answers 400 to every name that is no digest: first see whether there is anything to delete.
    if (!(await this.headManifest(tag, options))) return false
    return await this.delete(`manifests/${tag}`, 'tag', tag, options)
  }

  async deleteBlob(digest: Digest, options: OperationOptions = {}): Promise<boolean> {
    return await this.delete(`blobs/${digest}`, 'blob', digest, options)
  }

  async referrers(subject: Digest, options: ReferrersOptions = {}): Promise<readonly Referrer[]> {
    const listed = await this.askReferrers(subject, options)
    if (listed) return listed
    const tagged = await this.getManifest(referrersTag(subject), { ...options, accept: [mediaTypes.ociIndex] })
    return ofType((tagged && parseReferrers(tagged.bytes)) ?? [], options.artifactType)
  }

  async hasBlob(digest: Digest, options: OperationOptions = {}): Promise<{ readonly size: number } | undefined> {
    const scope = this.scope('pull')
    const head = await this.retrying(options, (number) => this.headBlob(digest, scope, options, number))
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

  async readBlobStart(blob: BlobDescriptor, length: number, options: OperationOptions = {}): Promise<Buffer> {
    const url = this.url(`blobs/${blob.digest}`)
    const what = this.what('look into blob', blob.digest)
    // A range ends by itself, so that the connection lives on; a registry that knows none sends more, and is cut off.
    const headers = { range: `bytes=0-${length - 1}` }
    const { signal } = options
    return await this.retrying(options, async () => {
      const scope = this.scope('pull')
      const answer = await this.expect({ method: 'GET', url, what, scope, headers, signal }, [200, 206])
      try {
        return await answer.start(length)
      } finally {
        answer.close()
      }
    })
  }

  async readBlobEnd(blob: BlobDescriptor, length: number, options: OperationOptions = {}): Promise<Buffer | undefined> {
    const url = this.url(`blobs/${blob.digest}`)
    const what = this.what('look into blob', blob.digest)
    const headers = { range: `bytes=${Math.max(0, blob.size - length)}-${blob.size - 1}` }
    const { signal } = options
    return await this.retrying(options, async () => {
      const scope = this.scope('pull')
      const answer = await this.expect({ method: 'GET', url, what, scope, headers, signal }, [200, 206])
      try {
        return answer.status === 206 ? await answer.start(length) : undefined
      } finally {
        answer.close()
      }
    })
  }

  async mountBlob(digest: Digest, from: Reference, options: OperationOptions = {}): Promise<boolean> {
    if (!this.isNeighbour(from)) return false
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

  async putBlob(blob: BlobDescriptor, open: OpenContent, options: PutBlobOptions = {}): Promise<PutResult> {
    return await this.uploads.run(blob.digest, options.signal, () => this.uploadBlob(blob, open, options))
  }

  private async uploadBlob(blob: BlobDescriptor, open: OpenContent, options: PutBlobOptions): Promise<PutResult> {
    const { transport, memory } = this
    const scope = this.scope('pull,push')
    const what = this.what('upload of blob', blob.digest)
    const uploads = this.url('blobs/uploads/')
    const mountFrom = this.isNeighbour(options.mountFrom) ? options.mountFrom : undefined
    const upload = new BlobUpload({ transport, scope, uploads, what, blob, open, options, mountFrom, memory })
    const attempt = async (number: number): Promise<PutResult> => {
      // After a cut the blob may be complete all the same: only the answer was lost.
      if (!options.knownMissing || number > 0) {
        const head = await this.headBlob(blob.digest, scope, options, number)
        // A registry whose disk was full may hold a truncated blob under this name: not what we have.
        if (head && (head.size ?? blob.size) === blob.size) {
          await upload.forget()
          return number > 0 ? 'uploaded' : 'present'
        }
      }
      return await upload.attempt()
    }
    try {
      return await retrying(transport.host, options.signal, attempt, () => upload.advanced)
    } catch (thrown) {
      await upload.leave()
      throw thrown
    }
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

  /**
   * What the registry says of a blob; undefined: it has none that is of use. A registry whose disk was full when it wrote
   * the name of a blob keeps an empty file of it and fails over that for ever (Distribution: HTTP 500), until the blob is
   * uploaded again: so the same answer a second time means "no".
   */
  private async headBlob(
    digest: Digest,
    scope: Scope,
    { signal }: OperationOptions,
    number: number,
  ): Promise<{ size?: number } | undefined> {
    const url = this.url(`blobs/${digest}`)
    const request: RegistryRequest = { method: 'HEAD', url, what: this.what('blob', digest), scope, signal }
    const answer = await this.expect(request, number > 0 ? [200, 404, 500] : [200, 404])
    answer.close()
    return answer.status === 200 ? { size: answer.contentLength } : undefined
  }

  private isNeighbour(other: Reference | undefined): other is RegistryReference {
    return other?.kind === 'registry' && other.registry === this.reference.registry
  }

  private async askReferrers(
    subject: Digest,
    { signal, artifactType }: ReferrersOptions,
  ): Promise<readonly Referrer[] | undefined> {
    const url = this.url(`referrers/${subject}`)
    const what = this.what('referrers of', subject)
    return await listReferrers(
      { transport: this.transport, scope: this.scope('pull'), url, what, signal },
      artifactType,
    )
  }

  /** Writes the list of a subject's referrers anew: what `change` makes of those that are not `digest`. */
  private async relist(
    subject: Digest,
    change: (others: readonly Referrer[]) => readonly Referrer[],
    digest: Digest,
    options: OperationOptions,
  ): Promise<void> {
    const turn = this.listing.then(async () => {
      const tag = referrersTag(subject)
      const found = await this.getManifest(tag, { ...options, accept: [mediaTypes.ociIndex] })
      const before = (found && parseReferrers(found.bytes)) ?? []
      const bytes = referrersIndex(change(before.filter((one) => one.digest !== digest)))
      if (found?.bytes.equals(bytes)) return
      await this.putManifest(tag, bytes, mediaTypes.ociIndex, options)
    })
    this.listing = turn.catch(() => undefined)
    await turn
  }

  private async delete(
    path: string,
    kind: 'manifest' | 'tag' | 'blob',
    name: string,
    options: OperationOptions,
  ): Promise<boolean> {
    const what = this.what(`delete of ${kind}`, name)
    const request = { method: 'DELETE', url: this.url(path), what, scope: this.scope('delete'), ...options } as const
    return await this.retrying(options, async () => {
      const answer = await this.transport.send(request)
      const { status } = answer
      if ([200, 202, 204, 404].includes(status)) {
        answer.close()
        return status !== 404
      }
      const failure = await answer.failure()
      // Distribution 2 takes the tag for a digest, and a bad one.
      throw kind === 'tag' && (status === 400 || status === 405) ? tagsStay(failure) : failure
    })
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

function tagsStay(cause: StrataError): StrataError {
  return new StrataError('registry-unsupported', cause.message, {
    hint: 'Many registries delete by digest alone, which takes every tag of that digest along.',
    details: cause.details,
    cause,
  })
}
