import type { ActRequest } from '../../api/acts.ts'
import { plural } from '../../api/format.ts'
import type { ActResult, Finding } from '../../api/models.ts'
import type { JobContext } from '../../jobs/jobs.ts'
import { formatReference } from '../../registry/reference.ts'
import type { Repository } from '../../registry/repository.ts'
import { mapConcurrently } from '../../support/concurrency.ts'
import { readCatalog } from '../catalog.ts'
import { selectTags } from '../select-tags.ts'
import type { ActSetting, PreparedAct } from './act.ts'
import { attemptsOf } from './attempts.ts'
import { lookForBlob, readThrough } from './check/blob.ts'
import { checkIndex, MissingPackages } from './check/cache.ts'
import { checkTag } from './check/image.ts'
import { type Reference, References } from './check/references.ts'
import { planOf } from './plan.ts'

type CheckRequest = Extract<ActRequest, { kind: 'check' }>

/** Tags that are checked at a time, and blobs of one tag that are looked for. */
const TAGS_AT_ONCE = 16
const BLOBS_AT_ONCE = 8
/** Blobs that are read whole: each takes a core to hash and inflate. */
const READS_AT_ONCE = 4

/**
 * Plans a check: which tags are looked at. What they lead to is read by the run, since that is most of the work.
 * Throws what `selectTags` throws.
 */
export async function prepareCheck(request: CheckRequest, setting: ActSetting): Promise<PreparedAct> {
  const { repository, store, signal } = setting
  const all = await repository.tags({ signal })
  const tags =
    request.tags.length === 0
      ? all
      : await selectTags(request.tags, all, () => readCatalog(repository, store, { signal }))
  const { deep } = request
  const plan = planOf(request, setting, {
    title: `Check ${formatReference(repository.reference)}`,
    steps: tags.map((tag) => ({
      ...{ key: tag, name: tag, action: 'check', object: 'tag' },
      why: deep
        ? 'its manifest, and every byte it leads to'
        : 'its manifest and config, and whether its layers are there',
    })),
    sums: { tags: tags.length, kept: all.length - tags.length, bytes: 0 },
    empty: tags.length === 0,
    findings: [],
  })
  return {
    plan,
    items: tags.map((tag) => ({
      key: tag,
      name: tag,
      stages: [
        { phase: 'act', bytes: 0 },
        { phase: 'fetch', ...(deep ? {} : { bytes: 0 }) },
      ],
    })),
    // A check of what has changed meanwhile is a check all the same.
    checkFresh: async () => undefined,
    run: (context) => runCheck(tags, all, request, setting, context),
  }
}

async function runCheck(
  tags: readonly string[],
  all: readonly string[],
  { deep, tags: asked }: CheckRequest,
  { repository, store, now }: ActSetting,
  context: JobContext,
): Promise<ActResult> {
  const startedAt = now()
  const { attempt, signal, result } = attemptsOf(context)
  const references = new References()
  const missing = new MissingPackages(all)
  const found: Finding[] = []
  await mapConcurrently(tags, deep ? READS_AT_ONCE : TAGS_AT_ONCE, (tag) =>
    attempt(tag, tag, async () => {
      context.progress.enter(tag, 'act')
      const { mine, findings, needs } = await checkTag(tag, references, { repository, store, deep, signal })
      found.push(...findings)
      missing.note(tag, needs)
      if (deep) await readAll(tag, mine, repository, signal, context)
      else await mapConcurrently(mine, BLOBS_AT_ONCE, (one) => lookForBlob(repository, one, signal))
      return undefined
    }),
  )
  const { failed } = result()
  const ofIndex = asked.length === 0 && failed.length === 0 ? await checkIndex(repository, all, signal) : []
  return {
    done: [`${plural(tags.length, 'tag')} and ${plural(references.count, 'blob')} ${deep ? 'read' : 'looked at'}`],
    failed,
    findings: [...found, ...references.findings(), ...ofIndex, ...missing.findings()],
    bytes: deep ? references.bytes : 0,
    seconds: (now() - startedAt) / 1000,
  }
}

/** Reads all that a tag is the first to refer to. */
async function readAll(
  tag: string,
  mine: readonly Reference[],
  repository: Repository,
  signal: AbortSignal,
  { progress, gate }: JobContext,
): Promise<void> {
  progress.enter(tag, 'fetch')
  progress.size(
    tag,
    'fetch',
    mine.reduce((sum, one) => sum + one.size, 0),
  )
  let done = 0
  for (const one of mine) {
    await gate()
    await readThrough(repository, one, { signal, onBytes: (bytes) => progress.advance(tag, 'fetch', done + bytes) })
    done += one.size
  }
}
