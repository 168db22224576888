import type { CatalogPackage } from '../../api/catalog.ts'
import { imageMediaTypes, packagesMergedInto } from '../../image/assemble.ts'
import { type ImageManifest, parseManifest } from '../../image/document.ts'
import { type BlobDescriptor, type Digest, isDigest } from '../../registry/digest.ts'
import { parseObject } from '../../registry/media-types.ts'
import type { Manifest } from '../../registry/repository.ts'
import { asObject, asString, asStrings, type JsonObject } from '../../spack/json.ts'
import type { SpecNode } from '../../spack/spec/graph.ts'
import { checkSpecVersion, readNodes } from '../../spack/spec/read-nodes.ts'
import { StrataError } from '../../support/errors.ts'
import { describePackage } from '../describe-package.ts'
import { packedAt, timeOf } from '../made-at.ts'

/**
 * What one manifest and its config say by themselves: whatever tag they are under, whatever else the repository holds.
 * It follows from the digest, so it is worked out once ever.
 */
export interface ImageFacts {
  readonly digest: Digest
  readonly mediaType: string
  readonly kind: 'package' | 'image' | 'platforms' | 'chart' | 'signature' | 'attestation' | 'artifact' | 'damaged'
  /** What is wrong with it. */
  readonly problem?: string
  /** What it is, where the kind says too little: a Helm chart's or an artifact's type. */
  readonly words?: string
  readonly package?: CatalogPackage
  /** `linux/amd64`; of an image index all of them. */
  readonly platform?: string
  /** Milliseconds since 1970. */
  readonly createdAt?: number
  /** Of an image. */
  readonly config?: BlobDescriptor
  /** As in the manifest, base first; `packages`: DAG hashes of those that a merged layer says it holds. */
  readonly layers: readonly { readonly digest: Digest; readonly bytes: number; readonly packages?: readonly string[] }[]
  /** Of an image index the manifests that it lists. */
  readonly images: readonly Digest[]
  /** DAG hashes of the packages whose prefixes its environment variables name. */
  readonly named: readonly string[]
}

/** What a config blob is asked for: everything else under a manifest is not ours to understand. */
const imageConfigs: readonly string[] = [imageMediaTypes.oci.config, imageMediaTypes.docker.config]

/** Kinds of manifests by the media types of their layers: cosign gives these an image's config. */
const kindsByLayer: readonly (readonly [RegExp, ImageFacts['kind']])[] = [
  [/^application\/vnd\.dev\.cosign\.simplesigning\b/, 'signature'],
  [/^application\/vnd\.(in-toto|dsse)\b|^application\/vnd\.in-toto\+json$/, 'attestation'],
]

/** The same by what a manifest says of itself. */
const kindsByType: readonly (readonly [RegExp, ImageFacts['kind']])[] = [
  [/^application\/vnd\.cncf\.helm\./, 'chart'],
  [/^application\/vnd\.(cncf\.notary\.signature|dev\.cosign\.artifact\.sig|dev\.sigstore\.bundle)/, 'signature'],
  [/in-toto|dsse|attest/, 'attestation'],
]

/**
 * Reads a manifest; `readConfig` is called for an image's config alone. Damage is part of the answer.
 * Throws what `readConfig` throws.
 */
export async function factsOf(
  manifest: Manifest,
  readConfig: (config: BlobDescriptor) => Promise<Buffer>,
): Promise<ImageFacts> {
  const { digest, mediaType } = manifest
  const bare = { digest, mediaType, layers: [], images: [], named: [] }
  let document: ReturnType<typeof parseManifest>
  try {
    document = parseManifest(manifest.bytes, 'its manifest')
  } catch (error) {
    if (!(error instanceof StrataError)) throw error
    return { ...bare, kind: 'damaged', problem: error.message }
  }
  if (document.kind === 'index') {
    const { manifests } = document.index
    const platforms = manifests.flatMap((one) => (one.platform ? [platformName(one.platform)] : []))
    const known = [...new Set(platforms)].filter((name) => !name.startsWith('unknown'))
    const images = manifests.map((one) => one.digest)
    return { ...bare, kind: 'platforms', images, platform: known.length > 0 ? known.join(', ') : undefined }
  }
  const { config, layers, annotations } = document.manifest
  const createdAt = timeOf(annotations?.['org.opencontainers.image.created'])
  const facts = { ...bare, createdAt, layers: layers.map(layerFacts) }
  const foreign = foreignKind(document.manifest)
  if (foreign) return { ...facts, ...foreign }
  const { digest: configDigest, size } = config
  const found = configFacts(await readConfig(config), layers.length, annotations)
  return { ...facts, config: { digest: configDigest, size }, ...found }
}

function layerFacts(layer: ImageManifest['layers'][number]): ImageFacts['layers'][number] {
  const packages = packagesMergedInto(layer)
  return { digest: layer.digest, bytes: layer.size, ...(packages.length > 0 && { packages }) }
}

/** What is no image: by its layers, its `artifactType` or its config's type. */
function foreignKind(manifest: ImageManifest): Pick<ImageFacts, 'kind' | 'words'> | undefined {
  const { config, layers } = manifest
  for (const [pattern, kind] of kindsByLayer) {
    if (layers.length > 0 && layers.every((layer) => pattern.test(layer.mediaType))) return { kind }
  }
  const type = asString(manifest.artifactType) ?? config.mediaType
  if (imageConfigs.includes(type) || type === '') return undefined
  const kind = kindsByType.find(([pattern]) => pattern.test(type))?.[1] ?? 'artifact'
  return { kind, words: `${kindWords[kind]} (${type})` }
}

const kindWords: Readonly<Record<ImageFacts['kind'], string>> = {
  package: 'a Spack package',
  image: 'an image',
  platforms: 'an image index',
  chart: 'a Helm chart',
  signature: 'a signature',
  attestation: 'an attestation',
  artifact: 'an artifact',
  damaged: 'damaged',
}

type ConfigFacts = Pick<ImageFacts, 'kind' | 'problem' | 'words' | 'package' | 'platform' | 'createdAt' | 'named'>

function configFacts(
  bytes: Buffer,
  layers: number,
  annotations: Readonly<Record<string, string>> | undefined,
): ConfigFacts {
  const config = asObject(parseObject(bytes))
  if (!config) return { kind: 'damaged', problem: 'its config is not a JSON object', named: [] }
  const platform = platformOf(config)
  if (config.spec !== undefined) {
    return { platform, createdAt: packedAt(config, annotations), ...packageFacts(config, layers) }
  }
  const createdAt = timeOf(asString(config.created)) ?? timeOf(annotations?.['org.opencontainers.image.created'])
  const common = { platform, createdAt }
  if (platform === undefined && layers > 0 && config.rootfs === undefined) {
    return { ...common, kind: 'artifact', words: 'an artifact whose config describes no image', named: [] }
  }
  return { ...common, kind: 'image', named: hashesNamed(asStrings(asObject(config.config)?.Env)) }
}

function packageFacts(config: JsonObject, layers: number): Pick<ImageFacts, 'kind' | 'problem' | 'package' | 'named'> {
  const damaged = (problem: string): ReturnType<typeof packageFacts> => ({ kind: 'damaged', problem, named: [] })
  const found = specOf(config)
  if (!found) return damaged('its config holds a spec that cannot be read')
  const { root, specVersion } = found
  if (layers === 0) return damaged('its image has no layers')
  const layoutVersion = config.buildcache_layout_version
  return {
    kind: 'package',
    problem: tooNew(specVersion),
    package: {
      ...describePackage(root),
      specVersion,
      layoutVersion: typeof layoutVersion === 'number' ? layoutVersion : undefined,
    },
    named: [],
  }
}

/** The spec of a package's config: its root, every node and their version; undefined when it is none. */
export function specOf(
  config: JsonObject,
): { root: SpecNode; nodes: readonly SpecNode[]; specVersion: number } | undefined {
  const spec = asObject(config.spec)
  const stored: unknown = spec?.nodes
  const version = asObject(spec?._meta)?.version
  if (!Array.isArray(stored) || typeof version !== 'number') return undefined
  try {
    const entries = stored.map((node: unknown) => [asString(asObject(node)?.hash) ?? '', node] as const)
    const nodes = [...readNodes(entries, 'its config', () => version).nodes.values()]
    const [root] = nodes
    return root && root.hash !== '' ? { root, nodes, specVersion: version } : undefined
  } catch (error) {
    if (error instanceof StrataError) return undefined
    throw error
  }
}

function tooNew(specVersion: number): string | undefined {
  try {
    checkSpecVersion(specVersion, 'it')
    return undefined
  } catch (error) {
    return error instanceof StrataError ? error.message : String(error)
  }
}

function platformOf(config: JsonObject): string | undefined {
  const [os, architecture] = [asString(config.os), asString(config.architecture)]
  if (!os || !architecture) return undefined
  return platformName({ os, architecture, variant: config.variant, 'os.version': config['os.version'] })
}

/** `linux/arm64/v8`, `windows/amd64 10.0.20348.2227` (OCI image specification, "platform"). */
export function platformName(platform: {
  readonly os: string
  readonly architecture: string
  readonly variant?: unknown
  readonly 'os.version'?: unknown
}): string {
  const variant = asString(platform.variant)
  const version = asString(platform['os.version'])
  const name = [platform.os, platform.architecture, ...(variant ? [variant] : [])].join('/')
  return version ? `${name} ${version}` : name
}

/** Spack's default projection ends a prefix with the DAG hash: 32 letters and digits of base32. */
function hashesNamed(env: readonly string[]): readonly string[] {
  const found = env.flatMap((entry) => [...entry.matchAll(/-([a-z2-7]{32})(?=[/:]|$)/g)].map((one) => one[1] ?? ''))
  return [...new Set(found)]
}

/** What a file of ours holds was checked when it was written; this only guards against another form of it. */
export function isFacts(value: unknown): value is ImageFacts {
  const facts = asObject(value)
  return isDigest(facts?.digest) && typeof facts?.kind === 'string' && Array.isArray(facts.layers)
}
