import type { CatalogPackage, ImageLayer } from '../../api/catalog.ts'
import { plural } from '../../api/format.ts'
import type { StackLayer } from '../../api/models.ts'

/** An image's layers as the picture takes them. `baseName` is what its base image is called, when that is known. */
export function stackOf(
  layers: readonly ImageLayer[],
  packages: readonly CatalogPackage[],
  baseName: string | undefined,
): StackLayer[] {
  const names = namesOfDependents(layers, packages)
  const below = layers.filter((layer) => !layer.package && !layer.merged)
  return layers.map((layer, i): StackLayer => {
    const { package: found, digest, bytes, usedBy } = layer
    const common = { bytes, estimated: false, digest, sharedWith: usedBy }
    if (layer.merged) {
      const name = plural(layer.merged.length, 'package')
      const root = layer.merged.some(({ hash }) => !names.has(hash))
      return { ...common, key: `${i}-${digest}`, kind: 'merged', name, state: 'present', root, neededBy: [] }
    }
    if (!found) {
      const name = layer.kind === 'base' ? (baseName?.replace(/^.*\//, '') ?? 'base image') : 'layer'
      const version = below.length > 1 ? `layer ${below.indexOf(layer) + 1} of ${below.length}` : undefined
      return { ...common, key: `${i}-${digest}`, kind: 'base', name, version, state: 'base', root: false, neededBy: [] }
    }
    const neededBy = names.get(found.hash) ?? []
    const key = layers.findIndex((other) => other.package?.hash === found.hash) === i ? found.hash : `${i}-${digest}`
    const { name, version } = found
    return { ...common, key, kind: 'package', name, version, state: 'present', root: neededBy.length === 0, neededBy }
  })
}

/** DAG hash → names of the image's packages that need it at run time. */
function namesOfDependents(
  layers: readonly ImageLayer[],
  packages: readonly CatalogPackage[],
): ReadonlyMap<string, string[]> {
  const byHash = new Map(packages.map((one) => [one.hash, one]))
  const here = new Set(
    layers.flatMap(({ package: own, merged = [] }) =>
      [...(own ? [own] : []), ...merged].flatMap(({ hash }) => byHash.get(hash) ?? []),
    ),
  )
  const names = new Map<string, string[]>()
  for (const { name, dependencies } of here) {
    for (const dependency of dependencies) {
      if (!dependency.types.some((type) => type === 'link' || type === 'run')) continue
      names.set(dependency.hash, [...(names.get(dependency.hash) ?? []), name])
    }
  }
  return names
}
