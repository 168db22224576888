import type { LayerFile } from '../../api/catalog.ts'
import type { Compression } from '../../layer/compression.ts'
import { type ContentTaker, FileSearch, normalPath } from '../../layer/listing.ts'
import { type LayerVisit, type LayerVisitor, visitLayerFiles } from '../../layer/visit.ts'
import { isDigest, shortDigest } from '../../registry/digest.ts'
import type { Reference } from '../../registry/reference.ts'
import type { Repository } from '../../registry/repository.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { StrataError, toStrataError } from '../../support/errors.ts'
import { shellQuote } from '../push/command.ts'

/** A layer as its manifest names it. */
export interface LayerRef {
  readonly digest: string
  readonly bytes: number
  readonly mediaType: string
}

/** Where layers are looked into. */
export interface LayerPlace {
  readonly repository: Repository
  readonly store: BlobStore
  readonly signal: AbortSignal
}

/**
 * Leads a visitor through a layer: from the blob store where it is there, else as it streams from the registry. Throws as
 * `visitLayerFiles` does, the layer named.
 */
export async function visitLayer(place: LayerPlace, layer: LayerRef, visitor: LayerVisitor): Promise<LayerVisit> {
  try {
    return await visitLayerFiles(await openLayer(place, layer), visitor)
  } catch (thrown) {
    throw explained(place, layer, thrown)
  }
}

/**
 * Finds what lies at a path of a layer; the content of a file goes to `open`'s taker. Of a Spack package a path may also
 * begin at its prefix: `lib/libz.so`. The content of a hard link is that of the file it names, which comes before it in the
 * archive. For both the layer is read a second time. Throws `file-missing`.
 */
export async function findInLayer(
  place: LayerPlace,
  layer: LayerRef,
  path: string,
  open: (file: LayerFile) => ContentTaker,
): Promise<LayerFile> {
  const search = new FileSearch(normalPath(path), open)
  const { stopped } = await visitLayer(place, layer, search)
  let { found } = search
  if (!found && stopped) throw explained(place, layer, stopped)
  if (!found && search.prefix !== undefined) {
    const below = new FileSearch(`${search.prefix}/${normalPath(path)}`, open)
    await visitLayer(place, layer, below)
    found = below.found
  }
  if (!found) throw missing(layer, path)
  if (found.kind === 'hardlink' && found.target !== undefined) {
    // Hard links to hard links are nothing that a tar writer makes: one more look will do.
    const linked = new FileSearch(found.target, open)
    await visitLayer(place, layer, linked)
    if (linked.found?.kind !== 'file') throw missing(layer, found.target)
  }
  return found
}

async function openLayer({ repository, store, signal }: LayerPlace, layer: LayerRef): Promise<AsyncIterable<Buffer>> {
  const { digest, bytes: size } = layer
  if (!isDigest(digest)) {
    throw new StrataError('usage', `${digest} is not a sha256 digest`, {
      hint: 'Strata reads no layer of another kind.',
    })
  }
  if ((await store.stat(digest))?.size === size) return store.open(digest, { signal })
  return repository.readBlob({ digest, size }, { signal })
}

/** The same error with the layer's name before it, and with what to do. */
function explained({ repository }: LayerPlace, layer: LayerRef, thrown: unknown): StrataError {
  const error = toStrataError(thrown)
  const { code, details, retryable } = error
  const hint = error.hint ?? hintFor(error, layer, repository.reference)
  // What the registry's client says names the blob already.
  const message =
    code === 'layer-invalid' || code === 'size-exceeded'
      ? `layer ${shortDigest(layer.digest)}: ${error.message}`
      : error.message
  return new StrataError(code, message, { hint, details, retryable, cause: thrown })
}

function hintFor({ code, details }: StrataError, layer: LayerRef, reference: Reference): string | undefined {
  if (code === 'registry-not-found' && /foreign|nondistributable/.test(layer.mediaType)) {
    return 'Layers of this kind (parts of Windows) may not be distributed: they lie with their maker and not in the registry.'
  }
  const compression = details?.compression
  return compression === undefined ? undefined : lookCommand(String(compression) as Compression, layer, reference)
}

/** How to look into a layer with the programs that know its compression. */
function lookCommand(compression: Compression, { digest }: LayerRef, reference: Reference): string {
  const hex = digest.slice('sha256:'.length)
  const list = (file: string) => `${compression} -dc ${shellQuote(file)} | tar -tv`
  if (reference.kind === 'layout') return `Look into it with: ${list(`${reference.path}/blobs/sha256/${hex}`)}`
  const tls = reference.scheme === 'http' ? '--src-tls-verify=false ' : ''
  const image = `docker://${reference.registry}/${reference.repository}:TAG`
  return `Look into it with: skopeo copy ${tls}${image} dir:image && ${list(`image/${hex}`)}`
}

function missing({ digest }: LayerRef, path: string): StrataError {
  return new StrataError('file-missing', `layer ${shortDigest(digest)} has no ${path}`, {
    hint: 'A path is that of the archive, or begins at the prefix of the package: list the files first.',
  })
}
