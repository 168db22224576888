import type { Readable } from 'node:stream'
import type { Finding } from '../../api/models.ts'
import type { ImageLayer } from '../../image/assemble.ts'
import type { BaseImage } from '../../image/base.ts'
import { type BaseSystem, baseSystem } from '../../image/base-system.ts'
import { nameOf } from '../../image/composition.ts'
import type { LayerSummary } from '../../image/layer-summary.ts'
import { libcName, runFindings } from '../../image/run-findings.ts'
import { type RunPackage, willItRun } from '../../image/will-it-run.ts'
import type { BlobDescriptor, Digest } from '../../registry/digest.ts'
import type { SpecNode } from '../../spack/spec/graph.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { limitConcurrency } from '../../support/concurrency.ts'
import { StrataError } from '../../support/errors.ts'
import { listNames } from '../../support/findings.ts'
import { layerSummaries } from './layer-summaries.ts'
import { layerName } from './parts.ts'
import type { OnComposeProgress } from './progress.ts'

/** What an examination looks into. */
export interface Examined {
  /** `layer` is absent while there is none: such a package, and what needs it, is not judged. */
  readonly packages: readonly { readonly node: SpecNode; readonly layer: ImageLayer | undefined }[]
  readonly base: BaseImage | undefined
  /** What people call the base: `debian:12`. */
  readonly baseName?: string
  /** Streams a package's layer from the cache, verified. */
  readonly openLayer: (blob: BlobDescriptor) => Promise<Readable>
  /** Streams a layer of the base. */
  readonly openBaseLayer: (blob: BlobDescriptor) => Promise<Readable>
}

export interface Examination {
  /** What would not run and why. Of what was not looked into nothing is said. */
  readonly findings: readonly Finding[]
  /** Layers, packages' and base's, that were looked into, of all. */
  readonly done: number
  readonly total: number
  /** `Debian GNU/Linux 12 (bookworm)`. */
  readonly system?: string
  /** `glibc 2.36`. */
  readonly libc?: string
}

export interface ExamineOptions {
  readonly store: BlobStore
  /** `known`: nothing is streamed. */
  readonly mode: 'known' | 'all'
  readonly signal?: AbortSignal
  readonly onProgress?: OnComposeProgress
}

/** Layers that are looked into at a time: they share one thread for the tar, and wait for the network in turns. */
const atATime = 3

/** A layer of the composition, and who it belongs to. */
interface Layer {
  readonly blob: BlobDescriptor
  readonly name: string
  readonly open: (blob: BlobDescriptor) => Promise<Readable>
}

/**
 * Whether the programs of these packages will run on that base, by summaries of their layers that are kept for ever by the
 * layer's digest. With mode `all` the layers that have none are read: from the blob store, or as they stream, and kept
 * nowhere. Without a base there is nothing to say, and nothing is read.
 *
 * A layer that cannot be read is a note. Throws `cancelled`.
 */
export async function examine(examined: Examined, options: ExamineOptions): Promise<Examination> {
  const { packages, base, baseName = 'the base' } = examined
  if (!base) return { findings: [], done: 0, total: 0 }
  const layers = [
    ...base.manifest.layers.map((blob, at) => ({
      blob,
      name: layerName(baseName, at),
      open: examined.openBaseLayer,
    })),
    ...packages.flatMap(({ node, layer }) =>
      layer ? [{ blob: layer, name: nameOf(node), open: examined.openLayer }] : [],
    ),
  ]
  const found = await summariesOf(layers, options)
  const { summaries } = found
  const seen = (digest: Digest): LayerSummary | undefined => {
    const summary = summaries.get(digest)
    return summary?.incomplete === undefined ? summary : undefined
  }
  const system = baseOf(base, seen)
  const judged = packages.map(({ node, layer }) => ({
    node,
    digest: layer?.digest,
    summary: layer && seen(layer.digest),
  }))
  return {
    findings: [...(system ? findingsOn(system, judged) : []), ...unseenFindings(layers, found)],
    done: layers.filter(({ blob }) => summaries.has(blob.digest)).length,
    total: layers.length,
    system: system?.name,
    libc: system?.libc && libcName(system),
  }
}

const lastFindings = new WeakMap<BaseSystem, { readonly key: string; readonly findings: readonly Finding[] }>()

/** Most changes of a composition are none of its packages: what was said last of a base is said again then. */
function findingsOn(
  system: BaseSystem,
  packages: readonly (RunPackage & { readonly digest: Digest | undefined })[],
): readonly Finding[] {
  const key = packages.map(({ node, digest, summary }) => `${node.hash} ${digest} ${summary === undefined}`).join()
  const last = lastFindings.get(system)
  if (last?.key === key) return last.findings
  const findings = runFindings(willItRun(packages, system), system)
  lastFindings.set(system, { key, findings })
  return findings
}

const systems = new WeakMap<LayerSummary, { readonly key: string; readonly system: BaseSystem }>()

/** The base as programs see it; put together once for each, which is remembered with its topmost layer. */
function baseOf(base: BaseImage, seen: (digest: Digest) => LayerSummary | undefined): BaseSystem | undefined {
  const layers = base.manifest.layers.map(({ digest }) => seen(digest)).filter((layer) => layer !== undefined)
  const top = layers.at(-1)
  if (layers.length < base.manifest.layers.length || top === undefined) return undefined
  const known = systems.get(top)
  if (known?.key === base.digest) return known.system
  const system = baseSystem(base, layers)
  systems.set(top, { key: base.digest, system })
  return system
}

interface Summaries {
  readonly summaries: ReadonlyMap<Digest, LayerSummary>
  /** Layers that could not be read this time, by digest. */
  readonly failed: ReadonlyMap<Digest, StrataError>
}

async function summariesOf(layers: readonly Layer[], options: ExamineOptions): Promise<Summaries> {
  const { store, mode, signal, onProgress } = options
  const kept = layerSummaries(store)
  const distinct = new Map(layers.map((layer) => [layer.blob.digest, layer]))
  const summaries = new Map<Digest, LayerSummary>()
  const failed = new Map<Digest, StrataError>()
  const known = await kept.known([...distinct.keys()])
  for (const [digest, summary] of known) summaries.set(digest, summary)
  if (mode === 'known') return { summaries, failed }
  const unknown = [...distinct.values()].filter(({ blob }) => !summaries.has(blob.digest))
  const inTurn = limitConcurrency(atATime)
  await Promise.all(
    unknown.map(({ blob, name, open }) =>
      inTurn(async () => {
        try {
          summaries.set(blob.digest, await kept.make(blob, open, signal))
        } catch (thrown) {
          if (!(thrown instanceof StrataError) || thrown.code === 'cancelled') throw thrown
          failed.set(blob.digest, thrown)
        }
        const done = layers.filter((layer) => summaries.has(layer.blob.digest)).length
        onProgress?.({ what: 'examine', done, total: layers.length, name })
      }, blob.size),
    ),
  )
  return { summaries, failed }
}

/** One note for all layers that say nothing of themselves. */
function unseenFindings(layers: readonly Layer[], { summaries, failed }: Summaries): Finding[] {
  const why = layers.flatMap(({ blob, name }) => {
    const reason = failed.get(blob.digest)?.message ?? summaries.get(blob.digest)?.incomplete
    return reason === undefined ? [] : [{ name, reason }]
  })
  const [first] = why
  if (!first) return []
  return [
    {
      severity: 'note',
      message: `Whether all will run cannot be said: ${listNames(why.map(({ name }) => name))} could not be looked into: ${first.reason}`,
    },
  ]
}
