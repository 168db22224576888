import { Readable } from 'node:stream'
import { type AssembledImage, assembleImage, type ImageLayer } from '../../image/assemble.ts'
import { applyModifications, startingVariables } from '../../image/environment.ts'
import type { JobContext } from '../../jobs/jobs.ts'
import { isMissingBlob } from '../../registry/failure.ts'
import { specDocument } from '../../spack/spec/document.ts'
import { formatSpec } from '../../spack/spec/format.ts'
import { layerOrder } from '../../spack/spec/graph.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { StrataError, toStrataError } from '../../support/errors.ts'
import type { ImageEnvironments } from '../recipes.ts'
import { copyBaseLayers } from './base-layers.ts'
import { isLeftOut } from './findings.ts'
import type { LayerSender } from './layers.ts'
import type { PreparedPackage, PreparedPush } from './prepared.ts'

/** The layout of our packages in the cache: what Spack 0.22 to 1.x reads (formats.md, "Versions each Spack writes"). */
const LAYOUT_VERSION = 2

export interface ImageWriter {
  /**
   * Writes the image of these roots under a tag once all of its layers are there; returns the manifest's digest, or
   * undefined when the tag holds this very image of an environment already.
   */
  write(tag: string, roots: readonly string[], asPackage?: PreparedPackage): Promise<string | undefined>
  /** Bytes of base layers that went over the wire. */
  bytesOfBase(): number
}

export function imageWriter(
  prepared: PreparedPush,
  parts: {
    readonly store: BlobStore
    readonly context: JobContext
    readonly signal: AbortSignal
    readonly sender: LayerSender
  },
): ImageWriter {
  const { packages, source, target, recipes, bases } = prepared
  const { store, context, signal, sender } = parts
  let evaluated: Promise<ImageEnvironments> | undefined
  const environments = (): Promise<ImageEnvironments> => {
    evaluated ??= recipes.evaluate(signal, context.log)
    return evaluated
  }
  const baseCopies = new Map<string, Promise<number>>()
  let bytesOfBase = 0

  /** The base's layers, copied once for each architecture. */
  const copyBase = async (architecture: string): Promise<void> => {
    const base = bases.get(architecture)
    const from = prepared.baseRepository
    if (!base || !from) return
    let copy = baseCopies.get(architecture)
    if (!copy) {
      context.progress.enter('base', 'upload')
      const onProgress = (bytes: number): void => context.progress.advance('base', 'upload', bytes)
      copy = copyBaseLayers({ base, from, target, store, signal, onProgress })
      baseCopies.set(architecture, copy)
      const sent = await copy
      bytesOfBase += sent
      context.progress.enter('base', 'done')
    }
    await copy
  }
  const closureOf = (roots: readonly string[]): PreparedPackage[] =>
    layerOrder(source.graph, roots)
      .filter((hash) => !isLeftOut(prepared, hash))
      .flatMap((hash) => packages.get(hash) ?? [])

  const put = async (image: AssembledImage, tag: string): Promise<string> => {
    await target.putBlob(image.config, () => Readable.from([image.config.bytes]), { signal })
    const digest = await target.putManifest(tag, image.manifest.bytes, image.manifest.mediaType, { signal })
    // This only saves a question later: a full disk must not turn a tag that is written into a failure.
    await store.rememberKnown('manifest', image.manifest.digest, image.manifest.bytes).catch(() => undefined)
    await store.rememberKnown('config', image.config.digest, image.config.bytes).catch(() => undefined)
    return digest
  }

  return {
    bytesOfBase: () => bytesOfBase,
    write: async (tag, roots, asPackage) => {
      const needed = closureOf(roots)
      const layers = await Promise.all(needed.map((one) => layerOf(one, sender)))
      const architecture = asPackage?.architecture ?? packages.get(roots[0] ?? '')?.architecture ?? 'amd64'
      const [modifications] = await Promise.all([environments(), copyBase(architecture), context.gate()])
      const base = bases.get(architecture)
      const own = asPackage && layers.at(-1)
      const image = assembleImage({
        base,
        architecture,
        layers,
        env: applyModifications(startingVariables(base?.config), modifications(roots)),
        extra: asPackage && own && packageKeys(prepared, asPackage, own),
        annotations: asPackage && {
          'org.opencontainers.image.description': formatSpec(source.graph, asPackage.node.hash),
        },
      })
      if (!asPackage && !prepared.request.force) {
        const there = await target.headManifest(tag, { signal })
        if (there?.digest === image.manifest.digest) return undefined
      }
      try {
        return await put(image, tag)
      } catch (error) {
        // The registry lost a layer since it was asked, or never had what it said: then it gets it after all.
        if (!isMissingBlob(error)) throw error
        context.log(`${tag}: the registry lacks a layer that it said it has; sending it again`)
        await Promise.all(needed.map((one) => sender.resend(one)))
        return put(image, tag)
      }
    },
  }
}

/** A dependency's failure is the reason why this image is not written. */
async function layerOf(one: PreparedPackage, sender: LayerSender): Promise<ImageLayer> {
  if (one.action === 'missing') throw incomplete(one, 'it is not installed')
  try {
    return await sender.send(one)
  } catch (thrown) {
    const error = toStrataError(thrown)
    throw error.code === 'cancelled' ? error : incomplete(one, error.message, error)
  }
}

function incomplete(one: PreparedPackage, why: string, cause?: unknown): StrataError {
  return new StrataError(
    'push-incomplete',
    `the tag is not written: it needs ${one.node.name}@${one.node.version}, and ${why}`,
    {
      cause,
      hint: 'Mend that and run the push again: only what is missing is done.',
    },
  )
}

/** The keys that make an image's config a package's (`_oci_push`, `extra_config` in Spack). */
function packageKeys(prepared: PreparedPush, one: PreparedPackage, layer: ImageLayer): Record<string, unknown> {
  return {
    ...specDocument(prepared.source.graph, one.node.hash),
    buildcache_layout_version: LAYOUT_VERSION,
    binary_cache_checksum: { hash_algorithm: 'sha256', hash: layer.digest.slice('sha256:'.length) },
  }
}
