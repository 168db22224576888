import { scratchBase } from '../../api/base-images.ts'
import type { ComposeRequest } from '../../api/compose.ts'
import { architectureOf, type ComposedImage, compose } from '../../image/compose.ts'
import type { Composition } from '../../image/composition.ts'
import { closure, runTimeTypes } from '../../spack/spec/graph.ts'
import { usesAmong } from '../../spack/spec/uses.ts'
import { StrataError } from '../../support/errors.ts'
import type { RemotePackage } from '../remote-package.ts'
import { type BaseReading, type CacheReading, type CacheView, cachedPackage } from './cache-reading.ts'
import { mergedLayer } from './merged-layer.ts'
import { openTag } from './opened.ts'
import type { OnComposeProgress } from './progress.ts'
import { type ResolvedRoot, resolveRoots } from './roots.ts'

/** Everything that a composition is made from, and what comes of it. */
export interface Gathered {
  readonly view: CacheView
  readonly roots: readonly ResolvedRoot[]
  readonly base: BaseReading | undefined
  /** Why the base that was asked for cannot be had. */
  readonly baseError: StrataError | undefined
  /** DAG hash → the manifest that the package's tag names. */
  readonly manifests: ReadonlyMap<string, string>
  readonly composition: Composition
  readonly composed: ComposedImage
}

export interface GatherOptions {
  /** How old, in milliseconds, what is known of a base image's tag may be. */
  readonly maxBaseAge: number
  readonly onProgress?: OnComposeProgress
  /** Packages whose layers the cache has lost, with the reason in a few words. */
  readonly unusable?: ReadonlyMap<string, string>
}

/**
 * Reads what a composition needs and composes it. What is wrong with roots and base is part of the answer; throws what a
 * registry answers that cannot be asked for the cache's packages.
 */
export async function gather(
  reading: CacheReading,
  request: ComposeRequest,
  { maxBaseAge, unusable = new Map(), onProgress }: GatherOptions,
): Promise<Gathered> {
  const view = await reading.view()
  const { graph } = view.catalog
  const roots = resolveRoots(request.roots, view.catalog)
  const hashes = roots.flatMap(({ hash }) => hash ?? [])
  const [packages, base] = await Promise.all([
    readPackages(reading, view, hashes),
    readBase(reading, view, request, hashes, { maxBaseAge, onProgress }),
  ])
  const usable = [...packages].flatMap(([hash, one]) => {
    return one.kind === 'present' && !unusable.has(hash) ? [[hash, one] as const] : []
  })
  const uses = usesAmong(graph, packages.keys())
  const composition: Composition = {
    graph,
    packages: new Map(usable.map(([hash, one]) => [hash, cachedPackage(one, uses.get(hash)?.length ?? 0)])),
    unusable: new Map([
      ...[...packages].flatMap(([hash, one]) => (one.kind === 'unusable' ? [[hash, one.why] as const] : [])),
      ...unusable,
    ]),
    roots: hashes,
    base: base instanceof StrataError ? undefined : base?.image,
    options: {
      ...request,
      baseNamed: !(base instanceof StrataError) && (base?.named ?? true),
      ociForm: request.ociForm || goesIntoFolder(reading, request),
    },
  }
  return {
    view,
    roots,
    base: base instanceof StrataError ? undefined : base,
    baseError: base instanceof StrataError ? base : undefined,
    manifests: new Map(usable.map(([hash, { digest }]) => [hash, digest])),
    composition,
    composed: await composeWithMerged(reading, composition),
  }
}

/** What the cache has of the roots and of all that they need at run time. */
async function readPackages(
  reading: CacheReading,
  view: CacheView,
  roots: readonly string[],
): Promise<ReadonlyMap<string, RemotePackage>> {
  const { graph, tags } = view.catalog
  const wanted = [...closure(graph, roots, runTimeTypes)].filter((hash) => tags.has(hash))
  const found = await Promise.all(wanted.map(async (hash) => [hash, await reading.package(view, hash)] as const))
  return new Map(found)
}

/** The base, none, or why it cannot be had. Its architecture is the packages': of the cache's, when none is chosen yet. */
async function readBase(
  reading: CacheReading,
  view: CacheView,
  { base, baseOf }: ComposeRequest,
  roots: readonly string[],
  { maxBaseAge: maxAge, onProgress }: GatherOptions,
): Promise<BaseReading | StrataError | undefined> {
  const { graph, tags } = view.catalog
  const architecture = architectureOf(graph, roots.length > 0 ? roots : [...tags.keys()].slice(0, 1))
  try {
    if (baseOf !== undefined && base !== undefined) {
      return new StrataError('usage', 'a base image is named, and an image to take the base of: only one can be', {
        hint: 'Give --base-image or --base-of.',
      })
    }
    if (baseOf !== undefined) {
      return await reading.baseOf(baseOf, maxAge, async () => (await openTag(reading, view, baseOf)).base)
    }
    if (base === undefined || base === scratchBase) return undefined
    return await reading.base(base, architecture, maxAge, onProgress)
  } catch (error) {
    if (error instanceof StrataError && error.code !== 'cancelled') return error
    throw error
  }
}

async function composeWithMerged(reading: CacheReading, composition: Composition): Promise<ComposedImage> {
  const composed = compose(composition)
  const merged = composed.budget.layers.find((layer) => layer.kind === 'merged')
  const made = merged && (await mergedLayer(reading.store, merged))
  return merged && made ? compose(composition, new Map([[merged.key, made]])) : composed
}

/** A folder speaks OCI: skopeo and podman do not see Docker's manifests there. */
function goesIntoFolder({ repository }: CacheReading, { to }: ComposeRequest): boolean {
  return to === undefined ? repository.reference.kind === 'layout' : to.startsWith('oci-layout:')
}
