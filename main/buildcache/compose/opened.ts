import { packagesMergedInto } from '../../image/assemble.ts'
import type { CachedPackage } from '../../image/composition.ts'
import { type ImageConfig, type ImageManifest, parseConfig, parseManifest } from '../../image/document.ts'
import { type OpenedImage, openImage } from '../../image/opened-image.ts'
import { isDigest, shortDigest } from '../../registry/digest.ts'
import { mediaTypes } from '../../registry/media-types.ts'
import { formatReference, type Reference } from '../../registry/reference.ts'
import type { Manifest } from '../../registry/repository.ts'
import { closure, runTimeTypes } from '../../spack/spec/graph.ts'
import { StrataError } from '../../support/errors.ts'
import { factsOf, type ImageFacts } from '../browse/facts.ts'
import { readConfigBytes, readManifest } from '../remote-package.ts'
import { nameOfImage } from './base-source.ts'
import { type BaseReading, type CacheReading, type CacheView, cachedPackage } from './cache-reading.ts'

/** An image of the cache's repository, taken apart. */
export interface OpenedTag {
  readonly image: OpenedImage
  readonly manifest: ImageManifest
  readonly config: ImageConfig
  /** DAG hashes of the packages in each layer that holds any. */
  readonly packagesOf: ReadonlyMap<string, readonly string[]>
  /** What lies below its packages; undefined when they begin at the bottom. */
  readonly base: BaseReading | undefined
}

/**
 * Takes an image apart: its packages are found by their layers. Which packages to look at is told by its variables, by
 * what was browsed before and by what its merged layers say; only when that does not explain its layers all packages of the
 * cache are read.
 * Throws `registry-not-found`, `platform-missing` for an image index, whose hint names its images, `usage` for what is no
 * image, and `manifest-invalid` for one that is damaged.
 */
export async function openTag(reading: CacheReading, view: CacheView, tag: string): Promise<OpenedTag> {
  const { repository, store } = reading
  const found = await readManifest(repository, store, tag, { signal: reading.signal })
  if (!found) {
    const where = formatReference({ ...repository.reference, tag: undefined })
    throw new StrataError('registry-not-found', `${where}: there is no image ${tag}`)
  }
  const facts = await factsOf(found, (config) => readConfigBytes(repository, store, config, reading.signal))
  const { manifest, config } = await imageOf(reading, found, facts, tag)
  const known = await findPackages(reading, view, manifest, facts)
  const mediaType = manifest.mediaType ?? found.mediaType
  const reference: Reference = { ...repository.reference, ...(isDigest(tag) ? { digest: tag } : { tag }) }
  const image = openImage(
    {
      reference,
      digest: found.digest,
      format: mediaType === mediaTypes.dockerManifest ? 'docker' : 'oci',
      manifest,
      config,
    },
    { graph: view.catalog.graph, ...known },
  )
  const base = image.base && {
    image: image.base,
    repository,
    name:
      image.base.reference === reference
        ? `the base of ${isDigest(tag) ? shortDigest(tag) : tag}`
        : nameOfImage(image.base.reference),
    named: image.options.baseNamed ?? true,
  }
  return { image, manifest, config, packagesOf: known.packagesOf, base }
}

async function imageOf(
  { repository, store, signal }: CacheReading,
  found: Manifest,
  facts: ImageFacts,
  tag: string,
): Promise<{ readonly manifest: ImageManifest; readonly config: ImageConfig }> {
  if (facts.kind === 'damaged') throw new StrataError('manifest-invalid', `${tag} is damaged: ${facts.problem}`)
  const document = parseManifest(found.bytes, `the manifest of ${tag}`)
  if (document.kind === 'index') {
    const images = document.index.manifests.flatMap(({ platform, digest }) =>
      platform && platform.os !== 'unknown' ? [`${platform.os}/${platform.architecture} ${digest}`] : [],
    )
    throw new StrataError(
      'platform-missing',
      `${tag} is an image index: it holds an image for each of several platforms`,
      {
        hint: `Name one of its images by its digest: ${images.join(', ') || 'there are none'}`,
      },
    )
  }
  if (facts.kind !== 'image' && facts.kind !== 'package') {
    throw new StrataError('usage', `${tag} is ${facts.words ?? `a ${facts.kind}`}: only images can be taken apart`)
  }
  const { manifest } = document
  return { manifest, config: parseConfig(await readConfigBytes(repository, store, manifest.config, signal), tag) }
}

interface KnownPackages {
  readonly packages: ReadonlyMap<string, CachedPackage>
  readonly packagesOf: ReadonlyMap<string, readonly string[]>
}

async function findPackages(
  reading: CacheReading,
  view: CacheView,
  { layers }: ImageManifest,
  facts: ImageFacts,
): Promise<KnownPackages> {
  const { graph, tags } = view.catalog
  const merged = new Map<string, readonly string[]>()
  for (const layer of layers) {
    const hashes = packagesMergedInto(layer)
    if (hashes.length > 0) merged.set(layer.digest, hashes)
  }
  const named = [...facts.named, ...(facts.package ? [facts.package.hash] : []), ...[...merged.values()].flat()]
  const browsed = layers.flatMap(({ digest }) => view.owners.get(digest) ?? [])
  const likely = new Set([...closure(graph, named, runTimeTypes), ...browsed])
  const first = await readOwners(reading, view, [...likely])
  const owners = isExplained(layers, (digest) => merged.has(digest) || first.packagesOf.has(digest))
    ? first
    : await readOwners(reading, view, [...tags.keys()])
  return { packages: owners.packages, packagesOf: new Map([...owners.packagesOf, ...merged]) }
}

/** From the first package's layer on nothing but packages' layers. */
function isExplained(layers: ImageManifest['layers'], isKnown: (digest: string) => boolean): boolean {
  const first = layers.findIndex(({ digest }) => isKnown(digest))
  return first >= 0 && layers.slice(first).every(({ digest }) => isKnown(digest))
}

/** Whose layers these packages' are. What cannot be read has none. */
async function readOwners(reading: CacheReading, view: CacheView, hashes: readonly string[]): Promise<KnownPackages> {
  const packages = new Map<string, CachedPackage>()
  const packagesOf = new Map<string, readonly string[]>()
  await Promise.all(
    hashes.map(async (hash) => {
      const found = await reading.package(view, hash)
      if (found.kind !== 'present') return
      packages.set(hash, cachedPackage(found, 0))
      packagesOf.set(found.layer.digest, [hash])
    }),
  )
  return { packages, packagesOf }
}
