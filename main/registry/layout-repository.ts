import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { mapConcurrently } from '../support/concurrency.ts'
import { StrataError, toStrataError } from '../support/errors.ts'
import { readFileEnd, readFileStart } from '../support/file-ends.ts'
import { type BlobDescriptor, type Digest, digestOf, isDigest, shortDigest } from './digest.ts'
import { cancelled } from './failure.ts'
import { type IndexEntry, LayoutIndex, refName } from './layout-index.ts'
import { declaredMediaType, indexMediaTypes, parseObject } from './media-types.ts'
import { Once } from './once.ts'
import type { LayoutReference, Reference } from './reference.ts'
import { asReferrer, ofType } from './referrers.ts'
import {
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

/** Bytes of a blob read at once: system calls no longer show in a profile. */
const chunkSize = 512 * 1024
/** Files looked at at a time: more than node's four threads for it gain nothing. */
const statsAtOnce = 16

interface ManifestLinks {
  /** It names manifests, which name others in turn. */
  readonly isIndex: boolean
  readonly named: ReadonlySet<Digest>
}

/**
 * An OCI image layout folder (OCI image specification, "image-layout.md") as a repository. Tags live in `index.json`; a
 * repository's name has no meaning here. The folder is made by the first write.
 */
export class LayoutRepository implements Repository {
  readonly reference: LayoutReference
  private readonly shown: string
  private readonly index: LayoutIndex
  private readonly uploads = new Once<PutResult>()
  /** Blobs that were there when they were last looked at: the hundred layers that a hundred manifests share. */
  private readonly seen = new Set<Digest>()
  /** What manifests name. It follows from the digest, and a prune asks it for every blob that it deletes. */
  private readonly links = new Map<Digest, ManifestLinks>()
  private created: Promise<void> | undefined

  /** `shown`: what messages call the folder, where the user knows it by another name than its path. */
  constructor(reference: LayoutReference, shown = reference.path) {
    this.reference = reference
    this.shown = shown
    this.index = new LayoutIndex(reference.path)
  }

  async getManifest(tagOrDigest: string, { signal }: OperationOptions = {}): Promise<Manifest | undefined> {
    const head = await this.headManifest(tagOrDigest, { signal })
    if (!head) return undefined
    const bytes = await this.readBlobBytes(head, { limit: maxManifestSize, signal })
    return { ...head, bytes }
  }

  async headManifest(
    tagOrDigest: string,
    { signal }: OperationOptions = {},
  ): Promise<Omit<Manifest, 'bytes'> | undefined> {
    stopIfAborted(signal)
    const entries = await this.index.read()
    const byDigest = isDigest(tagOrDigest)
    const entry = entries.find((one) =>
      byDigest ? one.digest === tagOrDigest : one.annotations?.[refName] === tagOrDigest,
    )
    if (entry) return { digest: entry.digest, size: entry.size, mediaType: entry.mediaType }
    // A manifest that only an image index names is in no entry of its own.
    const size = byDigest ? await this.blobSize(tagOrDigest) : undefined
    if (!byDigest || size === undefined || size > maxManifestSize) return undefined
    const mediaType = declaredMediaType(await readFile(this.blobPath(tagOrDigest)))
    return mediaType === '' ? undefined : { digest: tagOrDigest, size, mediaType }
  }

  async putManifest(
    tagOrDigest: string,
    bytes: Buffer,
    mediaType: string,
    options: OperationOptions = {},
  ): Promise<Digest> {
    const digest = digestOf(bytes)
    const tag = isDigest(tagOrDigest) ? undefined : tagOrDigest
    const what = this.what('manifest upload', tagOrDigest)
    if (tag === undefined && tagOrDigest !== digest)
      throw new StrataError('digest-mismatch', `${what}: its bytes are ${digest}`)
    await this.requireBlobs(what, bytes)
    await this.putBlob({ digest, size: bytes.length }, () => Readable.from([bytes], { objectMode: false }), options)
    const entry: IndexEntry = {
      mediaType,
      digest,
      size: bytes.length,
      ...(tag !== undefined && { annotations: { [refName]: tag } }),
    }
    await this.index.update((entries) => withEntry(entries, entry, tag), options.signal)
    return digest
  }

  async deleteManifest(digest: Digest, { signal }: OperationOptions = {}): Promise<boolean> {
    if (!(await this.headManifest(digest, { signal }))) return false
    await this.index.update((entries) => entries.filter((entry) => entry.digest !== digest), signal)
    if (!(await this.neederOf(digest, signal))) await this.removeBlob(digest)
    return true
  }

  async deleteTag(tag: string, { signal }: OperationOptions = {}): Promise<boolean> {
    const head = await this.headManifest(tag, { signal })
    if (!head || isDigest(tag)) return false
    await this.index.update((entries) => withoutTag(entries, tag), signal)
    return true
  }

  async deleteBlob(digest: Digest, { signal }: OperationOptions = {}): Promise<boolean> {
    if (!(await this.hasBlob(digest, { signal }))) return false
    const needer = await this.neederOf(digest, signal)
    if (needer) {
      const what = this.what('delete of blob', digest)
      throw new StrataError('blob-in-use', `${what}: manifest ${shortDigest(needer)} needs it`, {
        hint: 'Delete the manifest first.',
        details: { manifest: needer },
      })
    }
    await this.removeBlob(digest)
    return true
  }

  async probeDeletes(): Promise<{ readonly tags: boolean }> {
    return { tags: true }
  }

  async referrers(subject: Digest, { signal, artifactType }: ReferrersOptions = {}): Promise<readonly Referrer[]> {
    stopIfAborted(signal)
    const found: Referrer[] = []
    for await (const manifest of this.manifests(signal)) {
      const about = asReferrer(manifest)
      if (about?.subject === subject) found.push(about.referrer)
    }
    return ofType(found, artifactType)
  }

  async hasBlob(digest: Digest, { signal }: OperationOptions = {}): Promise<{ readonly size: number } | undefined> {
    stopIfAborted(signal)
    const size = await this.blobSize(digest)
    return size === undefined ? undefined : { size }
  }

  async readBlob(blob: BlobDescriptor, { signal }: OperationOptions = {}): Promise<Readable> {
    const what = this.what('blob', blob.digest)
    stopIfAborted(signal)
    const size = await this.blobSize(blob.digest)
    if (size === undefined) throw new StrataError('registry-not-found', `${what}: not found`)
    if (size > blob.size)
      throw new StrataError('size-exceeded', `${what}: the file has ${size} bytes instead of ${blob.size}`)
    const source = createReadStream(this.blobPath(blob.digest), { highWaterMark: chunkSize, signal })
    const stream = Readable.from(verified(source, blob, what, signal), { highWaterMark: 1 })
    stream.once('close', () => source.destroy())
    return stream
  }

  async readBlobBytes(blob: BlobDescriptor, { limit, signal }: ReadBytesOptions): Promise<Buffer> {
    if (blob.size > limit) {
      throw new StrataError(
        'size-exceeded',
        `${this.what('blob', blob.digest)}: it has ${blob.size} bytes, more than ${limit}`,
      )
    }
    const chunks: Buffer[] = []
    for await (const chunk of await this.readBlob(blob, { signal })) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks)
  }

  async readBlobStart(blob: BlobDescriptor, length: number, { signal }: OperationOptions = {}): Promise<Buffer> {
    stopIfAborted(signal)
    const what = this.what('blob', blob.digest)
    return await readFileStart(this.blobPath(blob.digest), Math.min(length, blob.size)).catch(noBlob(what))
  }

  async readBlobEnd(blob: BlobDescriptor, length: number, { signal }: OperationOptions = {}): Promise<Buffer> {
    stopIfAborted(signal)
    const what = this.what('blob', blob.digest)
    return await readFileEnd(this.blobPath(blob.digest), length).catch(noBlob(what))
  }

  /** There is one repository in a folder: a blob is here already, or it has to be copied. */
  async mountBlob(digest: Digest, from: Reference, options: OperationOptions = {}): Promise<boolean> {
    const same = from.kind === 'layout' && from.path === this.reference.path
    return same && (await this.hasBlob(digest, options)) !== undefined
  }

  async putBlob(blob: BlobDescriptor, open: OpenContent, options: PutBlobOptions = {}): Promise<PutResult> {
    return await this.uploads.run(blob.digest, options.signal, async () => {
      stopIfAborted(options.signal)
      if ((await this.blobSize(blob.digest)) === blob.size) return 'present'
      this.created ??= this.index.create()
      await this.created.catch((thrown) => {
        this.created = undefined
        throw thrown
      })
      await this.writeBlob(blob, open, options)
      return 'uploaded'
    })
  }

  async tags({ signal }: OperationOptions = {}): Promise<readonly string[]> {
    stopIfAborted(signal)
    const entries = await this.index.read()
    return entries.flatMap(({ annotations }) => (annotations?.[refName] === undefined ? [] : [annotations[refName]]))
  }

  async close(): Promise<void> {}

  /** Under a temporary name until every byte is verified: the name of a blob is a promise. */
  private async writeBlob(blob: BlobDescriptor, open: OpenContent, options: PutBlobOptions): Promise<void> {
    const { signal } = options
    const what = this.what('upload of blob', blob.digest)
    const temporary = join(this.reference.path, `.blob.${randomUUID()}.tmp`)
    try {
      const content = verified(await open(), blob, what, signal)
      await writeNew(temporary, content, blob.size, options)
      await rename(temporary, this.blobPath(blob.digest))
    } catch (thrown) {
      await rm(temporary, { force: true })
      throw signal?.aborted ? cancelled(signal) : toStrataError(thrown, what)
    }
  }

  /** A registry refuses a manifest whose blobs it has not got; so does the folder, in a registry's words. */
  private async requireBlobs(what: string, bytes: Buffer): Promise<void> {
    const unseen = namedDigests(bytes).filter((digest) => !this.seen.has(digest))
    await mapConcurrently(unseen, statsAtOnce, async (digest) => {
      if ((await this.blobSize(digest)) === undefined) {
        throw new StrataError('registry-not-found', `${what}: blob ${digest} is not in the folder`, {
          details: { registryCode: 'MANIFEST_BLOB_UNKNOWN', digest },
        })
      }
      this.seen.add(digest)
    })
  }

  /** Every manifest that `index.json` leads to, once each; an image index before what it lists. */
  private async *manifests(signal?: AbortSignal): AsyncGenerator<Manifest> {
    const todo: Digest[] = (await this.index.read()).map(({ digest }) => digest)
    const done = new Set<Digest>()
    for (let digest = todo.pop(); digest !== undefined; digest = todo.pop()) {
      if (done.has(digest)) continue
      done.add(digest)
      const manifest = await this.getManifest(digest, { signal })
      if (!manifest) continue
      yield manifest
      if (indexMediaTypes.includes(manifest.mediaType)) todo.push(...namedDigests(manifest.bytes))
    }
  }

  /** The digest of a manifest that names this one, other than as its subject, or that is it itself. */
  private async neederOf(digest: Digest, signal?: AbortSignal): Promise<Digest | undefined> {
    const todo: Digest[] = (await this.index.read()).map((entry) => entry.digest)
    const done = new Set<Digest>()
    for (let one = todo.pop(); one !== undefined; one = todo.pop()) {
      if (done.has(one)) continue
      done.add(one)
      const links = await this.linksOf(one, signal)
      if (one === digest || links?.named.has(digest)) return one
      if (links?.isIndex) todo.push(...links.named)
    }
    return undefined
  }

  private async linksOf(digest: Digest, signal?: AbortSignal): Promise<ManifestLinks | undefined> {
    const known = this.links.get(digest)
    if (known) return known
    const manifest = await this.getManifest(digest, { signal })
    if (!manifest) return undefined
    const isIndex = indexMediaTypes.includes(manifest.mediaType)
    const links = { isIndex, named: new Set(namedDigests(manifest.bytes)) }
    this.links.set(digest, links)
    return links
  }

  private async removeBlob(digest: Digest): Promise<void> {
    this.seen.delete(digest)
    await rm(this.blobPath(digest), { force: true })
  }

  private async blobSize(digest: Digest): Promise<number | undefined> {
    const found = await stat(this.blobPath(digest)).catch(() => undefined)
    return found?.isFile() ? found.size : undefined
  }

  private blobPath(digest: Digest): string {
    return join(this.reference.path, 'blobs', 'sha256', digest.slice('sha256:'.length))
  }

  private what(operation: string, object: string): string {
    return `${this.shown}: ${operation} ${isDigest(object) ? shortDigest(object) : object}`
  }
}

/** What a failure to read a blob's file means. */
function noBlob(what: string): (thrown: unknown) => never {
  return (thrown) => {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw toStrataError(thrown, what)
    throw new StrataError('registry-not-found', `${what}: not found`)
  }
}

function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled(signal)
}

/** The entries without a tag; an entry that had nothing else stays without a name, since the manifest itself stays. */
function withoutTag(entries: readonly IndexEntry[], tag: string): readonly IndexEntry[] {
  return entries.flatMap((entry) => {
    if (entry.annotations?.[refName] !== tag) return [entry]
    if (entries.some((other) => other !== entry && other.digest === entry.digest)) return []
    const { [refName]: _tag, ...annotations } = entry.annotations
    const { annotations: _old, ...bare } = entry
    return [Object.keys(annotations).length > 0 ? { ...bare, annotations } : bare]
  })
}

/** The entries with `entry` in them: a tag moves, and an entry that only kept this digest is no longer needed. */
function withEntry(entries: readonly IndexEntry[], entry: IndexEntry, tag: string | undefined): readonly IndexEntry[] {
  if (tag === undefined && entries.some(({ digest }) => digest === entry.digest)) return entries
  const others = entries.filter((one) => {
    const name = one.annotations?.[refName]
    return name === undefined ? one.digest !== entry.digest : name !== tag
  })
  return [...others, entry]
}

/** What a manifest or an image index refers to and a registry must have; layers with `urls` live elsewhere. */
function namedDigests(bytes: Buffer): readonly Digest[] {
  const document = parseObject(bytes)
  const list = [document?.config, document?.layers, document?.manifests].flat()
  return list.flatMap((descriptor: unknown) => {
    if (typeof descriptor !== 'object' || descriptor === null || 'urls' in descriptor) return []
    return 'digest' in descriptor && isDigest(descriptor.digest) ? [descriptor.digest] : []
  })
}

/** Passes the bytes on and fails at their end when they are not what the descriptor says, or when they are too many. */
async function* verified(
  source: AsyncIterable<Buffer>,
  blob: BlobDescriptor,
  what: string,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  let size = 0
  try {
    for await (const chunk of source) {
      size += chunk.length
      if (size > blob.size)
        throw new StrataError('size-exceeded', `${what}: more than the ${blob.size} bytes of its descriptor`)
      hash.update(chunk)
      yield chunk
    }
  } catch (thrown) {
    throw signal?.aborted ? cancelled(signal) : toStrataError(thrown, what)
  }
  const found = `sha256:${hash.digest('hex')}`
  if (size === blob.size && found === blob.digest) return
  throw new StrataError('digest-mismatch', `${what}: the bytes have the digest ${found} and the size ${size}`)
}

/** Writes a file that is not there yet: a small one at once, a large one piece by piece. */
async function writeNew(
  file: string,
  content: AsyncIterable<Buffer>,
  size: number,
  { signal, onProgress }: PutBlobOptions,
): Promise<void> {
  let sent = 0
  const counted = async function* () {
    for await (const chunk of content) {
      sent += chunk.length
      yield chunk
      onProgress?.(sent)
    }
  }
  if (size > chunkSize) {
    await pipeline(counted, createWriteStream(file, { flags: 'wx', highWaterMark: chunkSize }), { signal })
    return
  }
  const chunks: Buffer[] = []
  for await (const chunk of counted()) chunks.push(chunk)
  await writeFile(file, Buffer.concat(chunks), { flag: 'wx', signal })
}
