import type { ImageLayer } from '../image/assemble.ts'
import { type ImageConfig, type ImageManifest, parseConfig, parseManifest } from '../image/document.ts'
import { type BlobDescriptor, type Digest, isDigest } from '../registry/digest.ts'
import { declaredMediaType } from '../registry/media-types.ts'
import type { Manifest, Repository } from '../registry/repository.ts'
import type { SpecNode } from '../spack/spec/graph.ts'
import { withOwnSpecAlone } from '../spack/spec/own-spec.ts'
import type { BlobStore } from '../store/blob-store.ts'
import { StrataError } from '../support/errors.ts'
import { packageTag } from './package-tag.ts'

/** A config holds one spec document; the largest are some hundred kilobytes. */
const CONFIG_LIMIT = 16 * 1024 * 1024

/** What a build cache has under a package's tag. */
export type RemotePackage =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'present'
      readonly layer: ImageLayer
      /** Of its manifest. */
      readonly digest: Digest
      readonly manifest: ImageManifest
      /** Its spec without those of the dependencies. */
      readonly config: ImageConfig
    }
  /** The tag is there, but nothing that could be installed is behind it; `why` says so in a few words. */
  | { readonly kind: 'unusable'; readonly why: string }

/**
 * Looks a package up: manifest and config, each fetched once ever (they are known by digest afterwards), and whether
 * the registry still has the layer.
 */
export async function readRemotePackage(
  repository: Repository,
  store: BlobStore,
  node: SpecNode,
  signal: AbortSignal | undefined,
): Promise<RemotePackage> {
  const found = await readPackageImage(repository, store, node, packageTag(node), signal)
  if (found.kind !== 'present') return found
  const held = await repository.hasBlob(found.layer.digest, { signal })
  return held ? found : { kind: 'unusable', why: lostLayer }
}

/** Why a package is of no use whose layer is gone. */
export const lostLayer = 'the registry has lost its layer'

/** The manifest and config of a package, under this tag or digest; whether its layer is there is not asked. */
export async function readPackageImage(
  repository: Repository,
  store: BlobStore,
  node: SpecNode,
  tagOrDigest: string,
  signal: AbortSignal | undefined,
): Promise<RemotePackage> {
  try {
    const found = await readManifest(repository, store, tagOrDigest, { signal })
    if (!found) return { kind: 'absent' }
    const manifest = imageManifest(found, tagOrDigest)
    const config = await readOwnConfig(repository, store, manifest, tagOrDigest, signal)
    if (specHash(config) !== node.hash) return { kind: 'unusable', why: 'its tag holds something else' }
    const last = manifest.layers.at(-1)
    const diffId = config.rootfs.diff_ids.at(-1)
    if (!last || diffId === undefined) return { kind: 'unusable', why: 'its image has no layers' }
    const layer = { digest: last.digest, size: last.size, diffId, title: `${node.name}@${node.version}` }
    return { kind: 'present', layer, digest: found.digest, manifest, config }
  } catch (error) {
    if (isDamage(error)) return { kind: 'unusable', why: error.message }
    throw error
  }
}

/** Whether an error says that what the registry holds is no good, rather than that it could not be asked. */
export function isDamage(error: unknown): error is StrataError {
  return error instanceof StrataError && damage.has(error.code)
}

const damage: ReadonlySet<string> = new Set([
  'manifest-invalid',
  'digest-mismatch',
  'size-exceeded',
  'registry-not-found',
  'blob-missing',
  'spec-invalid',
  'spec-too-new',
])

/**
 * A manifest, fetched once ever: a tag is asked what it points at, and a digest that is known is not fetched again.
 * `unseen`: nobody has looked at this tag before, so that asking for its digest first would only be one request more.
 * Throws what `Repository.getManifest` throws.
 */
export async function readManifest(
  repository: Repository,
  store: BlobStore,
  tagOrDigest: string,
  { signal, unseen = false }: { readonly signal?: AbortSignal; readonly unseen?: boolean },
): Promise<Manifest | undefined> {
  const ask = async () => (unseen ? undefined : (await repository.headManifest(tagOrDigest, { signal }))?.digest)
  const digest = isDigest(tagOrDigest) ? tagOrDigest : await ask()
  if (digest === undefined && !unseen) return undefined
  const bytes = digest && (await store.known('manifest', digest))
  if (digest && bytes) return { bytes, digest, size: bytes.length, mediaType: declaredMediaType(bytes) }
  const found = await repository.getManifest(tagOrDigest, { signal })
  if (found) await remember(store, 'manifest', found.digest, found.bytes)
  return found
}

/**
 * The manifest and the config behind a package's tag, undefined when there is none of that tag.
 * Throws `manifest-invalid` for an image index, which no package is, and for what cannot be parsed.
 */
export async function readTaggedImage(
  repository: Repository,
  store: BlobStore,
  tag: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly manifest: ImageManifest; readonly config: ImageConfig } | undefined> {
  const manifest = await readTaggedManifest(repository, store, tag, signal)
  return manifest && { manifest, config: await readConfig(repository, store, manifest, tag, signal) }
}

/** The manifest alone; as `readTaggedImage`. */
export async function readTaggedManifest(
  repository: Repository,
  store: BlobStore,
  tag: string,
  signal: AbortSignal | undefined,
): Promise<ImageManifest | undefined> {
  const found = await readManifest(repository, store, tag, { signal })
  return found && imageManifest(found, tag)
}

function imageManifest({ bytes }: Manifest, tag: string): ImageManifest {
  const document = parseManifest(bytes, `the manifest of ${tag}`)
  if (document.kind === 'index') throw new StrataError('manifest-invalid', `${tag} holds an image index`)
  return document.manifest
}

/** The config that a manifest names. */
export async function readConfig(
  repository: Repository,
  store: BlobStore,
  manifest: ImageManifest,
  tag: string,
  signal: AbortSignal | undefined,
): Promise<ImageConfig> {
  return parseConfig(await readConfigBytes(repository, store, manifest.config, signal), `the config of ${tag}`)
}

/** The same of a package, for whom its own spec will do: those of its dependencies, most of a config, are not parsed. */
export async function readOwnConfig(
  repository: Repository,
  store: BlobStore,
  manifest: ImageManifest,
  tag: string,
  signal: AbortSignal | undefined,
): Promise<ImageConfig> {
  const bytes = await readConfigBytes(repository, store, manifest.config, signal)
  return parseConfig(withOwnSpecAlone(bytes), `the config of ${tag}`)
}

/** A config as it is, fetched once ever. Throws what `Repository.readBlobBytes` throws. */
export async function readConfigBytes(
  repository: Repository,
  store: BlobStore,
  { digest, size }: BlobDescriptor,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const known = await store.known('config', digest)
  const bytes = known ?? (await repository.readBlobBytes({ digest, size }, { limit: CONFIG_LIMIT, signal }))
  if (!known) await remember(store, 'config', digest, bytes)
  return bytes
}

/** It only saves asking again: a plan can be made on a full disk too. */
async function remember(store: BlobStore, kind: 'manifest' | 'config', digest: string, bytes: Buffer): Promise<void> {
  await store.rememberKnown(kind, digest, bytes).catch(() => undefined)
}

/** The DAG hash of the spec that a package's config holds. */
export function specHash(config: Record<string, unknown>): string | undefined {
  const spec = config.spec
  if (typeof spec !== 'object' || spec === null || !('nodes' in spec) || !Array.isArray(spec.nodes)) return undefined
  const root: unknown = spec.nodes[0]
  return typeof root === 'object' && root !== null && 'hash' in root && typeof root.hash === 'string'
    ? root.hash
    : undefined
}
