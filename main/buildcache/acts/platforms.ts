import { parseConfig, parseManifest } from '../../image/document.ts'
import { mediaTypes } from '../../registry/media-types.ts'
import type { Manifest, Repository } from '../../registry/repository.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { StrataError } from '../../support/errors.ts'
import { platformName } from '../browse/facts.ts'
import { readConfigBytes, readManifest } from '../remote-package.ts'

/** What an image runs on, as an image index says it (OCI image specification, "platform"). */
export interface Platform {
  readonly architecture: string
  readonly os: string
  readonly variant?: string
  readonly 'os.version'?: string
}

/** An image for one platform. */
export interface PlatformImage {
  readonly manifest: Manifest
  readonly platform: Platform
  /** `linux/arm64/v8`. */
  readonly name: string
}

export interface PlatformImages {
  readonly images: readonly PlatformImage[]
  /** Attestations that an image index has among its images: what docker's builder says of how it built them. */
  readonly attestations: number
}

/** Indexes inside indexes: nobody nests deeper than two. */
const maxDepth = 4

/**
 * The images that a manifest leads to: itself, or what an image index lists. The platform is the config's own word; an
 * index's adds the variant where a config leaves it out. `shown` names the manifest in errors.
 * Throws `manifest-invalid` for what is no image, and `registry-not-found` for what is listed and not there.
 */
export async function readPlatforms(
  repository: Repository,
  store: BlobStore,
  manifest: Manifest,
  shown: string,
  signal: AbortSignal,
): Promise<PlatformImages> {
  return readLevel(manifest, undefined, 0)

  async function readLevel(one: Manifest, listed: unknown, depth: number): Promise<PlatformImages> {
    const document = parseManifest(one.bytes, `the manifest of ${shown}`)
    if (document.kind === 'manifest') {
      const config = await readConfigBytes(repository, store, document.manifest.config, signal)
      const platform = platformOf(parseConfig(config, `the config of ${shown}`), listed)
      return { images: [{ manifest: one, platform, name: platformName(platform) }], attestations: 0 }
    }
    if (depth === maxDepth)
      throw new StrataError('manifest-invalid', `${shown}: too many image indexes inside each other`)
    const images: PlatformImage[] = []
    let attestations = 0
    for (const entry of document.index.manifests) {
      if (isAttestation(entry)) {
        attestations += 1
        continue
      }
      const child = await readManifest(repository, store, entry.digest, { signal })
      if (!child) throw new StrataError('registry-not-found', `${shown} lists ${entry.digest}, which is not there`)
      const below = await readLevel(child, entry.platform, depth + 1)
      images.push(...below.images)
      attestations += below.attestations
    }
    return { images, attestations }
  }
}

/** Whether all images are in Docker's schema 2. */
export function isAllDocker(images: readonly PlatformImage[]): boolean {
  return images.every(({ manifest }) => manifest.mediaType === mediaTypes.dockerManifest)
}

function platformOf(config: Readonly<Record<string, unknown>> & Platform, listed: unknown): Platform {
  const { architecture, os } = config
  const more = typeof listed === 'object' && listed !== null ? listed : {}
  const variant = config.variant ?? ('variant' in more ? more.variant : undefined)
  const version = config['os.version']
  return {
    architecture,
    os,
    ...(typeof variant === 'string' && variant !== '' && { variant }),
    ...(typeof version === 'string' && { 'os.version': version }),
  }
}

/** BuildKit lists them as images of no platform (its `docs/attestations/attestation-storage.md`). */
function isAttestation(entry: Readonly<Record<string, unknown>>): boolean {
  const { platform, annotations } = entry
  const isUnknown = typeof platform === 'object' && platform !== null && 'os' in platform && platform.os === 'unknown'
  return (
    isUnknown || (typeof annotations === 'object' && annotations !== null && 'vnd.docker.reference.type' in annotations)
  )
}
