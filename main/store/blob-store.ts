import { createHash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { z } from 'zod'
import { type Digest, digestOf, isDigest } from '../registry/digest.ts'
import { StrataError } from '../support/errors.ts'
import { newSpoolFile, removeOrphans } from './spool.ts'
import { readVerified } from './verified-read.ts'

const Record = z.object({
  digest: z.custom<Digest>(isDigest),
  size: z.number(),
  diffId: z.custom<Digest>(isDigest),
  uncompressedSize: z.number(),
})
/** The layer that a package was packed into. */
export type LayerRecord = z.infer<typeof Record>

/** Small facts that are kept by an identity of their own. */
export type KnownKind = 'manifest' | 'config' | 'recipe'

export interface BlobStoreInfo {
  readonly root: string
  readonly blobs: number
  readonly layers: number
  readonly bytes: number
  /** 0: without limit. */
  readonly limitBytes: number
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
  const { root, limitBytes = 0 } = options
  const folders = { blobs: join(root, 'sha256'), layers: join(root, 'layers'), known: join(root, 'known') }
  const spoolFolder = join(root, 'spool')
  await mkdir(spoolFolder, { recursive: true })
  await removeOrphans(spoolFolder)
  /** Paths that this process has used: they are not evicted under its feet. */
  const used = new Set<string>()

  const path = (digest: Digest): string => {
    const hex = digest.slice('sha256:'.length)
    return join(folders.blobs, hex.slice(0, 2), hex)
  }
  const layerFile = (key: string): string => join(folders.layers, `${name(key)}.json`)
  const knownFile = (kind: KnownKind, id: string): string => join(folders.known, kind, name(id))
  /** Marks a file as used now, for the order of eviction. */
  const use = async (file: string): Promise<void> => {
    if (used.has(file)) return
    used.add(file)
    const now = new Date()
    await utimes(file, now, now).catch(() => undefined)
  }
  const moveIn = async (from: string, to: string): Promise<void> => {
    await mkdir(dirname(to), { recursive: true })
    await rename(from, to)
    used.add(to)
  }
  const write = async (file: string, bytes: Uint8Array): Promise<void> => {
    const temporary = newSpoolFile(spoolFolder)
    try {
      await writeFile(temporary, bytes)
      await moveIn(temporary, file)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }

  const store: BlobStore = {
    root,
    spoolFolder,
    path,
    stat: async (digest) => {
      const found = await statIfThere(path(digest))
      return found && { size: found.size }
    },
    adopt: async (spoolFile, digest, size) => {
      const found = await stat(spoolFile)
      if (found.size !== size) {
        await rm(spoolFile, { force: true })
        throw new StrataError('blob-damaged', `${spoolFile} has ${found.size} bytes instead of ${size}`)
      }
      await moveIn(spoolFile, path(digest))
    },
    put: async (bytes) => {
      const digest = digestOf(bytes)
      await write(path(digest), bytes)
      return { digest, size: bytes.length }
    },
    open: (digest, { signal } = {}) => {
      const file = path(digest)
      return readVerified(file, digest, { signal, onOpen: () => use(file) })
    },
    layer: async (key) => {
      const file = layerFile(key)
      const record = parseRecord(await readIfThere(file))
      if (!record) return undefined
      const blob = await store.stat(record.digest)
      if (blob?.size === record.size) {
        await use(path(record.digest))
        return record
      }
      await store.forgetLayer(key)
      if (blob) await rm(path(record.digest), { force: true })
      return undefined
    },
    rememberLayer: (key, record) => write(layerFile(key), Buffer.from(JSON.stringify(record))),
    forgetLayer: (key) => rm(layerFile(key), { force: true }),
    known: async (kind, id) => {
      const file = knownFile(kind, id)
      const bytes = await readIfThere(file)
      if (bytes) await use(file)
      // What has a digest for its name is checked against it.
      if (bytes && isDigest(id) && digestOf(bytes) !== id) return undefined
      return bytes
    },
    rememberKnown: (kind, id, bytes) => write(knownFile(kind, id), bytes),
    info: async () => {
      const blobs = await files(folders.blobs)
      const layers = await files(folders.layers)
      const all = [...blobs, ...layers, ...(await files(folders.known))]
      return { root, blobs: blobs.length, layers: layers.length, bytes: total(all), limitBytes }
    },
    clear: async () => {
      const { bytes } = await store.info()
      used.clear()
      // The index of layers first: a crash in between must not leave records without blobs for long.
      for (const folder of [folders.layers, folders.blobs, folders.known])
        await rm(folder, { recursive: true, force: true })
      return bytes
    },
    evict: async () => {
      if (limitBytes === 0) return
      const all = [...(await files(folders.blobs)), ...(await files(folders.known))]
      let bytes = total(all)
      for (const file of all.sort((a, b) => a.usedAt - b.usedAt)) {
        if (bytes <= limitBytes) return
        if (used.has(file.path)) continue
        await rm(file.path, { force: true })
        bytes -= file.size
      }
    },
  }
  return store
}

interface StoredFile {
  readonly path: string
  readonly size: number
  /** Milliseconds since 1970. */
  readonly usedAt: number
}

async function files(folder: string): Promise<StoredFile[]> {
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

function name(id: string): string {
  return createHash('sha256').update(id).digest('hex')
}

function parseRecord(bytes: Buffer | undefined): LayerRecord | undefined {
  if (!bytes) return undefined
  try {
    return Record.parse(JSON.parse(bytes.toString('utf8')))
  } catch {
    return undefined
  }
}

function readIfThere(file: string): Promise<Buffer | undefined> {
  return readFile(file).catch(() => undefined)
}

function statIfThere(file: string): Promise<Stats | undefined> {
  return stat(file).catch(() => undefined)
}
