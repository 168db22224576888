import { peekLength, peekPrefix } from '../../layer/peek-prefix.ts'
import type { BlobDescriptor, Digest } from '../../registry/digest.ts'
import type { Repository } from '../../registry/repository.ts'
import type { SpecNode } from '../../spack/spec/graph.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { StrataError } from '../../support/errors.ts'
import { readFileStart } from '../../support/file-ends.ts'
import { readOwnConfig, readTaggedManifest, specHash } from '../remote-package.ts'
import type { RemoteLayer } from './prepared.ts'

/** Where layers are looked for, and the database that the packages are to go into. */
export interface LayerSearch {
  readonly repository: Repository
  readonly store: BlobStore
  /** Why a package could not be entered there. */
  readonly unrecordable: (node: SpecNode) => StrataError | undefined
  readonly signal: AbortSignal | undefined
}

export interface FoundLayer {
  readonly layer?: RemoteLayer
  /** Its prefix where it was packed, as far as the layer's beginning tells. */
  readonly oldPrefix?: string
  /** It is in the blob store. */
  readonly fetched?: boolean
  /** Why the package cannot be installed. */
  readonly problem?: StrataError
}

/**
 * The package's own layer behind a tag, and where it was packed. What is wrong with it fails this package and not the plan.
 * Throws what makes every package fail: a registry that cannot be reached, say.
 */
export async function findLayer(node: SpecNode, tag: string, search: LayerSearch): Promise<FoundLayer> {
  const { repository, store, signal } = search
  const problem = search.unrecordable(node)
  if (problem) return { problem }
  try {
    const manifest = await readTaggedManifest(repository, store, tag, signal)
    const last = manifest?.layers.at(-1)
    if (!manifest || !last) throw new StrataError('manifest-invalid', `${tag} has no layer`)
    const blob = { digest: last.digest as Digest, size: last.size }
    const fetched = (await store.stat(blob.digest))?.size === blob.size
    const [config, oldPrefix] = await Promise.all([
      readOwnConfig(repository, store, manifest, tag, signal),
      oldPrefixOf(blob, fetched, search),
    ])
    const diffId = config.rootfs.diff_ids.at(-1)
    if (diffId === undefined) throw new StrataError('manifest-invalid', `${tag} has no layer`)
    checkSpec(node, tag, specHash(config))
    checkChecksum(tag, config.binary_cache_checksum, blob.digest)
    return { layer: { ...blob, diffId: diffId as Digest }, fetched, oldPrefix }
  } catch (error) {
    if (!(error instanceof StrataError) || error.code === 'cancelled' || error.retryable) throw error
    return { problem: error }
  }
}

/** A tag can be moved to another package's image, and the index still say what it was. */
function checkSpec(node: SpecNode, tag: string, hash: string | undefined): void {
  if (hash === node.hash || (hash !== undefined && hash === node.buildSpec?.hash)) return
  throw new StrataError('manifest-invalid', `${tag} holds ${hash ? `/${hash}` : 'no spec'} instead of /${node.hash}`, {
    hint: 'The tag is damaged: push the package again.',
  })
}

/** Spack writes the layer's checksum into the config a second time; a config that speaks of another layer is not its. */
export function checkChecksum(tag: string, checksum: unknown, digest: string): void {
  const hash = typeof checksum === 'object' && checksum !== null && 'hash' in checksum ? checksum.hash : undefined
  if (hash === undefined || `sha256:${String(hash)}` === digest) return
  throw new StrataError(
    'digest-mismatch',
    `${tag}: its config is of the layer sha256:${String(hash)}, not of ${digest}`,
    { hint: 'The tag is damaged: push the package again.' },
  )
}

/** From the beginning of the layer, once: it is remembered by the layer's digest. */
async function oldPrefixOf(layer: BlobDescriptor, fetched: boolean, search: LayerSearch): Promise<string | undefined> {
  const { repository, store, signal } = search
  const key = `prefix ${layer.digest}`
  const known = await store.known('prefix', key)
  if (known) return known.toString('utf8') || undefined
  const start = fetched
    ? await readFileStart(store.path(layer.digest), peekLength)
    : await repository.readBlobStart(layer, peekLength, { signal })
  const found = peekPrefix(start)
  const prefix = found === undefined ? '' : `/${found}`
  await store.rememberKnown('prefix', key, Buffer.from(prefix)).catch(() => undefined)
  return prefix || undefined
}
