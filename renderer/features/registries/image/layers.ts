import type { CatalogPackage, ImageDetail, ImageLayer } from '../../../../main/api/catalog.ts'
import { formatBytes, shortTag } from '../../../../main/api/format.ts'
import type { LayerNote } from '../../stack/model.ts'

/** The layer that a band of the stack stands for: by its digest, or by its package's hash. */
export function layerOfKey(image: ImageDetail, key: string): ImageLayer | undefined {
  const band = image.stack.find((layer) => layer.key === key)
  return image.layers.find(({ digest, package: about }) => digest === (band?.digest ?? key) || about?.hash === key)
}

/** What the card of a merged layer says is in it, by the band's key. */
export function mergedNotes({ layers, stack }: ImageDetail): ReadonlyMap<string, LayerNote> {
  return new Map(
    layers.flatMap(({ merged }, i) => {
      const key = stack[i]?.key
      return merged && key !== undefined ? [[key, { holds: merged.map((one) => `${one.name} ${one.version}`) }]] : []
    }),
  )
}

/** The layer that is told about unless another was chosen: the package itself, which is the last one. */
export function chosenLayer(image: ImageDetail, digest: string | undefined): ImageLayer | undefined {
  return image.layers.find((layer) => layer.digest === digest) ?? image.layers.at(-1)
}

/** What a layer is called: its package, the base image, or what made it. */
export function layerName(image: ImageDetail, layer: ImageLayer): string {
  if (layer.package) return `${layer.package.name} ${layer.package.version}`
  if (layer.merged) return layer.merged.map((one) => one.name).join(', ')
  if (layer.kind === 'base') return image.base?.name ?? 'base image'
  return layer.createdBy ?? layer.mediaType
}

/** Whether its files can be listed: a tar, packed or not. */
export function hasFiles({ mediaType }: ImageLayer): boolean {
  return mediaType.includes('tar') || mediaType.includes('rootfs')
}

/** Who uses a layer beside this image, in words: `numpy 1.26, tools and 3 more`. */
export function usersWords({ usedBy, usedByCount }: ImageLayer, shown = 3): string {
  if (usedByCount === 0) return 'no other tag'
  const names = usedBy.slice(0, shown).map(shortTag)
  const rest = usedByCount - names.length
  return names.join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}

/** `12.4 MiB are its own, 61 MiB are shared with other tags`. */
export function shareWords({ uniqueBytes, sharedBytes }: ImageDetail['sums']): string {
  if (sharedBytes === 0) return 'all its own'
  if (uniqueBytes === 0) return 'all shared'
  return `${formatBytes(uniqueBytes)} its own, ${formatBytes(sharedBytes)} shared`
}

/** The packages as the dependency graph takes them: what nothing else needs is where it starts. */
export function graphPackages(image: ImageDetail): readonly (CatalogPackage & { root: boolean; installed: boolean })[] {
  const layers = new Set(
    image.layers.flatMap((layer) => [layer.package, ...(layer.merged ?? [])].flatMap((one) => one?.hash ?? [])),
  )
  const needed = new Set(image.packages.flatMap((p) => p.dependencies.map((d) => d.hash)))
  const own = image.package?.hash
  return image.packages.map((p) => ({
    ...p,
    root: own === undefined ? !needed.has(p.hash) : p.hash === own,
    // Dashed in the graph: it is named, and no layer of this image has it.
    installed: layers.has(p.hash),
  }))
}
