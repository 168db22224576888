import { Readable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import { imageMediaTypes } from '../image/assemble.ts'
import { parseManifest } from '../image/document.ts'
import { type Digest, digestOf } from '../registry/digest.ts'
import { isMissingBlob } from '../registry/failure.ts'
import { realSleep, type Sleep } from '../registry/host.ts'
import type { Repository } from '../registry/repository.ts'
import type { SpecDocument } from '../spack/spec/document.ts'
import type { BlobStore } from '../store/blob-store.ts'
import { mapConcurrently } from '../support/concurrency.ts'
import { StrataError } from '../support/errors.ts'
import { type IndexDatabase, isUnchanged, mergeIndex, parseDocument, parseIndex } from './index-database.ts'
import { INDEX_TAG, isPackageTag } from './package-tag.ts'
import { isDamage, readTaggedImage, specHash } from './remote-package.ts'

/** An index of a hundred thousand packages is about this large. */
const INDEX_LIMIT = 512 * 1024 * 1024
/** Tags that are read at a time. */
const LOOKUPS = 16
/** So many times another writer may come in between; a registry that is busier than that cannot be written honestly. */
const ATTEMPTS = 10
/** The longest pause before the second attempt, in milliseconds; each further one may be twice as long, up to `SLOWEST`. */
const PAUSE = 50
const SLOWEST = 2000

export interface IndexedPackage {
  readonly hash: string
  readonly name: string
  readonly version: string
}

/** The index as the tags want it, and how it differs from the one that is there. */
export interface IndexDraft {
  /** Of the index that is there now. */
  readonly digest: Digest | undefined
  readonly database: IndexDatabase
  readonly changed: boolean
  /** Packages in it. */
  readonly packages: number
  readonly added: readonly IndexedPackage[]
  readonly gone: readonly IndexedPackage[]
  /** Tags that look like packages and are none, with the reason: Spack would stop at them. */
  readonly passedOver: readonly PassedOver[]
  /** Why the index that is there is no good, when it is not. */
  readonly problem: string | undefined
}

export interface PassedOver {
  readonly tag: string
  readonly why: string
}

export interface IndexUpdate extends Pick<IndexDraft, 'added' | 'gone' | 'packages' | 'passedOver'> {
  readonly changed: boolean
  readonly digest: string
  /** Of the index that was written, in bytes; 0 when none was. */
  readonly bytes: number
}

export interface IndexOptions {
  /** The documents of packages that were pushed just now, by tag, so that they are not read back. */
  readonly fresh?: ReadonlyMap<string, SpecDocument>
  /** Tags that are about to be deleted: they count as gone. */
  readonly leaving?: ReadonlySet<string>
  readonly signal?: AbortSignal
}

/** Compares `index.spack` with the tags: packages whose tag is new are read, those whose tag is gone leave. */
export async function draftIndex(
  repository: Repository,
  store: BlobStore,
  options: IndexOptions & {
    /** An index that was read or written before: it is not read again while it stays. */
    readonly known?: { readonly digest: Digest; readonly database: IndexDatabase }
  } = {},
): Promise<IndexDraft> {
  const { fresh, leaving, known, signal } = options
  // The tags last: what is pushed after this moment is its pusher's to enter.
  const before = (known && (await stillThere(repository, known, signal))) ?? (await readIndex(repository, signal))
  const installs = new Map(Object.entries(before.database?.installs ?? {}))
  const tags = (await repository.tags({ signal })).filter((tag) => isPackageTag(tag) && !leaving?.has(tag))
  const passedOver: PassedOver[] = []
  const found = await mapConcurrently(tags, LOOKUPS, async (tag): Promise<SpecDocument | string | undefined> => {
    const hash = hashInTag(tag)
    if (hash !== undefined && installs.get(hash)?.in_buildcache) return hash
    try {
      return fresh?.get(tag) ?? (await readDocument(repository, store, tag, signal))
    } catch (error) {
      if (!isDamage(error)) throw error
      passedOver.push({ tag, why: error.message })
      return undefined
    }
  })
  const database = mergeIndex(
    before.database,
    found.filter((one) => one !== undefined),
  )
  const isNew = before.problem !== undefined || !before.database || !isUnchanged(before.database, database)
  const packages = listed(database)
  const old = before.database ? listed(before.database) : []
  return {
    digest: before.digest,
    database,
    // A repository without packages needs no index.
    changed: isNew && (before.digest !== undefined || packages.length > 0),
    packages: packages.length,
    added: without(packages, old),
    gone: without(old, packages),
    passedOver: passedOver.sort((a, b) => (a.tag < b.tag ? -1 : 1)),
    problem: before.problem,
  }
}

/**
 * Brings `index.spack` up to date with the tags. Written only when something changed.
 *
 * A registry has no way to replace a tag only if nobody else did, so two writers may each write an index that lacks what
 * the other one has pushed. Each therefore looks again after it has written, and merges again until the index and the
 * tags agree: whoever writes last has seen everything.
 * Throws `index-contended` when others write it all the time.
 */
export async function updateIndex(
  repository: Repository,
  store: BlobStore,
  options: IndexOptions & {
    /** What was planned; saves reading everything again while it holds. */
    readonly draft?: IndexDraft
    readonly sleep?: Sleep
  } = {},
): Promise<IndexUpdate> {
  const { signal, sleep = realSleep } = options
  const first = options.draft ?? (await draftIndex(repository, store, options))
  let draft = first
  let written: { readonly digest: Digest; readonly bytes: number } | undefined
  for (let attempt = 1; draft.changed; attempt++) {
    if (attempt > ATTEMPTS) throw contended()
    if (attempt > 2) await sleep(Math.random() * Math.min(SLOWEST, PAUSE * 2 ** (attempt - 2)), signal)
    const bytes = Buffer.from(JSON.stringify({ database: draft.database }))
    const digest = await replaceIndex(repository, draft.digest, bytes, signal)
    if (digest !== undefined) written = { digest, bytes: bytes.length }
    const known = digest && { digest, database: draft.database }
    draft = await draftIndex(repository, store, { ...options, known })
  }
  const { added, gone } = first
  const { digest = '', packages, passedOver } = draft
  return { changed: written !== undefined, digest, packages, passedOver, added, gone, bytes: written?.bytes ?? 0 }
}

function contended(): StrataError {
  return new StrataError('index-contended', `${INDEX_TAG} was written by others again and again`, {
    hint: 'The packages are there. Bring the index up to date when the others are done: strata index REPOSITORY.',
    retryable: true,
  })
}

function listed(database: IndexDatabase): readonly IndexedPackage[] {
  return Object.entries(database.installs).flatMap(([hash, { in_buildcache, spec }]) =>
    in_buildcache ? [{ hash, name: spec.name, version: String(spec.version ?? '') }] : [],
  )
}

function without(packages: readonly IndexedPackage[], others: readonly IndexedPackage[]): readonly IndexedPackage[] {
  const known = new Set(others.map((one) => one.hash))
  return packages.filter((one) => !known.has(one.hash))
}

/** What `index.spack` holds. Damage is no error: the tags hold everything that it should. */
export interface ReadIndex {
  readonly database?: IndexDatabase
  readonly digest: Digest | undefined
  /** Why it has to be written anew; without a database nothing could be made of it. */
  readonly problem?: string
}

async function stillThere(
  repository: Repository,
  known: { readonly digest: Digest; readonly database: IndexDatabase },
  signal: AbortSignal | undefined,
): Promise<ReadIndex | undefined> {
  const head = await repository.headManifest(INDEX_TAG, { signal })
  return head?.digest === known.digest ? known : undefined
}

/**
 * Reads `index.spack`. Throws `database-too-new` for one that a newer Spack wrote, and what the registry answers when it
 * cannot be asked.
 */
export async function readIndex(repository: Repository, signal: AbortSignal | undefined): Promise<ReadIndex> {
  const found = await repository.getManifest(INDEX_TAG, { signal })
  if (!found) return { digest: undefined }
  const { digest } = found
  try {
    const document = parseManifest(found.bytes, `the manifest of ${INDEX_TAG}`)
    const layer = document.kind === 'manifest' ? document.manifest.layers[0] : undefined
    if (!layer) return { digest, problem: `${INDEX_TAG} is an image without an index in it` }
    const stored = await repository.readBlobBytes(layer, { limit: INDEX_LIMIT, signal })
    // Spack writes plain JSON under a media type that says gzip; skopeo believes the type and compresses it on the way.
    if (stored[0] !== 0x1f || stored[1] !== 0x8b) return { database: parseIndex(stored), digest }
    return { database: parseIndex(inflate(stored)), digest, problem: 'it was compressed on the way' }
  } catch (error) {
    const invalid = error instanceof StrataError && error.code === 'database-invalid'
    if (!invalid && !isDamage(error)) throw error
    return { digest, problem: error.message }
  }
}

function inflate(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: INDEX_LIMIT })
  } catch (cause) {
    throw new StrataError('database-invalid', 'the index of the build cache is gzip that cannot be inflated', { cause })
  }
}

/**
 * The spec document in a package's config.
 * Throws what `isDamage` recognises when there is none behind the tag, or another package's.
 */
export async function readDocument(
  repository: Repository,
  store: BlobStore,
  tag: string,
  signal: AbortSignal | undefined,
): Promise<SpecDocument> {
  const image = await readTaggedImage(repository, store, tag, signal)
  if (!image) throw new StrataError('registry-not-found', `${tag} was deleted meanwhile`)
  const document = parseDocument(image.config.spec, tag)
  const hash = specHash(image.config)
  const named = hashInTag(tag)
  // Spack looks a package up by the tag that its own spec gives: under another one it would never be found.
  if (named !== undefined && named !== hash) throw new StrataError('spec-invalid', `${tag} holds the spec /${hash}`)
  return document
}

/** DAG hashes are 32 letters and digits of base32. */
export function hashInTag(tag: string): string | undefined {
  return /-([a-z2-7]{32})\.spack$/.exec(tag)?.[1]
}

/**
 * Writes an index unless another one than `expected` is there by now; answers its digest when it was written. As Spack
 * writes it: an image whose config is `{}` and whose one layer is the JSON itself, whatever its type says.
 */
async function replaceIndex(
  repository: Repository,
  expected: Digest | undefined,
  bytes: Buffer,
  signal: AbortSignal | undefined,
): Promise<Digest | undefined> {
  const types = imageMediaTypes.oci
  const config = Buffer.from('{}')
  for (const blob of [bytes, config]) {
    await repository.putBlob({ digest: digestOf(blob), size: blob.length }, () => Readable.from([blob]), { signal })
  }
  const manifest = Buffer.from(
    JSON.stringify({
      mediaType: types.manifest,
      schemaVersion: 2,
      config: { mediaType: types.config, digest: digestOf(config), size: config.length },
      layers: [{ mediaType: types.layer, digest: digestOf(bytes), size: bytes.length }],
    }),
  )
  // As late as can be: a shorter moment for another writer to come in between.
  const now = await repository.headManifest(INDEX_TAG, { signal })
  if (now?.digest !== expected) return undefined
  try {
    return await repository.putManifest(INDEX_TAG, manifest, types.manifest, { signal })
  } catch (error) {
    // While two writers upload the very same index, Distribution's file system loses sight of the blob for a moment.
    if (isMissingBlob(error)) return undefined
    throw error
  }
}
