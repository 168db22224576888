import type { ImageSettings as EffectiveSettings } from '../api/compose.ts'
import type { Finding } from '../api/models.ts'
import type { Digest } from '../registry/digest.ts'
import { imageName } from '../registry/reference.ts'
import { closure, layerOrder, runTimeTypes, type SpecGraph } from '../spack/spec/graph.ts'
import { targetFamily, targetOf } from '../spack/spec/target.ts'
import { broughtBy, usesAmong } from '../spack/spec/uses.ts'
import { goArchitecture } from './architecture.ts'
import { type AssembledImage, assembleImage, effectiveSettings, type ImageLayer, inOciForm } from './assemble.ts'
import type { BaseImage } from './base.ts'
import { type BudgetLayer, type BudgetPlan, defaultLayerLimit, planBudget } from './budget.ts'
import {
  type ComposedPackage,
  type ComposeOptions,
  type Composition,
  type MissingPackage,
  nameOf,
  type PackageEdge,
} from './composition.ts'
import { compositionFindings } from './composition-findings.ts'
import { type MergedVariables, mergeVariables } from './merged-variables.ts'

/** What comes of a composition. */
export interface ComposedImage {
  /** As it is put to use: in OCI's form when that was asked for, and without the keys that make an image a package's. */
  readonly base: BaseImage | undefined
  /** Go's name, from the first root. */
  readonly architecture: string
  /** Dependencies first, roots last: exactly a push's order for the same roots. */
  readonly packages: readonly ComposedPackage[]
  readonly missing: readonly MissingPackage[]
  /** The layers above the base's, bottom first: packages, and at most one that several are merged into. */
  readonly budget: BudgetPlan
  /** The layer that packages are merged into, when one is needed and made. */
  readonly merged: ImageLayer | undefined
  readonly variables: MergedVariables
  /** What a container of it does: the base image's settings where the composition says nothing. */
  readonly settings: EffectiveSettings
  readonly annotations: Readonly<Record<string, string>>
  readonly sums: CompositionSums
  /** The gravest first; a `problem` stands in the way of publishing. */
  readonly findings: readonly Finding[]
  /** Config and manifest; undefined while a merged layer is not made yet, or when there is nothing to put in. */
  readonly image: AssembledImage | undefined
}

export interface CompositionSums {
  readonly roots: number
  readonly packages: number
  readonly baseLayers: number
  /** With the base's. */
  readonly layers: number
  readonly layerLimit: number
  readonly baseBytes: number
  readonly packageBytes: number
  /** Compressed bytes of all layers, as a user has to pull them. */
  readonly bytes: number
  /** Of these, bytes that no registry has yet because layers are merged; 0 once the merged layer is made. */
  readonly bytesToMerge: number
}

/**
 * The image that a composition gives, without asking or changing anything: the same input gives the same bytes.
 *
 * `merged` are the merged layers that have been made, by their key (`budget.layers`): when one is needed and not among
 * them, there is no `image` yet. Make it and call again.
 */
export function compose(composition: Composition, merged: ReadonlyMap<Digest, ImageLayer> = new Map()): ComposedImage {
  const { graph, options = {} } = composition
  const roots = [...new Set(composition.roots)]
  const base = composition.base && preparedBase(composition.base, options)
  const baseLayers = base?.manifest.layers ?? []
  const packages = packagesOf(composition, roots)
  const budget = planBudget(
    packages.map(({ node, cached }) => ({ hash: node.hash, layer: cached.layer, sharedBy: cached.sharedBy ?? 0 })),
    { baseLayers: baseLayers.length, limit: options.layerLimit ?? defaultLayerLimit, squash: options.squash ?? false },
  )
  const variables = mergeVariables({
    base: base?.config,
    packages: packages.map(({ node, cached, edge }) => ({
      hash: node.hash,
      root: edge.kind === 'root',
      env: cached.env,
    })),
    extra: options.variables ?? {},
  })
  const architecture = architectureOf(graph, roots)
  const layers = imageLayers(budget.layers, merged)
  const missing = missingOf(composition, roots)
  const described = describing(options, base)
  return {
    base,
    architecture,
    packages,
    missing,
    budget,
    merged: budget.layers.flatMap((layer) => (layer.kind === 'merged' ? (merged.get(layer.key) ?? []) : []))[0],
    variables,
    settings: effectiveSettings(base?.config, described.settings),
    annotations: described.annotations ?? {},
    sums: sumsOf(packages, baseLayers, budget, layers),
    findings: compositionFindings({ composition, base, architecture, roots, packages, missing, budget, variables }),
    image:
      layers && budget.count > 0
        ? assembleImage({
            base,
            architecture,
            layers,
            env: new Map(variables.variables.map(({ name, value }) => [name, value])),
            created: options.created,
            ...described,
          })
        : undefined,
  }
}

/** Top-level keys of a package's config, which a package as base image has and the image on top of it must not. */
const packageKeys: ReadonlySet<string> = new Set([
  'spec',
  'buildcache_layout_version',
  'binary_cache_checksum',
  'archive_size',
  'archive_timestamp',
  'archive_compression',
])

function preparedBase(base: BaseImage, options: ComposeOptions): BaseImage {
  const plain = Object.keys(base.config).some((key) => packageKeys.has(key))
    ? { ...base, config: withoutPackageKeys(base.config) }
    : base
  return options.ociForm ? inOciForm(plain) : plain
}

function withoutPackageKeys(config: BaseImage['config']): BaseImage['config'] {
  const { architecture, os, rootfs, ...others } = config
  const kept = Object.entries(others).filter(([key]) => !packageKeys.has(key))
  return { architecture, os, rootfs, ...Object.fromEntries(kept) }
}

function packagesOf({ graph, packages }: Composition, roots: readonly string[]): ComposedPackage[] {
  const order = layerOrder(graph, roots)
  const uses = usesAmong(graph, order)
  const bringers = broughtBy(graph, roots)
  return order.flatMap((hash) => {
    const node = graph.nodes.get(hash)
    const cached = packages.get(hash)
    if (!node || !cached) return []
    const by = bringers.get(hash)
    const edge: PackageEdge = by ? { kind: 'needed', ...by } : { kind: 'root' }
    return [{ node, cached, edge, neededBy: uses.get(hash) ?? [] }]
  })
}

/** What the run-time closure of the roots has and the cache lacks, dependencies that it does not even describe included. */
function missingOf({ graph, packages, unusable }: Composition, roots: readonly string[]): MissingPackage[] {
  const needed = closure(graph, roots, runTimeTypes)
  const uses = usesAmong(graph, needed)
  const missing = [...new Set([...roots, ...needed, ...uses.keys()])].flatMap((hash): MissingPackage[] => {
    const node = graph.nodes.get(hash)
    const root = roots.includes(hash)
    if (packages.has(hash) || (node?.external && !root)) return []
    const by = uses.get(hash) ?? []
    const edgeName = by[0]?.by.edges.find((edge) => edge.hash === hash)?.name
    const name = node ? nameOf(node) : `${edgeName ?? ''}/${hash.slice(0, 7)}`
    const why = node?.external ? 'it is external: not built by Spack' : unusable?.get(hash)
    return [{ hash, name, why, root, neededBy: [...new Set(by.map((use) => use.by.name))].sort() }]
  })
  return missing.sort((a, b) => (a.name === b.name ? 0 : a.name < b.name ? -1 : 1))
}

/** Go's name of the architecture that packages are for; amd64 where nothing is known of them. */
export function architectureOf(graph: SpecGraph, roots: readonly string[]): string {
  const node = roots.map((hash) => graph.nodes.get(hash)).find((one) => one !== undefined)
  const target = node && targetOf(node)
  return target ? goArchitecture(targetFamily(target.name, target.parents)) : 'amd64'
}

/** The layers as they go into the manifest; undefined while a merged one is missing. */
function imageLayers(
  layers: readonly BudgetLayer[],
  merged: ReadonlyMap<Digest, ImageLayer>,
): readonly ImageLayer[] | undefined {
  const found = layers.map((layer) => (layer.kind === 'package' ? layer.item.layer : merged.get(layer.key)))
  return found.every((layer) => layer !== undefined) ? found : undefined
}

/**
 * The image's own words about itself (OCI image specification, `annotations.md`). A Docker manifest has no place for
 * annotations; there they become labels. A folder's name is nobody's business but ours.
 */
function describing(
  { settings, title, created, baseNamed = true }: ComposeOptions,
  base: BaseImage | undefined,
): Pick<Parameters<typeof assembleImage>[0], 'settings' | 'annotations'> {
  const name =
    baseNamed && base?.reference.kind === 'registry' ? imageName({ ...base.reference, digest: undefined }) : undefined
  const words = {
    ...(title !== undefined && { 'org.opencontainers.image.title': title }),
    ...(created !== undefined && { 'org.opencontainers.image.created': created }),
    ...(base && baseNamed && { 'org.opencontainers.image.base.digest': base.digest }),
    ...(name !== undefined && { 'org.opencontainers.image.base.name': name }),
  }
  if (Object.keys(words).length === 0) return { settings }
  if (base?.format !== 'docker') return { settings, annotations: words }
  return { settings: { ...settings, labels: { ...words, ...settings?.labels } } }
}

function sumsOf(
  packages: readonly ComposedPackage[],
  baseLayers: readonly { readonly size: number }[],
  budget: BudgetPlan,
  layers: readonly ImageLayer[] | undefined,
): CompositionSums {
  const total = (sized: readonly { readonly size: number }[]): number => sized.reduce((sum, { size }) => sum + size, 0)
  const baseBytes = total(baseLayers)
  const packageBytes = total(packages.map(({ cached }) => cached.layer))
  return {
    roots: packages.filter((one) => one.edge.kind === 'root').length,
    packages: packages.length,
    baseLayers: baseLayers.length,
    layers: budget.count,
    layerLimit: budget.limit,
    baseBytes,
    packageBytes,
    bytes: baseBytes + (layers ? total(layers) : packageBytes),
    bytesToMerge: layers ? 0 : budget.mergedBytes,
  }
}
