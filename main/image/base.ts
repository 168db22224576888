import { mediaTypes } from '../registry/media-types.ts'
import { formatReference, type Reference } from '../registry/reference.ts'
import type { Repository } from '../registry/repository.ts'
import { StrataError } from '../support/errors.ts'
import { type ImageConfig, type ImageManifest, parseConfig, parseManifest } from './document.ts'

/** An index may point to an index; nobody nests deeper than this. */
const MAX_DEPTH = 3
/** A config is a few kilobytes; a hostile one must not fill the memory. */
const CONFIG_LIMIT = 8 * 1024 * 1024

/** The two families of media types. Apptainer refuses an image that mixes them. */
export type ImageFormat = 'oci' | 'docker'

/** What lies under the packages: an image of one architecture. */
export interface BaseImage {
  readonly reference: Reference
  /** Digest of the manifest for this architecture. */
  readonly digest: string
  readonly architecture: string
  readonly format: ImageFormat
  readonly manifest: ImageManifest
  readonly config: ImageConfig
}

/**
 * Reads the base image for one architecture (Go's name), through at most three nested indexes. `name`: what messages call
 * it, where the user does not know it by its reference.
 * Throws `registry-not-found`, `platform-missing` (listing what there is) or `manifest-invalid`.
 */
export async function readBaseImage(
  repository: Pick<Repository, 'reference' | 'getManifest' | 'readBlobBytes'>,
  architecture: string,
  signal: AbortSignal | undefined,
  name = formatReference(repository.reference),
): Promise<BaseImage> {
  const { reference } = repository
  let version: string = reference.digest ?? reference.tag ?? 'latest'
  for (let depth = 0; depth <= MAX_DEPTH; depth++) {
    const found = await repository.getManifest(version, { signal })
    if (!found) {
      throw new StrataError('registry-not-found', `base image ${name}: there is no ${version}`, {
        hint: 'Check the tag, and whether the repository is private: then it needs credentials.',
      })
    }
    const document = parseManifest(found.bytes, `the manifest of base image ${name}`)
    if (document.kind === 'manifest') {
      const { manifest } = document
      const config = parseConfig(
        await repository.readBlobBytes(manifest.config, { limit: CONFIG_LIMIT, signal }),
        `the config of base image ${name}`,
      )
      if (config.architecture !== architecture || config.os !== 'linux') {
        throw platformMissing(name, architecture, [`${config.os}/${config.architecture}`])
      }
      if (config.rootfs.diff_ids.length !== manifest.layers.length) {
        throw new StrataError('manifest-invalid', `base image ${name}: its config and its manifest disagree on layers`)
      }
      const format = (manifest.mediaType ?? found.mediaType) === mediaTypes.dockerManifest ? 'docker' : 'oci'
      return { reference, digest: found.digest, architecture, format, manifest, config }
    }
    const entries = document.index.manifests
    const entry = entries.find((one) => one.platform?.architecture === architecture && one.platform.os === 'linux')
    if (!entry) {
      const platforms = entries.flatMap((one) =>
        one.platform ? [`${one.platform.os}/${one.platform.architecture}`] : [],
      )
      throw platformMissing(name, architecture, platforms)
    }
    version = entry.digest
  }
  throw new StrataError('manifest-invalid', `base image ${name}: more than ${MAX_DEPTH} indexes inside each other`)
}

function platformMissing(name: string, architecture: string, present: readonly string[]): StrataError {
  const list = [...new Set(present)].filter((platform) => platform !== 'unknown/unknown').join(', ')
  return new StrataError('platform-missing', `base image ${name} is not there for linux/${architecture}`, {
    hint: `It is there for: ${list || 'no platform at all'}. Choose a base image for the packages' architecture.`,
    details: { architecture },
  })
}
