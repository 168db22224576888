import type { CatalogPackage, ImageDetail, ImageLayer } from '../../api/catalog.ts'
import type { Parsed } from '../../api/contract.ts'
import type { ImageManifest } from '../../image/document.ts'
import { isDigest } from '../../registry/digest.ts'
import { formatReference, imageName, type Reference } from '../../registry/reference.ts'
import type { Referrer } from '../../registry/repository.ts'
import { asObject, asString, asStrings, type JsonObject } from '../../spack/json.ts'
import { browseCommand } from './command.ts'
import type { ImageFacts } from './facts.ts'
import { kindOfTag } from './kind.ts'
import { bytesOf, type Known } from './rows.ts'
import { stackOf } from './stack.ts'
import type { Usage } from './usage.ts'

/** Everything that was read to describe one image. */
export interface Looked {
  readonly request: Parsed<'image.show'>
  /** The repository's. */
  readonly reference: Reference
  readonly facts: ImageFacts
  readonly annotations: Readonly<Record<string, string>>
  /** Absent for an image index and for what is damaged. */
  readonly manifest: ImageManifest | undefined
  readonly config: JsonObject | undefined
  readonly known: Known
  /** Of an image index those that could be read. */
  readonly images: readonly ImageFacts[]
  readonly usage: Usage
  /** The package of each layer, where one is known. */
  readonly packages: readonly (CatalogPackage | undefined)[]
  /** The packages in each layer that several are merged into, and the bytes of the layer that each has of its own. */
  readonly merged: readonly (readonly { readonly package: CatalogPackage; readonly bytes: number }[])[]
  /** Every package that the image's specs name. */
  readonly graph: readonly CatalogPackage[]
  readonly referrers: readonly Referrer[]
  readonly unpacked: number | undefined
}

/** Other tags that are named with a layer; the rest is a count. */
const NAMED = 50

/** One image in the contract's words. Pure. */
export function describeImage(looked: Looked): ImageDetail {
  const { request, reference, facts, annotations, known, usage, graph } = looked
  const tag = isDigest(request.tag) ? undefined : request.tag
  const { kind, problem } = kindOfTag(tag, facts, known.packages)
  const layers = layersOf(looked, tag, kind)
  const baseLayers = layers.filter((layer) => layer.kind === 'base').length
  return {
    repository: formatReference(reference),
    tag,
    reference: imageName({ ...reference, ...(tag === undefined ? { digest: facts.digest } : { tag }) }),
    digest: facts.digest,
    mediaType: facts.mediaType,
    kind,
    problem: problem ?? facts.words,
    platforms: facts.images.map((digest) => platformEntry(digest, looked)),
    platform: facts.platform,
    createdAt: facts.createdAt,
    config: looked.config && describeConfig(looked.config),
    annotations: { ...annotations },
    package: facts.package,
    packages: [...graph],
    base: baseLayers === 0 ? undefined : { ...baseName(annotations), layers: baseLayers },
    layers,
    stack: stackOf(layers, graph, baseName(annotations).name),
    sums: sumsOf(layers, looked.unpacked),
    sameDigest: (usage.manifests.get(facts.digest) ?? []).filter((other) => other !== tag),
    referrers: referrersOf(looked),
    command: browseCommand(['show', named(request.repository, request.tag)], request),
  }
}

/** A reference and a tag or digest in one word. */
export function named(repository: string, tagOrDigest: string): string {
  return `${repository}${isDigest(tagOrDigest) ? '@' : ':'}${tagOrDigest}`
}

function layersOf(looked: Looked, tag: string | undefined, kind: ImageDetail['kind']): ImageLayer[] {
  const { manifest, packages, merged, usage, config } = looked
  if (!manifest) return []
  const first = packages.findIndex((one, i) => one !== undefined || holds(merged[i]))
  const onBase = kind === 'package' || kind === 'environment'
  const diffIds = asStrings(asObject(config?.rootfs)?.diff_ids)
  const makers = makersOf(config, manifest.layers.length)
  return manifest.layers.map(({ digest, mediaType, size }, i): ImageLayer => {
    const found = packages[i]
    const others = [...(usage.layers.get(digest) ?? [])].filter((other) => other !== tag).sort()
    return {
      digest,
      diffId: diffIds[i],
      mediaType,
      bytes: size,
      kind: found ? 'package' : holds(merged[i]) ? 'merged' : onBase && i < first ? 'base' : 'other',
      package: found && { hash: found.hash, name: found.name, version: found.version },
      merged: holds(merged[i])
        ? merged[i]?.map(({ package: { hash, name, version }, bytes }) => ({ hash, name, version, bytes }))
        : undefined,
      createdBy: makers[i],
      usedBy: others.slice(0, NAMED),
      usedByCount: others.length,
    }
  })
}

const holds = (merged: Looked['merged'][number] = []): boolean => merged.length > 0

/** What made each layer, by the config's history; nothing where the two do not fit together. */
function makersOf(config: JsonObject | undefined, layers: number): readonly (string | undefined)[] {
  const history: unknown = config?.history
  if (!Array.isArray(history)) return []
  const entries = history.map((entry: unknown) => asObject(entry)).filter((entry) => entry?.empty_layer !== true)
  return entries.length === layers ? entries.map((entry) => asString(entry?.created_by)) : []
}

/** OCI image specification, "Pre-Defined Annotation Keys". */
function baseName(annotations: Looked['annotations']): { readonly name?: string; readonly digest?: string } {
  return {
    name: annotations['org.opencontainers.image.base.name'],
    digest: annotations['org.opencontainers.image.base.digest'],
  }
}

function platformEntry(digest: string, { images, known }: Looked): ImageDetail['platforms'][number] {
  const image = images.find((one) => one.digest === digest)
  if (!image) return { digest, platform: '', kind: 'damaged' }
  const { kind } = kindOfTag(undefined, image, known.packages)
  return { digest, platform: image.platform ?? '', kind, bytes: bytesOf(image.layers) }
}

/** The part of a config that a container is started with (OCI image specification, "config"). */
function describeConfig(document: JsonObject): NonNullable<ImageDetail['config']> {
  const config = asObject(document.config) ?? {}
  const labels = Object.entries(asObject(config.Labels) ?? {})
  return {
    env: [...asStrings(config.Env)],
    entrypoint: [...asStrings(config.Entrypoint)],
    command: [...asStrings(config.Cmd)],
    workingDirectory: asString(config.WorkingDir) || undefined,
    user: asString(config.User) || undefined,
    labels: Object.fromEntries(labels.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []))),
    ports: Object.keys(asObject(config.ExposedPorts) ?? {}),
  }
}

function sumsOf(layers: readonly ImageLayer[], unpackedBytes: number | undefined): ImageDetail['sums'] {
  const shared = layers.filter((layer) => layer.usedByCount > 0)
  const [bytes, sharedBytes] = [bytesOf(layers), bytesOf(shared)]
  return { bytes, sharedBytes, uniqueBytes: bytes - sharedBytes, unpackedBytes }
}

/** Those that name it as their subject, and what cosign puts beside it under a tag made of the digest. */
function referrersOf({ facts, referrers, known }: Looked): ImageDetail['referrers'] {
  const listed = referrers.map(({ digest, artifactType, size }) => ({
    digest: digest as string,
    artifactType,
    bytes: size,
  }))
  const beside = ['sig', 'att', 'sbom'].flatMap((suffix) => {
    const reading = known.readings.get(`${facts.digest.replace(':', '-')}.${suffix}`)
    if (reading?.kind !== 'read' || listed.some((one) => one.digest === reading.facts.digest)) return []
    return [
      {
        digest: reading.facts.digest as string,
        artifactType: `cosign ${suffix}`,
        bytes: bytesOf(reading.facts.layers),
      },
    ]
  })
  return [...listed, ...beside]
}
