import type { ActRequest, ActStep } from '../../api/acts.ts'
import { plural, shortHash } from '../../api/format.ts'
import type { Finding } from '../../api/models.ts'
import { formatReference } from '../../registry/reference.ts'
import { draftIndex, type IndexDraft, type IndexedPackage, type PassedOver, updateIndex } from '../cache-index.ts'
import { INDEX_TAG } from '../package-tag.ts'
import type { ActSetting, PreparedAct } from './act.ts'
import { planOf } from './plan.ts'

/** Plans and does `strata index`: brings `index.spack` up to date with the tags. */
export async function prepareIndex(
  request: Extract<ActRequest, { kind: 'index' }>,
  setting: ActSetting,
): Promise<PreparedAct> {
  const { repository, store, now } = setting
  const draft = await draftIndex(repository, store, { signal: setting.signal })
  const kept = draft.packages - draft.added.length
  const plan = planOf(request, setting, {
    title: `Bring the index of ${formatReference(repository.reference)} up to date`,
    steps: stepsOf(draft),
    sums: { tags: draft.added.length + draft.gone.length, kept, bytes: 0 },
    empty: !draft.changed,
    findings: findingsOf(draft),
  })
  return {
    plan,
    items: [{ key: 'index', name: INDEX_TAG, stages: [{ phase: 'act' }] }],
    // Whatever has changed since: the run looks again, and what it writes is what the tags want.
    checkFresh: async () => undefined,
    run: async ({ signal, progress, log }) => {
      const startedAt = now()
      progress.enter('index', 'act')
      const index = await updateIndex(repository, store, { draft, signal })
      for (const { tag, why } of index.passedOver) log(`passed over ${tag}: ${why}`)
      progress.enter('index', 'done')
      return {
        done: index.changed ? [doneWords(index)] : [],
        failed: [],
        findings: index.passedOver.map(passedOverFinding),
        bytes: index.bytes,
        seconds: (now() - startedAt) / 1000,
      }
    },
  }
}

function doneWords({ added, gone, packages }: Pick<IndexDraft, 'added' | 'gone' | 'packages'>): string {
  const changes = [
    ...(added.length > 0 ? [`${added.length} added`] : []),
    ...(gone.length > 0 ? [`${gone.length} taken out`] : []),
  ]
  return `${INDEX_TAG} lists ${plural(packages, 'package')}${changes.length > 0 ? `: ${changes.join(', ')}` : ''}`
}

function stepsOf({ added, gone, changed, digest, problem }: IndexDraft): ActStep[] {
  const index: ActStep = {
    key: INDEX_TAG,
    action: 'write',
    object: 'index',
    name: INDEX_TAG,
    why: problem ?? (digest === undefined ? 'there is none yet' : 'it differs from the tags'),
  }
  return [
    ...(changed ? [index] : []),
    ...added.map((one) => packageStep(one, 'write', 'its tag is not in the index')),
    ...gone.map((one) => packageStep(one, 'delete', 'its tag is gone')),
  ]
}

function packageStep({ hash, name, version }: IndexedPackage, action: 'write' | 'delete', why: string): ActStep {
  return { key: hash, action, object: 'index', name: `${name}@${version}/${shortHash(hash)}`, why }
}

function findingsOf({ database, passedOver, problem }: IndexDraft): Finding[] {
  return [
    ...(problem === undefined
      ? []
      : [{ severity: 'warning', message: `The index cannot be used by Spack: ${problem}` } satisfies Finding]),
    ...passedOver.map(passedOverFinding),
    ...(Number(database.version) > 7
      ? [
          {
            severity: 'note',
            message: `Spack 0.22 and 0.23 cannot read this index (version ${database.version}): the cache has packages of Spack 1.x.`,
          } satisfies Finding,
        ]
      : []),
  ]
}

/** A tag that ends in `.spack` and holds no package, which Spack's own `update-index` stops at. */
export function passedOverFinding({ tag, why }: PassedOver): Finding {
  return {
    severity: 'warning',
    message: `${tag} is passed over: ${why}`,
    hint: 'Spack itself stops there when it updates the index. Delete the tag, or push the package anew.',
  }
}
