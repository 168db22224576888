import { createHash } from 'node:crypto'
import { createWriteStream, type Stats } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import * as z from 'zod'
import { type BlobDescriptor, type Digest, digestOf, isDigest } from '../registry/digest.ts'
import { Once } from '../registry/once.ts'
import type { Repository } from '../registry/repository.ts'
import { StrataError, toStrataError } from '../support/errors.ts'
import { newSpoolFile, removeOrphans } from './spool.ts'
import { readVerified } from './verified-read.ts'

/** The layer that a package was packed into. */
const LayerRecord = z.object({
  digest: z.custom<Digest>(isDigest),
  size: z.number(),
  diffId: z.custom<Digest>(isDigest),
  uncompressedSize: z.number(),
})
export type LayerRecord = z.infer<typeof LayerRecord>

/** Small facts that are kept by an identity of their own. */
export type KnownKind = 'manifest' | 'config' | 'recipe' | 'prefix' | 'catalog' | 'summary'

export interface BlobStoreInfo {
  readonly root: string
  readonly blobs: number
  readonly layers: number
  readonly bytes: number
  /** 0: without limit. */
  readonly limitBytes: number
}

export interface FetchOptions {
  readonly signal?: AbortSignal
  /** Bytes that have come; not called for a blob that is here, or that someone else is fetching. */
  readonly onProgress?: (bytes: number) => void
}

/**
 * Blobs by digest, the layers that packages were packed into, and small facts that need not be asked twice. Several
 * processes may share it: what is written is written under a name of its own and renamed.
 */
export interface BlobStore {
  readonly root: string
  /** Where to write what is going to be adopted: on the same file system, so that a rename will do. */
  readonly spoolFolder: string
  path(digest: Digest): string
  stat(digest: Digest): Promise<{ readonly size: number } | undefined>
  /** Takes a finished file in; its digest and size are what its writer computed. Throws `blob-damaged` for another size. */
  adopt(spoolFile: string, digest: Digest, size: number): Promise<void>
  /** Takes bytes in. */
  put(bytes: Uint8Array): Promise<{ readonly digest: Digest; readonly size: number }>
  /**
   * Sees to it that a blob is here: downloads it unless it is. Whoever asks for one digest at the same time shares one
   * download, which verifies digest and size before anything is taken in.
   * Throws what `Repository.readBlob` throws.
   */
  fetch(from: Repository, blob: BlobDescriptor, options?: FetchOptions): Promise<void>
  /**
   * A blob's content. The sha256 is checked on the way: before the last piece is handed out the stream fails with
   * `blob-damaged` (and the blob is gone), or at its start with `blob-missing`.
   */
  open(digest: Digest, options?: { readonly signal?: AbortSignal }): Readable
  /** The layer remembered for a key, when its blob is there with the right size. */
  layer(key: string): Promise<LayerRecord | undefined>
  rememberLayer(key: string, record: LayerRecord): Promise<void>
  forgetLayer(key: string): Promise<void>
  known(kind: KnownKind, id: string): Promise<Buffer | undefined>
  rememberKnown(kind: KnownKind, id: string, bytes: Uint8Array): Promise<void>
  /**
   * A folder that was made from something else, known by a key: a base image's blobs from a file. `make` fills a new one,
   * which takes its place whole; whoever asks for one key at the same time shares the work, in other processes the first
   * to end wins. Throws what `make` throws.
   */
  folder(key: string, make: (folder: string) => Promise<void>, signal?: AbortSignal): Promise<string>
  info(): Promise<BlobStoreInfo>
  /** Empties it; returns the bytes that were freed. */
  clear(): Promise<number>
  /** Deletes the least recently used until the limit holds, but nothing that this process has used. */
  evict(): Promise<void>
}

/** Opens the store in `root`, which need not exist. `limitBytes` 0 or absent: without limit. */
export async function openBlobStore(options: {
  readonly root: string
  readonly limitBytes?: number
}): Promise<BlobStore> {
  const store = new FolderStore(options.root, options.limitBytes ?? 0)
  await mkdir(store.spoolFolder, { recursive: true })
  await removeOrphans(store.spoolFolder)
  return store
}

/**
 * `sha256/<2 digits>/<digest>`, `layers/<sha256 of the key>.json`, `known/<kind>/<sha256 of the id>`,
 * `folders/<sha256 of the key>/`, and `spool/`.
 */
class FolderStore implements BlobStore {
  readonly root: string
  readonly spoolFolder: string
  private readonly limitBytes: number
  private readonly blobs: string
  private readonly layers: string
  private readonly facts: string
  private readonly folders: string
  /** Paths of files and folders that this process has used: they are not evicted under its feet. */
  private readonly used = new Set<string>()
  private readonly fetches = new Once<void>()
  private readonly making = new Once<void>()

  constructor(root: string, limitBytes: number) {
    this.root = root
    this.limitBytes = limitBytes
    this.spoolFolder = join(root, 'spool')
    this.blobs = join(root, 'sha256')
    this.layers = join(root, 'layers')
    this.facts = join(root, 'known')
    this.folders = join(root, 'folders')
  }

  path(digest: Digest): string {
    const hex = digest.slice('sha256:'.length)
    return join(this.blobs, hex.slice(0, 2), hex)
  }

  async stat(digest: Digest): Promise<{ readonly size: number } | undefined> {
    const found = await statIfThere(this.path(digest))
    return found && { size: found.size }
  }

  async adopt(spoolFile: string, digest: Digest, size: number): Promise<void> {
    const found = await stat(spoolFile)
    if (found.size !== size) {
      await rm(spoolFile, { force: true })
      throw new StrataError('blob-damaged', `${spoolFile} has ${found.size} bytes instead of ${size}`)
    }
    await this.moveIn(spoolFile, this.path(digest))
  }

  async put(bytes: Uint8Array): Promise<{ readonly digest: Digest; readonly size: number }> {
    const digest = digestOf(bytes)
    await this.write(this.path(digest), bytes)
    return { digest, size: bytes.length }
  }

  async fetch(from: Repository, blob: BlobDescriptor, options: FetchOptions = {}): Promise<void> {
    if ((await this.stat(blob.digest))?.size === blob.size) return
    await this.fetches.run(blob.digest, options.signal, () => this.download(from, blob, options))
  }

  private async download(from: Repository, blob: BlobDescriptor, options: FetchOptions): Promise<void> {
    const { signal, onProgress } = options
    const spoolFile = newSpoolFile(this.spoolFolder)
    let bytes = 0
    try {
      const source = await from.readBlob(blob, { signal })
      source.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        onProgress?.(bytes)
      })
      await pipeline(source, createWriteStream(spoolFile), { signal })
      await this.adopt(spoolFile, blob.digest, blob.size)
    } catch (error) {
      await rm(spoolFile, { force: true })
      throw toStrataError(error, 'the blob store')
    }
  }

  open(digest: Digest, { signal }: { readonly signal?: AbortSignal } = {}): Readable {
    const file = this.path(digest)
    return readVerified(file, digest, { signal, onOpen: () => this.use(file) })
  }

  async layer(key: string): Promise<LayerRecord | undefined> {
    const record = parseRecord(await readIfThere(this.layerFile(key)))
    if (!record) return undefined
    const file = this.path(record.digest)
    const blob = await statIfThere(file)
    if (blob?.size === record.size) {
      await this.use(file)
      return record
    }
    await this.forgetLayer(key)
    if (blob) await rm(file, { force: true })
    return undefined
  }

  rememberLayer(key: string, record: LayerRecord): Promise<void> {
    return this.write(this.layerFile(key), Buffer.from(JSON.stringify(record)))
  }

  forgetLayer(key: string): Promise<void> {
    return rm(this.layerFile(key), { force: true })
  }

  async known(kind: KnownKind, id: string): Promise<Buffer | undefined> {
    const file = this.knownFile(kind, id)
    const bytes = await readIfThere(file)
    if (bytes) await this.use(file)
    // What has a digest for its name is checked against it.
    if (bytes && isDigest(id) && digestOf(bytes) !== id) return undefined
    return bytes
  }

  rememberKnown(kind: KnownKind, id: string, bytes: Uint8Array): Promise<void> {
    return this.write(this.knownFile(kind, id), bytes)
  }

  async folder(key: string, make: (folder: string) => Promise<void>, signal?: AbortSignal): Promise<string> {
    const folder = join(this.folders, hashed(key))
    if (!(await statIfThere(folder))) await this.making.run(key, signal, () => this.makeFolder(folder, make))
    await this.use(folder)
    return folder
  }

  async info(): Promise<BlobStoreInfo> {
    const { root, limitBytes } = this
    const blobs = await filesIn(this.blobs)
    const layers = await filesIn(this.layers)
    const bytes = total([...blobs, ...layers, ...(await filesIn(this.facts)), ...(await this.madeFolders())])
    return { root, blobs: blobs.length, layers: layers.length, bytes, limitBytes }
  }

  async clear(): Promise<number> {
    const { bytes } = await this.info()
    this.used.clear()
    // The index of layers first: a crash in between must not leave records without blobs for long.
    for (const folder of [this.layers, this.blobs, this.facts, this.folders])
      await rm(folder, { recursive: true, force: true })
    return bytes
  }

  async evict(): Promise<void> {
    if (this.limitBytes === 0) return
    const all = [...(await filesIn(this.blobs)), ...(await filesIn(this.facts)), ...(await this.madeFolders())]
    let bytes = total(all)
    for (const file of all.sort((a, b) => a.usedAt - b.usedAt)) {
      if (bytes <= this.limitBytes) return
      if (this.used.has(file.path)) continue
      await rm(file.path, { recursive: true, force: true })
      bytes -= file.size
    }
  }

  private async makeFolder(folder: string, make: (folder: string) => Promise<void>): Promise<void> {
    const temporary = newSpoolFile(this.spoolFolder)
    try {
      await mkdir(temporary)
      await make(temporary)
      await this.moveIn(temporary, folder)
    } catch (error) {
      await rm(temporary, { recursive: true, force: true })
      // Another process was first: what it made is the same.
      if (!isThere(error)) throw error
    }
  }

  /** Each whole: a part of one is of no use. */
  private async madeFolders(): Promise<StoredFile[]> {
    const names = await readdir(this.folders).catch(() => [])
    return Promise.all(
      names.map(async (name) => {
        const path = join(this.folders, name)
        return { path, size: total(await filesIn(path)), usedAt: (await statIfThere(path))?.mtimeMs ?? 0 }
      }),
    )
  }

  private layerFile(key: string): string {
    return join(this.layers, `${hashed(key)}.json`)
  }

  private knownFile(kind: KnownKind, id: string): string {
    return join(this.facts, kind, hashed(id))
  }

  /** Marks a file as used now, for the order of eviction. */
  private async use(file: string): Promise<void> {
    if (this.used.has(file)) return
    this.used.add(file)
    const now = new Date()
    await utimes(file, now, now).catch(() => undefined)
  }

  private async moveIn(from: string, to: string): Promise<void> {
    // Of thousands of small files nearly every one finds its folder there.
    await rename(from, to).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
      await mkdir(dirname(to), { recursive: true })
      await rename(from, to)
    })
    this.used.add(to)
  }

  private async write(file: string, bytes: Uint8Array): Promise<void> {
    const temporary = newSpoolFile(this.spoolFolder)
    try {
      await writeFile(temporary, bytes)
      await this.moveIn(temporary, file)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }
}

interface StoredFile {
  readonly path: string
  readonly size: number
  /** Milliseconds since 1970. */
  readonly usedAt: number
}

async function filesIn(folder: string): Promise<StoredFile[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => [])
  const found = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const path = join(entry.parentPath, entry.name)
        const stats = await statIfThere(path)
        return stats && { path, size: stats.size, usedAt: stats.mtimeMs }
      }),
  )
  return found.filter((file) => file !== undefined)
}

function total(all: readonly StoredFile[]): number {
  return all.reduce((sum, file) => sum + file.size, 0)
}

/** Keys and ids as file names, whatever characters they have. */
function hashed(id: string): string {
  return createHash('sha256').update(id).digest('hex')
}

function parseRecord(bytes: Buffer | undefined): LayerRecord | undefined {
  if (!bytes) return undefined
  try {
    return LayerRecord.parse(JSON.parse(bytes.toString('utf8')))
  } catch {
    return undefined
  }
}

function readIfThere(file: string): Promise<Buffer | undefined> {
  return readFile(file).catch(() => undefined)
}

/** What a rename says when something is at the new name already. */
function isThere(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOTEMPTY' || code === 'EEXIST'
}

function statIfThere(file: string): Promise<Stats | undefined> {
  return stat(file).catch(() => undefined)
}
