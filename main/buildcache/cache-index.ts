import { Readable } from 'node:stream'
import { isDeepStrictEqual } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { imageMediaTypes } from '../image/assemble.ts'
import { parseManifest } from '../image/document.ts'
import { digestOf } from '../registry/digest.ts'
import type { Repository } from '../registry/repository.ts'
import type { SpecDocument } from '../spack/spec/document.ts'
import type { BlobStore } from '../store/blob-store.ts'
import { mapConcurrently } from '../support/concurrency.ts'
import { StrataError } from '../support/errors.ts'
import { type IndexDatabase, mergeIndex, parseIndex } from './index-database.ts'
import { INDEX_TAG, isPackageTag } from './package-tag.ts'
import { readTaggedImage } from './remote-package.ts'

/** An index of a hundred thousand packages is about this large. */
const INDEX_LIMIT = 512 * 1024 * 1024
/** Tags that are read at a time. */
const LOOKUPS = 16
/** Another writer may come in between; after this many times the registry is too busy to be written honestly. */
const ATTEMPTS = 4

export interface IndexUpdate {
  readonly changed: boolean
  readonly digest: string
  /** Packages in the index now. */
  readonly packages: number
  /** Tags that look like packages and are none, with the reason: Spack would stop at them. */
  readonly passedOver: readonly { readonly tag: string; readonly why: string }[]
}

/**
 * Brings `index.spack` up to date with the tags: packages whose tag is new are read, those whose tag is gone leave.
 * `fresh` holds the documents of packages that were pushed just now, by tag, so that they are not read back.
 * Written only when something changed, and again when another writer's index came in between.
 */
export async function updateIndex(
  repository: Repository,
  store: BlobStore,
  options: { readonly fresh: ReadonlyMap<string, SpecDocument>; readonly signal?: AbortSignal },
): Promise<IndexUpdate> {
  const { signal } = options
  for (let attempt = 1; ; attempt++) {
    const before = await readIndex(repository, signal)
    const tags = (await repository.tags({ signal })).filter(isPackageTag)
    const passedOver: { tag: string; why: string }[] = []
    const documents = await mapConcurrently(tags, LOOKUPS, async (tag) => {
      const fresh = options.fresh.get(tag)
      if (fresh) return fresh
      const hash = hashInTag(tag)
      if (hash !== undefined && before.database?.installs[hash]?.in_buildcache) return hash
      try {
        return await readDocument(repository, store, tag, signal)
      } catch (error) {
        if (!(error instanceof StrataError) || error.code === 'cancelled' || error.retryable) throw error
        passedOver.push({ tag, why: error.message })
        return undefined
      }
    })
    const merged = mergeIndex(
      before.database,
      documents.filter((one) => one !== undefined),
    )
    const packages = Object.values(merged.installs).filter((one) => one.in_buildcache).length
    const bytes = Buffer.from(JSON.stringify({ database: merged }))
    if (before.plain && isDeepStrictEqual(before.database, merged))
      return { changed: false, digest: before.digest ?? '', packages, passedOver }
    const now = await repository.headManifest(INDEX_TAG, { signal })
    if (now?.digest !== before.digest && attempt < ATTEMPTS) continue
    return { changed: true, digest: await writeIndex(repository, bytes, signal), packages, passedOver }
  }
}

export async function readIndex(
  repository: Repository,
  signal: AbortSignal | undefined,
): Promise<{ database?: IndexDatabase; plain?: boolean; digest?: string }> {
  const found = await repository.getManifest(INDEX_TAG, { signal })
  if (!found) return {}
  const document = parseManifest(found.bytes, `the manifest of ${INDEX_TAG}`)
  const layer = document.kind === 'manifest' ? document.manifest.layers[0] : undefined
  if (!layer) return { digest: found.digest }
  const stored = await repository.readBlobBytes(layer, { limit: INDEX_LIMIT, signal })
  // Spack writes plain JSON under a media type that says gzip; skopeo believes the type and compresses it on the way.
  const plain = !(stored[0] === 0x1f && stored[1] === 0x8b)
  const bytes = plain ? stored : gunzipSync(stored, { maxOutputLength: INDEX_LIMIT })
  return { database: parseOrForget(bytes), plain, digest: found.digest }
}

/** A damaged index is made anew from the tags, which hold everything that it should. */
function parseOrForget(bytes: Buffer): IndexDatabase | undefined {
  try {
    return parseIndex(bytes)
  } catch (error) {
    if (error instanceof StrataError && error.code === 'database-invalid') return undefined
    throw error
  }
}

export async function readDocument(
  repository: Repository,
  store: BlobStore,
  tag: string,
  signal: AbortSignal | undefined,
): Promise<SpecDocument> {
  const image = await readTaggedImage(repository, store, tag, signal)
  const spec = image?.config.spec as SpecDocument['spec'] | undefined
  if (!spec?._meta || !Array.isArray(spec.nodes)) {
    throw new StrataError('manifest-invalid', `${tag} holds no spec`)
  }
  return { spec }
}

/** DAG hashes are 32 letters and digits of base32. */
export function hashInTag(tag: string): string | undefined {
  return /-([a-z2-7]{32})\.spack$/.exec(tag)?.[1]
}

/** As Spack writes it: an image whose config is `{}` and whose one layer is the JSON itself, whatever its type says. */
async function writeIndex(repository: Repository, bytes: Buffer, signal: AbortSignal | undefined): Promise<string> {
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
  return repository.putManifest(INDEX_TAG, manifest, types.manifest, { signal })
}
