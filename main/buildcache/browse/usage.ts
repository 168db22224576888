import type { CatalogPackage } from '../../api/catalog.ts'
import { layerOrder, type SpecGraph } from '../../spack/spec/graph.ts'
import { describePackage } from '../describe-package.ts'
import type { ImageFacts } from './facts.ts'
import type { TagReading } from './reading.ts'

/** Who holds what in a repository. */
export interface Usage {
  /** Layer digest → tags of the images that hold it, those of image indexes included. */
  readonly layers: ReadonlyMap<string, ReadonlySet<string>>
  /** Manifest digest → the tags on it. */
  readonly manifests: ReadonlyMap<string, readonly string[]>
}

/** `imagesOf` gives the images of an image index. */
export function usageOf(readings: Iterable<TagReading>, imagesOf: (index: ImageFacts) => readonly ImageFacts[]): Usage {
  const layers = new Map<string, Set<string>>()
  const manifests = new Map<string, string[]>()
  for (const reading of readings) {
    if (reading.kind !== 'read') continue
    const { tag, facts } = reading
    manifests.set(facts.digest, [...(manifests.get(facts.digest) ?? []), tag])
    for (const { digest } of [facts, ...imagesOf(facts)].flatMap((one) => one.layers)) {
      layers.set(digest, (layers.get(digest) ?? new Set()).add(tag))
    }
  }
  return { layers, manifests }
}

/** The package of each layer of an image, where one is known; the list is as long as the image's layers. */
export function packagesOfLayers(
  { layers, kind, package: own }: ImageFacts,
  byLayer: ReadonlyMap<string, CatalogPackage>,
  spec: SpecGraph | undefined,
): readonly (CatalogPackage | undefined)[] {
  const known = layers.map(({ digest }) => byLayer.get(digest))
  if (kind !== 'package' || !spec || !own) return known
  // A package's layers are its run-time closure in a known order: they can be told even when their own tags hold another
  // build by now. Where a tag that holds the very layer says otherwise, the image was made in another order.
  const order = layerOrder(spec, [own.hash])
  const offset = layers.length - order.length
  const agrees = offset >= 0 && order.every((hash, i) => (known[offset + i]?.hash ?? hash) === hash)
  if (!agrees) return known
  return known.map((found, i) => found ?? packageOf(spec, order[i - offset]))
}

function packageOf(spec: SpecGraph, hash: string | undefined): CatalogPackage | undefined {
  const node = hash === undefined ? undefined : spec.nodes.get(hash)
  return node && describePackage(node)
}
