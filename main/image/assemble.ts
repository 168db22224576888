import type { ImageSettings as EffectiveSettings } from '../api/compose.ts'
import { type Digest, digestOf } from '../registry/digest.ts'
import { mediaTypes, ociMediaType } from '../registry/media-types.ts'
import { asObject } from '../spack/json.ts'
import type { BaseImage, ImageFormat } from './base.ts'
import type { ImageConfig, ImageManifest } from './document.ts'

/** One package's layer as it goes into an image. */
export interface ImageLayer {
  readonly digest: Digest
  /** Compressed bytes. */
  readonly size: number
  /** Digest of the uncompressed tar. */
  readonly diffId: string
  /** For the history of a base image that has one: `cowsay@3.03`. */
  readonly title: string
  /** Of a layer that several packages are merged into, their DAG hashes in the image's order: the image says so, and can be taken apart again. */
  readonly packages?: readonly string[]
}

/** Annotation of a merged layer's descriptor: the DAG hashes of the packages in it, parted by blanks. */
const packagesAnnotation = 'io.github.strata.packages'

/** DAG hashes of the packages that a merged layer says it holds; none for any other layer. */
export function packagesMergedInto(layer: ImageManifest['layers'][number]): readonly string[] {
  const hashes = asObject(layer.annotations)?.[packagesAnnotation]
  return typeof hashes === 'string' ? hashes.split(' ') : []
}

export interface AssembledImage {
  readonly config: { readonly bytes: Buffer; readonly digest: Digest; readonly size: number }
  readonly manifest: { readonly bytes: Buffer; readonly digest: Digest; readonly mediaType: string }
}

/** Media types of an image's parts in each of the two families (formats.md, "One package in an OCI build cache"). */
export const imageMediaTypes = {
  oci: {
    manifest: mediaTypes.ociManifest,
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  },
  docker: {
    manifest: mediaTypes.dockerManifest,
    config: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  },
} as const satisfies Record<ImageFormat, unknown>

/** What a container of the image does and is called; what is left out stays as the base image has it. */
export interface ImageSettings {
  readonly labels?: Readonly<Record<string, string>>
  /** Without a command of its own, the base image's command goes with its entry point, as in a Dockerfile. */
  readonly entrypoint?: readonly string[]
  readonly command?: readonly string[]
  readonly workingDirectory?: string
  /** `user`, `uid`, `user:group` or `uid:gid`. */
  readonly user?: string
}

/** A base image with OCI's media types throughout. Docker schema 2 differs in nothing else: the blobs stay as they are. */
export function inOciForm(base: BaseImage): BaseImage {
  const rename = <T extends { readonly mediaType: string }>(part: T): T => {
    return { ...part, mediaType: ociMediaType(part.mediaType) }
  }
  const { config, layers } = base.manifest
  return { ...base, format: 'oci', manifest: { ...base.manifest, config: rename(config), layers: layers.map(rename) } }
}

/**
 * Puts packages' layers on a base image (or on nothing): config and manifest as Spack writes them
 * (`_oci_put_manifest` in Spack's `binary_distribution.py`). The same input gives the same bytes: no time, no random.
 *
 * `extra` are further top-level keys of the config (`spec` and its company for a package); `annotations` are left out
 * of a Docker manifest, which has no place for them.
 */
export function assembleImage(parts: {
  readonly base: BaseImage | undefined
  /** Go's name, for an image without a base. */
  readonly architecture: string
  readonly layers: readonly ImageLayer[]
  readonly env: ReadonlyMap<string, string>
  readonly settings?: ImageSettings
  /** RFC 3339; the same input gives the same bytes, so there is none unless it is given. */
  readonly created?: string
  readonly extra?: Readonly<Record<string, unknown>>
  readonly annotations?: Readonly<Record<string, string>>
}): AssembledImage {
  const { base, layers, env } = parts
  const format = base?.format ?? 'oci'
  const types = imageMediaTypes[format]
  const from: ImageConfig = base?.config ?? {
    architecture: parts.architecture,
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [] },
  }
  const config = {
    ...from,
    rootfs: { ...from.rootfs, diff_ids: [...from.rootfs.diff_ids, ...layers.map((layer) => layer.diffId)] },
    config: {
      ...from.config,
      Env: [...env].map(([name, value]) => `${name}=${value}`),
      ...settingKeys(parts.settings ?? {}, from.config?.Labels),
    },
    ...(parts.created !== undefined && { created: parts.created }),
    // A history that covers some layers only would be a wrong one; a base without history stays without.
    ...(from.history && { history: [...from.history, ...layers.map(historyEntry)] }),
    ...parts.extra,
  }
  const configBytes = Buffer.from(JSON.stringify(config))
  const configDigest = digestOf(configBytes)
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: {
      mediaType: base?.manifest.config.mediaType ?? types.config,
      digest: configDigest,
      size: configBytes.length,
    },
    layers: [
      ...(base?.manifest.layers ?? []),
      // Readers of Docker's manifests pass over what they do not know.
      ...layers.map(({ digest, size, packages }) => ({
        ...{ mediaType: types.layer, digest, size },
        ...(packages && { annotations: { [packagesAnnotation]: packages.join(' ') } }),
      })),
    ],
    ...(format === 'oci' && parts.annotations && { annotations: sortedByName(parts.annotations) }),
  }
  const manifestBytes = Buffer.from(JSON.stringify(manifest))
  return {
    config: { bytes: configBytes, digest: configDigest, size: configBytes.length },
    manifest: { bytes: manifestBytes, digest: digestOf(manifestBytes), mediaType: types.manifest },
  }
}

/** What a container of the image does with these settings on that base: an entry point takes the base's command away. */
export function effectiveSettings(base: ImageConfig | undefined, settings: ImageSettings = {}): EffectiveSettings {
  const keys: Readonly<Record<string, unknown>> = { ...base?.config, ...settingKeys(settings, base?.config?.Labels) }
  return settingsOf(keys)
}

/** What a config's `config` says; what it does not say, or not in the specification's form, is left out. */
export function settingsOf(keys: Readonly<Record<string, unknown>>): EffectiveSettings {
  const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
  const labels = Object.entries(asObject(keys.Labels) ?? {}).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  )
  return {
    labels: labels.length > 0 ? Object.fromEntries(labels) : undefined,
    entrypoint: words(keys.Entrypoint),
    command: words(keys.Cmd),
    workingDirectory: text(keys.WorkingDir),
    user: text(keys.User),
  }
}

function words(value: unknown): string[] | undefined {
  return Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === 'string') ? value : undefined
}

/** The keys of a config's `config` for these settings (OCI image specification, `config.md`). */
function settingKeys(settings: ImageSettings, labelsBelow: unknown): Record<string, unknown> {
  const { labels, entrypoint, command, workingDirectory, user } = settings
  const below = typeof labelsBelow === 'object' && labelsBelow !== null ? labelsBelow : {}
  return {
    ...(labels && { Labels: { ...below, ...sortedByName(labels) } }),
    ...(entrypoint && { Entrypoint: entrypoint, Cmd: undefined }),
    ...(command && { Cmd: command }),
    ...(workingDirectory !== undefined && { WorkingDir: workingDirectory }),
    ...(user !== undefined && { User: user }),
  }
}

/** The order in which a user typed them makes no other image. */
function sortedByName(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function historyEntry(layer: ImageLayer): Record<string, unknown> {
  return { created_by: `spack install ${layer.title}`, comment: 'strata' }
}
