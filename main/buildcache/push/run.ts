import { setMaxListeners } from 'node:events'
import type { PushResult } from '../../api/models.ts'
import type { JobContext } from '../../jobs/jobs.ts'
import type { ItemPlan } from '../../jobs/progress.ts'
import { formatReference } from '../../registry/reference.ts'
import { specDocument } from '../../spack/spec/document.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { StrataError, toErrorBody, toStrataError } from '../../support/errors.ts'
import type { WorkerPool } from '../../workers/pool.ts'
import { updateIndex } from '../cache-index.ts'
import { INDEX_TAG } from '../package-tag.ts'
import { imageWriter } from './images.ts'
import { layerSender } from './layers.ts'
import type { PreparedPush } from './prepared.ts'
import { usageOf } from './usage.ts'

/** What a run's progress is made of: the packages to be written, and what is written once for all of them. */
export function progressItems(prepared: PreparedPush): ItemPlan[] {
  const { plan, packages, selection } = prepared
  const items: ItemPlan[] = [...selection.chosen]
    .flatMap((hash) => packages.get(hash) ?? [])
    .filter((one) => one.writes)
    .map(
      (one): ItemPlan => ({
        key: one.node.hash,
        name: one.node.name,
        stages: [
          { phase: 'pack', bytes: one.diskSize ?? 0 },
          { phase: 'upload', bytes: one.action === 'build' ? undefined : one.action === 'reuse' ? one.layer?.size : 0 },
        ],
      }),
    )
  if (plan.base) items.push(sent('base', 'base image', plan.base.bytesToCopy))
  if (plan.image) items.push(sent('image', plan.image.tag, 0))
  if (plan.updatesIndex) items.push(sent('index', INDEX_TAG, 0))
  return items
}

function sent(key: string, name: string, bytes: number): ItemPlan {
  return { key, name, stages: [{ phase: 'upload', bytes }] }
}

/**
 * Does what the plan says. One package's failure does not stop the others (unless `failFast`): a tag whose closure is
 * incomplete is not written, everything else is, and the result names what failed.
 * Rejects only when cancelled, or when nothing could begin.
 */
export async function runPush(
  prepared: PreparedPush,
  parts: {
    readonly store: BlobStore
    readonly pool: WorkerPool
    readonly context: JobContext
    readonly now: () => number
  },
): Promise<PushResult> {
  const { request, target, packages, selection } = prepared
  const { store, context } = parts
  const startedAt = parts.now()
  const stop = new AbortController()
  const signal = AbortSignal.any([context.signal, stop.signal])
  setMaxListeners(0, signal)
  const tags: PushResult['tags'] = []
  const failed: PushResult['failed'] = []
  const sender = layerSender(prepared, { ...parts, signal })
  const images = imageWriter(prepared, { store, context, signal, sender })

  const attempt = async (key: string, name: string, act: () => Promise<PushResult['tags'][number] | undefined>) => {
    try {
      const tag = await act()
      if (tag) tags.push(tag)
      context.progress.enter(key, 'done')
      if (tag) context.log(`${tag.tag} ${tag.digest}`)
    } catch (thrown) {
      const error = toStrataError(thrown, name)
      if (context.signal.aborted) return
      context.progress.enter(key, 'failed')
      context.log(`${name}: ${error.message}`)
      // After a stop for the first failure the others fail as cancelled: that is no news.
      if (stop.signal.aborted && error.code === 'cancelled') return
      failed.push({ hash: key, name, error: toErrorBody(error) })
      if (request.failFast) stop.abort(new StrataError('cancelled', 'stopped after the first failure'))
    }
  }

  const chosen = [...selection.chosen].flatMap((hash) => packages.get(hash) ?? [])
  for (const one of chosen.filter((each) => each.action === 'missing' && !request.allowMissing)) {
    await attempt(one.node.hash, one.node.name, async () => {
      throw new StrataError('not-installed', `${one.node.name}@${one.node.version} is not installed`, {
        hint: 'Install it, or leave it out with --allow-missing.',
      })
    })
  }
  const written = chosen.filter((one) => one.writes)
  await Promise.all(
    written.map((one) =>
      attempt(one.node.hash, one.node.name, async () => {
        await sender.send(one)
        const digest = await images.write(one.tag, [one.node.hash], one)
        return digest === undefined ? undefined : tagged(prepared, one.tag, digest, 'package')
      }),
    ),
  )
  if (prepared.plan.image) {
    const { tag } = prepared.plan.image
    await attempt('image', tag, async () => {
      const digest = await images.write(tag, selection.roots)
      return digest === undefined ? undefined : tagged(prepared, tag, digest, 'image')
    })
  }
  if (request.updateIndex && !signal.aborted) {
    await attempt('index', INDEX_TAG, async () => {
      const pushed = written.filter((one) => tags.some((tag) => tag.tag === one.tag))
      const fresh = new Map(pushed.map((one) => [one.tag, specDocument(prepared.source.graph, one.node.hash)]))
      const index = await updateIndex(target, store, { fresh, signal })
      for (const { tag, why } of index.passedOver) context.log(`${INDEX_TAG}: passed over ${tag}: ${why}`)
      return index.changed ? tagged(prepared, INDEX_TAG, index.digest, 'index') : undefined
    })
  }
  context.signal.throwIfAborted()
  // It looks at every file of the store: not for a push that added none.
  if (written.length > 0) await store.evict()
  return {
    tags,
    failed,
    bytesUploaded: sender.bytesUploaded() + images.bytesOfBase(),
    seconds: (parts.now() - startedAt) / 1000,
    usage: usageOf(prepared, failed.some((one) => one.hash === 'image') ? undefined : prepared.plan.image?.tag),
  }
}

function tagged(
  prepared: PreparedPush,
  tag: string,
  digest: string,
  kind: PushResult['tags'][number]['kind'],
): PushResult['tags'][number] {
  return { tag, digest, kind, reference: formatReference({ ...prepared.target.reference, tag, digest: undefined }) }
}
