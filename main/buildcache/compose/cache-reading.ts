import { type BaseImage, readBaseImage } from '../../image/base.ts'
import { isBasePath } from '../../image/base-path.ts'
import type { CachedPackage } from '../../image/composition.ts'
import type { BlobDescriptor } from '../../registry/digest.ts'
import { formatReference } from '../../registry/reference.ts'
import type { Repository } from '../../registry/repository.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { limitConcurrency } from '../../support/concurrency.ts'
import { createMemories, type RepositoryMemory } from '../browse/memory.ts'
import { believed } from '../browse/reading.ts'
import { ownLayers } from '../browse/rows.ts'
import { usageOf } from '../browse/usage.ts'
import { type Catalog, readCatalog } from '../catalog.ts'
import type { Connection } from '../connection.ts'
import { type RemotePackage, readConfigBytes, readManifest, readPackageImage } from '../remote-package.ts'
import { openBase } from './base-source.ts'
import type { OnComposeProgress } from './progress.ts'

/** Packages whose manifest and config are read at a time; a host's own slots bound the requests once more. */
const LOOKUPS = 16

/** What could not be read is not asked for again for so long, in milliseconds: a form asks with every letter. */
const FAILED = 5_000

/** What a cache held at one moment. */
export interface CacheView {
  readonly catalog: Catalog
  readonly memory: RepositoryMemory
  /** Layer digest → tags of images that hold it, as far as is known without asking. */
  readonly users: ReadonlyMap<string, ReadonlySet<string>>
  /** Layer digest → DAG hash of the package whose own it is, as far as is known without asking. */
  readonly owners: ReadonlyMap<string, string>
  /** Milliseconds since 1970. */
  readonly readAt: number
}

/** What lies under the packages: the image, and where its layers can be read. */
export interface BaseReading {
  readonly image: BaseImage
  readonly repository: Repository
  /** What people call it: `ubuntu:24.04`, `debian12.tar`, `the base of tools`. */
  readonly name: string
  /** False: the image does not say what it is based on. */
  readonly named: boolean
}

interface RecentBase {
  /** Milliseconds since 1970. */
  until: number
  readonly reading: Promise<BaseReading | undefined>
  /** Those who wait for it and want to hear how far it is. */
  readonly listeners: Set<OnComposeProgress>
}

export interface CacheReadingParts {
  readonly connection: Connection
  readonly store: BlobStore
  readonly now: () => number
  /** Ends whatever is read: reading goes on for others when the one who asked gives up. */
  readonly signal: AbortSignal
  /**
   * Where a package's tag pointed within the last day it still points: good enough to show, not to write by. Its name
   * holds the package's DAG hash, so that what it says of the package cannot change.
   */
  readonly believes: boolean
}

/** Reads what composing needs of one cache, each thing once. What failed is read again when it is asked for again. */
export class CacheReading {
  readonly repository: Repository
  readonly store: BlobStore
  /** Ends its reading. */
  readonly signal: AbortSignal
  private readonly parts: CacheReadingParts
  private readonly inTurn = limitConcurrency(LOOKUPS)
  private readonly packages = new Map<string, Promise<RemotePackage>>()
  private readonly recent = new Map<string, RecentBase>()
  private current: Promise<CacheView> | undefined

  constructor(parts: CacheReadingParts) {
    this.parts = parts
    this.repository = parts.connection.target
    this.store = parts.store
    this.signal = parts.signal
  }

  /** What was read of the cache; it is read now if it was not before. */
  view(): Promise<CacheView> {
    if (this.current) return this.current
    const reading = this.readView()
    this.current = reading
    reading.catch(() => {
      if (this.current === reading) this.current = undefined
    })
    return reading
  }

  /** Reads anew what the cache holds; until it has come the view that is there stays. */
  async refresh(): Promise<CacheView> {
    const view = await this.readView()
    this.current = Promise.resolve(view)
    // What was of no use may have been pushed again since.
    for (const [hash, one] of this.packages)
      if ((await one.catch(() => undefined))?.kind !== 'present') this.packages.delete(hash)
    return view
  }

  /** Manifest and config of a package under its tag. */
  package(view: CacheView, hash: string): Promise<RemotePackage> {
    const known = this.packages.get(hash)
    if (known) return known
    const reading = this.inTurn(() => this.readPackage(view, hash))
    this.packages.set(hash, reading)
    reading.catch(() => this.packages.delete(hash))
    return reading
  }

  /**
   * The base image of that name for an architecture (Go's name), asked for again after `maxAge` milliseconds. Everyone who
   * waits for the import of a file hears how far it is, whoever began it.
   */
  async base(
    name: string,
    architecture: string,
    maxAge: number,
    onProgress: OnComposeProgress = () => undefined,
  ): Promise<BaseReading | undefined> {
    const { reading, listeners } = this.recently(`base ${architecture} ${name}`, maxAge, (tell) =>
      this.readBase(name, architecture, tell),
    )
    listeners.add(onProgress)
    try {
      return await reading
    } finally {
      listeners.delete(onProgress)
    }
  }

  /** What lies below the packages of an image of the repository, as `read` reads it; asked for again likewise. */
  baseOf(tag: string, maxAge: number, read: () => Promise<BaseReading | undefined>): Promise<BaseReading | undefined> {
    return this.recently(`base of ${tag}`, maxAge, read).reading
  }

  /** The image was looked at just now: what lies below its packages is read anew as well. */
  forgetBaseOf(tag: string): void {
    this.recent.delete(`base of ${tag}`)
  }

  private recently(
    name: string,
    maxAge: number,
    read: (tell: OnComposeProgress) => Promise<BaseReading | undefined>,
  ): RecentBase {
    const { now } = this.parts
    const known = this.recent.get(name)
    if (known && now() < known.until) return known
    const listeners = new Set<OnComposeProgress>()
    const tell: OnComposeProgress = (progress) => {
      for (const hear of listeners) hear(progress)
    }
    const entry: RecentBase = { until: now() + maxAge, reading: read(tell), listeners }
    this.recent.set(name, entry)
    entry.reading.catch(() => {
      entry.until = Math.min(entry.until, now() + FAILED)
    })
    return entry
  }

  private async readView(): Promise<CacheView> {
    const { store, now, signal } = this.parts
    const readAt = now()
    const [catalog, memory] = await Promise.all([
      readCatalog(this.repository, store, { signal }),
      createMemories(store)(formatReference(this.repository.reference)),
    ])
    const readings = memory.entries().map(([tag, facts]) => ({ kind: 'read', tag, facts }) as const)
    const { layers } = usageOf(readings, (index) => index.images.flatMap((digest) => memory.facts(digest) ?? []))
    return { catalog, memory, users: layers, owners: ownLayers(readings), readAt }
  }

  private async readPackage({ catalog, memory }: CacheView, hash: string): Promise<RemotePackage> {
    const { store, now, signal, believes } = this.parts
    const { repository } = this
    const tag = catalog.tags.get(hash)
    const node = catalog.graph.nodes.get(hash)
    if (tag === undefined || !node) return { kind: 'absent' }
    const known = believes ? believed({ repository, store, memory, signal, now }, tag)?.digest : undefined
    return readPackageImage(repository, store, node, known ?? tag, signal)
  }

  private async readBase(base: string, architecture: string, onProgress: OnComposeProgress): Promise<BaseReading> {
    const { connection, store, signal } = this.parts
    const { repository, fromFile, name } = await openBase(base, { connection, store, signal, onProgress })
    const { reference } = repository
    // By its digest it is fetched once ever; a hub counts the manifests that are fetched, not the questions for a digest.
    const remembering = {
      reference,
      getManifest: (version: string) => readManifest(repository, store, version, { signal }),
      readBlobBytes: (config: BlobDescriptor) => readConfigBytes(repository, store, config, signal),
    }
    const image = await readBaseImage(remembering, architecture, signal, isBasePath(base) ? base : undefined)
    return { image, repository, name, named: !fromFile }
  }
}

type PresentPackage = Extract<RemotePackage, { readonly kind: 'present' }>

/**
 * A package for composing. Who shares its layer decides which layers are merged, and so the image: therefore only the
 * packages of the composition count (the cache's image of each that needs it has the layer), not what else this machine
 * happens to know of the repository. The same composition is the same image everywhere.
 */
export function cachedPackage({ layer, config }: PresentPackage, sharedBy: number): CachedPackage {
  return { layer, env: config.config?.Env ?? undefined, diffIds: config.rootfs.diff_ids, sharedBy }
}
