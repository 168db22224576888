import { isDigest } from '../registry/digest.ts'
import { parseReference, type Reference } from '../registry/reference.ts'
import { closure, layerOrder, runTimeTypes, type SpecGraph, type SpecNode } from '../spack/spec/graph.ts'
import { usesAmong } from '../spack/spec/uses.ts'
import { StrataError } from '../support/errors.ts'
import type { BaseImage, ImageFormat } from './base.ts'
import type { CachedPackage, ComposeOptions } from './composition.ts'
import type { ImageConfig, ImageManifest } from './document.ts'
import { type Variables, variablesOf } from './environment.ts'
import { isSystemFolder, listSeparator } from './merged-variables.ts'

/** An image as it was found, to be composed anew. */
export interface ImageToOpen {
  readonly reference: Reference
  readonly digest: string
  readonly format: ImageFormat
  readonly manifest: ImageManifest
  readonly config: ImageConfig
}

/** What an image turns out to be made of. */
export interface OpenedImage {
  /** In the order of the layers. */
  readonly packages: readonly SpecNode[]
  /** DAG hashes: packages that no other in the image needs, in the order that gives these layers again. */
  readonly roots: readonly string[]
  /**
   * What lies below the packages, as a base image of its own; its blobs are in the image's repository. Undefined when
   * the packages begin at the bottom.
   */
  readonly base: BaseImage | undefined
  /** Layers above the base that are no known package's: they are left out when the image is composed anew. */
  readonly unknown: readonly { readonly position: number; readonly digest: string; readonly size: number }[]
  /** Its variables less what its packages say. */
  readonly variables: Variables
  /** What the image says of itself in annotations. */
  readonly options: Pick<ComposeOptions, 'title' | 'created' | 'baseNamed'>
}

/**
 * Takes an image apart: its packages by their layers, what lies below them as its base, what is neither.
 *
 * `packagesOf` tells which packages a layer holds: one for a package's own, several for a merged layer that is
 * remembered, none for anything else. The base is everything below the first package; its variables are those of the
 * image without what its packages say. Throws `manifest-invalid` when config and manifest disagree on the layers.
 */
export function openImage(
  image: ImageToOpen,
  cache: {
    readonly graph: SpecGraph
    readonly packages: ReadonlyMap<string, CachedPackage>
    readonly packagesOf: ReadonlyMap<string, readonly string[]>
  },
): OpenedImage {
  const { manifest, config } = image
  if (config.rootfs.diff_ids.length !== manifest.layers.length) {
    throw new StrataError('manifest-invalid', 'the image’s config and its manifest disagree on layers')
  }
  const contents = manifest.layers.map((layer) => {
    return (cache.packagesOf.get(layer.digest) ?? []).flatMap((hash) => cache.graph.nodes.get(hash) ?? [])
  })
  const first = contents.findIndex((nodes) => nodes.length > 0)
  const baseLayers = first === -1 ? manifest.layers.length : first
  const packages = [...new Map(contents.flat().map((node) => [node.hash, node])).values()]
  const annotations = manifest.annotations ?? {}
  const said = packages.flatMap(({ hash }) => [...variablesOf(cache.packages.get(hash)?.env ?? [])])
  const env = withoutPackages(config.config?.Env ?? [], said)
  return {
    packages,
    roots: rootsOf(
      cache.graph,
      packages,
      contents.some((nodes) => nodes.length > 1),
    ),
    base: baseLayers === 0 ? undefined : basePart(image, baseLayers, env),
    unknown: manifest.layers.flatMap(({ digest, size }, position) =>
      position >= baseLayers && contents[position]?.length === 0 ? [{ position, digest, size }] : [],
    ),
    variables: variablesOf(env),
    options: {
      title: annotations['org.opencontainers.image.title'],
      created: annotations['org.opencontainers.image.created'],
      baseNamed: namedBase(image) !== undefined,
    },
  }
}

/**
 * Packages that none of the others needs, in the order that gives the image's layers again; and where that takes it, some
 * that are needed as well: Spack 0.2x lays a root with its dependencies down before the next root's.
 */
function rootsOf(graph: SpecGraph, packages: readonly SpecNode[], isMerged: boolean): readonly string[] {
  const hashes = packages.map((node) => node.hash)
  const needed = usesAmong(graph, hashes)
  const upward = hashes.filter((hash) => !needed.has(hash))
  // Spack 1.x lays the first root down last. Its order does not depend on roots that others need.
  if (graph.specVersion >= 5) return upward.reverse()
  // In what order merged packages were asked for is not to be seen.
  if (isMerged) return upward
  const roots = new Set(upward)
  const inOrder = (): string[] => hashes.filter((hash) => roots.has(hash))
  for (;;) {
    const differs = firstDifference(layerOrder(graph, inOrder()), hashes)
    const late = hashes[differs]
    if (late === undefined) return inOrder()
    // The largest that brings what is late, and everything up to itself as it is in the image.
    const earlier = hashes.findLast((hash, at) => {
      if (at < differs || roots.has(hash) || !closure(graph, [hash], runTimeTypes).has(late)) return false
      const order = layerOrder(
        graph,
        hashes.filter((one) => one === hash || roots.has(one)),
      )
      return firstDifference(order, hashes) > at
    })
    if (earlier === undefined) return upward
    roots.add(earlier)
  }
}

function firstDifference(order: readonly string[], wanted: readonly string[]): number {
  const at = wanted.findIndex((hash, i) => order[i] !== hash)
  return at < 0 ? wanted.length : at
}

/** The lower layers as an image: what a container does and is called stays with them, as everything on top keeps it. */
function basePart(image: ImageToOpen, layers: number, env: readonly string[]): BaseImage {
  const { manifest, config, format } = image
  const named = namedBase(image)
  return {
    reference: named?.reference ?? image.reference,
    digest: named?.digest ?? image.digest,
    architecture: config.architecture,
    format,
    manifest: { ...manifest, annotations: undefined, layers: manifest.layers.slice(0, layers) },
    config: {
      ...config,
      rootfs: { ...config.rootfs, diff_ids: config.rootfs.diff_ids.slice(0, layers) },
      config: { ...config.config, Env: [...env] },
      ...(config.history && { history: historyOf(config.history, layers) }),
    },
  }
}

/** An image's variables less what its packages say: entries of path-like ones, and whole values. */
function withoutPackages(env: readonly string[], said: readonly (readonly [string, string])[]): string[] {
  const valuesOf = new Map<string, string[]>()
  for (const [name, value] of said) valuesOf.set(name, [...(valuesOf.get(name) ?? []), value])
  return [...variablesOf(env)].flatMap(([name, value]) => {
    const values = valuesOf.get(name) ?? []
    const separator = listSeparator(name, [value, ...values])
    if (!separator) return values.includes(value) ? [] : [`${name}=${value}`]
    const theirs = new Set(values.flatMap((one) => one.split(separator)).filter((entry) => !isSystemFolder(entry)))
    const kept = value.split(separator).filter((entry) => !theirs.has(entry))
    return kept.length === 0 ? [] : [`${name}=${kept.join(separator)}`]
  })
}

/** The history of the lowest layers, with the steps between them that made none. */
function historyOf(history: NonNullable<ImageConfig['history']>, layers: number): NonNullable<ImageConfig['history']> {
  let seen = 0
  return history.filter((step) => {
    if (step.empty_layer !== true) seen += 1
    return seen <= layers
  })
}

/** The base image that an image says it has, in annotations or, as a Docker image, in labels. */
function namedBase({ manifest, config }: ImageToOpen): Pick<BaseImage, 'reference' | 'digest'> | undefined {
  const labels: unknown = config.config?.Labels
  const words: Readonly<Record<string, unknown>> = {
    ...(typeof labels === 'object' && labels),
    ...manifest.annotations,
  }
  const name = words['org.opencontainers.image.base.name']
  const digest = words['org.opencontainers.image.base.digest']
  if (typeof name !== 'string' || !isDigest(digest)) return undefined
  try {
    return { reference: parseReference(name), digest }
  } catch {
    return undefined
  }
}
