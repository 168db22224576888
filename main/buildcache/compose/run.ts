import { rename, rm, writeFile } from 'node:fs/promises'
import { formatBytes, shortDigest } from '../../api/format.ts'
import type { ActResult } from '../../api/models.ts'
import type { AssembledImage, ImageLayer } from '../../image/assemble.ts'
import type { BudgetItem } from '../../image/budget.ts'
import { compose } from '../../image/compose.ts'
import { cycloneDx } from '../../image/sbom.ts'
import type { JobContext } from '../../jobs/jobs.ts'
import type { ItemPlan } from '../../jobs/progress.ts'
import { attachDocument } from '../../registry/attach.ts'
import type { PutResult } from '../../registry/repository.ts'
import { mapConcurrently } from '../../support/concurrency.ts'
import { StrataError } from '../../support/errors.ts'
import { temporaryName } from '../../support/temporary.ts'
import type { ActSetting } from '../acts/act.ts'
import { type Attempts, attemptsOf } from '../acts/attempts.ts'
import { isDamagedCopy } from '../install/place-input.ts'
import { makeMergedLayer } from './merged-layer.ts'
import { mergedName, partsOf } from './parts.ts'
import type { PreparedComposition } from './prepared.ts'

/** CycloneDX's registered media type, of its JSON form. */
const sbomType = 'application/vnd.cyclonedx+json'

/** What a publication's progress counts: bytes of layers that are made and sent, the image itself, its documents. */
export function composeItems({ parts, states, merge, request, gathered }: PreparedComposition): ItemPlan[] {
  const act = [{ phase: 'act', bytes: 0 }] as const
  const sent = parts.filter(({ blob }) => states.get(blob.digest) !== 'present')
  const fetched = merge?.toFetch.reduce((sum, { layer }) => sum + layer.size, 0)
  return [
    ...(merge
      ? [
          {
            key: merge.key,
            name: mergedName(merge.items),
            stages: [
              { phase: 'fetch', bytes: fetched },
              { phase: 'pack' },
              { phase: 'upload', bytes: gathered.composed.budget.mergedBytes },
            ],
          } as const,
        ]
      : []),
    ...sent.map(({ blob, name }) => {
      const bytes = states.get(blob.digest) === 'mount' ? 0 : blob.size
      return { key: blob.digest, name, stages: [{ phase: 'upload', bytes }] } as const
    }),
    { key: 'image', name: request.tag, stages: act },
    ...(request.attachSbom || request.sbomFile !== undefined
      ? [{ key: 'sbom', name: 'bill of materials', stages: act }]
      : []),
  ]
}

/**
 * Publishes what was planned: the layers that are not there, then config and manifest, the tag last of all, so that an
 * interrupted run leaves none. Rejects only when cancelled.
 */
export async function runCompose(
  prepared: PreparedComposition,
  setting: ActSetting,
  context: JobContext,
): Promise<ActResult> {
  const { request, destination, gathered } = prepared
  const { now } = setting
  const startedAt = now()
  const attempts = attemptsOf(context)
  const tally = { sent: 0, bytes: 0, mounted: 0 }
  let image: AssembledImage | undefined
  const published = await attempts.attempt('image', request.tag, async () => {
    const merged = prepared.merge && (await makeMerged(prepared, setting, context, attempts))
    image = await publish(prepared, setting, context, { attempts, merged, tally })
    return `${request.tag} ${shortDigest(image.manifest.digest)} · ${tallyWords(tally, gathered)}`
  })
  if (published && image) await writeSbom(prepared, image, attempts, context)
  return {
    ...attempts.result(),
    findings: [],
    bytes: tally.bytes,
    seconds: (now() - startedAt) / 1000,
    image:
      published && image
        ? {
            reference: destination.name,
            digest: image.manifest.digest,
            usage: destination.usage(gathered.composed.base !== undefined),
          }
        : undefined,
  }
}

interface Tally {
  sent: number
  bytes: number
  mounted: number
}

function tallyWords({ sent, bytes, mounted }: Tally, { composed }: PreparedComposition['gathered']): string {
  const present = composed.sums.layers - sent - mounted
  return [
    `${formatBytes(bytes)} of layers sent`,
    ...(mounted > 0 ? [`${mounted} mounted`] : []),
    ...(present > 0 ? [`${present} present`] : []),
  ].join(', ')
}

async function makeMerged(
  { merge }: PreparedComposition,
  setting: ActSetting,
  context: JobContext,
  { signal }: Attempts,
): Promise<ImageLayer | undefined> {
  if (!merge) return undefined
  const { key, items, toFetch } = merge
  const { progress } = context
  const work = async (missing: readonly BudgetItem[]): Promise<ImageLayer> => {
    await fetchParts(missing, key, setting, context, signal)
    await context.gate()
    progress.enter(key, 'pack')
    const onProgress = (bytes: number): void => progress.advance(key, 'pack', bytes)
    return makeMergedLayer(setting, { key, items }, { signal, onProgress })
  }
  const made = await work(toFetch).catch(async (error: unknown) => {
    // What was verified when it came may have rotted since: such a copy is gone now, and is fetched again.
    const damaged: BudgetItem[] = []
    for (const item of items) if (await isDamagedCopy(setting.store, item.layer, error)) damaged.push(item)
    if (damaged.length === 0) throw error
    return work(damaged)
  })
  progress.size(key, 'upload', made.size)
  return made
}

/** Sees to it that layers are in the blob store. */
async function fetchParts(
  items: readonly BudgetItem[],
  key: string,
  { repository, store }: ActSetting,
  { gate, progress }: JobContext,
  signal: AbortSignal,
): Promise<void> {
  progress.enter(key, 'fetch')
  const done = new Map<string, number>()
  await mapConcurrently(items, FETCHES, async ({ layer: { digest, size } }) => {
    await gate()
    const onProgress = (bytes: number): void => {
      done.set(digest, bytes)
      const all = [...done.values()].reduce((sum, one) => sum + one, 0)
      progress.advance(key, 'fetch', all)
    }
    await store.fetch(repository, { digest, size }, { signal, onProgress })
  })
}

/** Layers that are fetched at a time. */
const FETCHES = 4

async function publish(
  prepared: PreparedComposition,
  setting: ActSetting,
  context: JobContext,
  {
    attempts,
    merged,
    tally,
  }: { readonly attempts: Attempts; readonly merged: ImageLayer | undefined; readonly tally: Tally },
): Promise<AssembledImage> {
  const { destination, gathered, merge, states } = prepared
  const { progress } = context
  const composed = merge && merged ? compose(gathered.composition, new Map([[merge.key, merged]])) : gathered.composed
  const { image } = composed
  if (!image) throw new StrataError('internal', 'nothing came of the composition')
  const keyOf = (digest: string): string => (digest === merged?.digest && merge ? merge.key : digest)
  const parts = partsOf({ composed, base: gathered.base }, setting).filter(
    ({ blob }) => states.get(blob.digest) !== 'present',
  )
  progress.enter('image', 'act')
  await destination.publish(image, parts, {
    signal: attempts.signal,
    gate: () => context.gate(),
    onProgress: ({ digest, size }, bytes) => {
      const key = keyOf(digest)
      // It was to be mounted, and the registry would not: its bytes are sent after all.
      progress.size(key, 'upload', size)
      progress.enter(key, 'upload')
      progress.advance(key, 'upload', bytes)
    },
    onDone: ({ digest, size }, how: PutResult) => {
      progress.enter(keyOf(digest), 'done')
      if (how === 'mounted') tally.mounted += 1
      if (how === 'uploaded') tally.sent += 1
      if (how === 'uploaded') tally.bytes += size
    },
  })
  return image
}

async function writeSbom(
  { request, destination, gathered }: PreparedComposition,
  { manifest }: AssembledImage,
  attempts: Attempts,
  context: JobContext,
): Promise<void> {
  const { attachSbom, sbomFile } = request
  if (!attachSbom && sbomFile === undefined) return
  const { composed, composition } = gathered
  const { packages, base } = composed
  const bytes = cycloneDx({
    graph: composition.graph,
    packages,
    base,
    reference: destination.reference,
    digest: manifest.digest,
  })
  await attempts.attempt('sbom', 'bill of materials', async () => {
    context.progress.enter('sbom', 'act')
    if (sbomFile !== undefined) await replaceFile(sbomFile, bytes)
    const { repository } = destination
    if (!attachSbom || !repository) return `bill of materials ${sbomFile}`
    const subject = { mediaType: manifest.mediaType, digest: manifest.digest, size: manifest.bytes.length }
    const title = `${request.tag}.cdx.json`
    const document = { artifactType: sbomType, bytes, title }
    const digest = await attachDocument(repository, subject, document, { signal: attempts.signal })
    return `bill of materials ${shortDigest(digest)}`
  })
}

/** A file that is there whole, or as it was. */
async function replaceFile(file: string, bytes: Uint8Array): Promise<void> {
  const temporary = temporaryName(file)
  try {
    await writeFile(temporary, bytes)
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
