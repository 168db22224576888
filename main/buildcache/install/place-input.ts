import { finished } from 'node:stream/promises'
import { uncompressedLimit } from '../../layer/layer-stream.ts'
import { specVersionOf } from '../../spack/database/database.ts'
import { specDocument } from '../../spack/spec/document.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { StrataError } from '../../support/errors.ts'
import { partialFolder } from './leftovers.ts'
import type { PlaceInput } from './place.ts'
import { namedPrefixes } from './prefixes.ts'
import type { PreparedInstall, PreparedInstallation, RemoteLayer } from './prepared.ts'

/** What a worker thread needs to unpack and relocate a package whose layer is in the blob store. */
export function placeInput(
  { graph, prefixes, target, databaseVersion }: PreparedInstallation,
  one: PreparedInstall,
  layer: RemoteLayer,
  prefix: string,
  store: BlobStore,
): PlaceInput {
  const { node } = one
  const specVersion = specVersionOf(databaseVersion, target.store.paddedRoot)
  return {
    name: label(one),
    file: store.path(layer.digest),
    expected: { digest: layer.digest, size: layer.size, diffId: layer.diffId },
    target: partialFolder(prefix),
    maxUncompressedSize: uncompressedLimit(layer.size),
    prefix,
    prefixes: namedPrefixes(graph, node, (hash) => prefixes.get(hash)),
    storeRoot: target.store.paddedRoot,
    sbangPath: target.store.sbangPath,
    specJson: node.buildSpec && JSON.stringify(specDocument(graph, node.hash, specVersion)),
  }
}

/**
 * Whether a layer could not be unpacked because the blob store's copy of it is damaged: what was verified when it came
 * may have rotted since. The copy is gone then; what the cache itself has wrong is no such damage.
 */
export async function isDamagedCopy(
  store: BlobStore,
  layer: Pick<RemoteLayer, 'digest'>,
  error: unknown,
): Promise<boolean> {
  if (!(error instanceof StrataError) || !doubtful.has(error.code)) return false
  const content = store.open(layer.digest).resume()
  return finished(content).then(
    () => false,
    (thrown: unknown) => thrown instanceof StrataError && thrown.code === 'blob-damaged',
  )
}

/** What a damaged layer can look like. */
const doubtful: ReadonlySet<string> = new Set(['layer-invalid', 'layer-unsafe', 'size-exceeded', 'digest-mismatch'])

/** A package as messages call it. */
export function label({ node }: PreparedInstall): string {
  return `${node.name}@${node.version}/${node.hash.slice(0, 7)}`
}
