import type { Reference } from '../../../registry/reference.ts'
import type { Repository } from '../../../registry/repository.ts'
import { StrataError } from '../../../support/errors.ts'
import { draftIndex } from '../../cache-index.ts'
import { isPackageTag } from '../../package-tag.ts'
import { FRESH, stalePlan } from '../../plan-shelf.ts'
import { digestsOfTags, readTaggedImages } from '../../tagged-images.ts'
import type { ActSetting, PreparedAct } from '../act.ts'
import { planOf } from '../plan.ts'
import { decideCopies } from './decide.ts'
import { describeCopy } from './describe.ts'
import type { PlannedCopy, PreparedCopy } from './prepared.ts'
import { copyItems, runCopy } from './run.ts'
import { type CopyRequest, selectCopies } from './select.ts'

/**
 * Plans a copy of tags, with the packages that they need, to another repository, registry or OCI folder. Reads manifests
 * only. Signatures and other referrers go along where they have tags of their own.
 * Throws `usage` for a copy onto itself, what `selectCopies` throws, and what either side answers.
 */
export async function prepareCopy(request: CopyRequest, setting: ActSetting): Promise<PreparedAct> {
  const { repository, connection, store, signal, now } = setting
  const target = await connection.openNamed({ to: request.to, credentials: request.toCredentials })
  if (placeOf(target.reference) === placeOf(repository.reference)) {
    throw new StrataError('usage', 'a copy needs another repository to go to', {
      hint: 'Further names for an image in the same repository are given with: strata tag',
    })
  }
  const selection = await selectCopies(request, setting)
  const { trees, unreadable } = await readTaggedImages(repository, store, selection.tags, signal)
  if (trees.size === 0 && unreadable[0]) throw unreadable[0].error
  const work = await decideCopies(trees, repository.reference, target, signal)
  const updatesIndex = request.updateIndex && (await isIndexOld(work.copies, work.present, target, setting))
  const prepared: PreparedCopy = { request, target, selection, unreadable, ...work, updatesIndex }
  const plan = planOf(request, setting, describeCopy(prepared))
  return {
    plan,
    items: copyItems(prepared),
    checkFresh: async () => {
      if (now() - plan.madeAt > FRESH) await checkTags(prepared, repository)
    },
    run: (context) => runCopy(prepared, setting, context),
  }
}

function placeOf(reference: Reference): string {
  return reference.kind === 'layout' ? reference.path : `${reference.registry}/${reference.repository}`
}

/** Whether the target's index has to change; it may have to when all tags are there, after a copy that was cut short. */
async function isIndexOld(
  copies: readonly PlannedCopy[],
  present: readonly string[],
  target: Repository,
  { store, signal }: ActSetting,
): Promise<boolean> {
  if (copies.some(({ tag }) => isPackageTag(tag))) return true
  if (!present.some(isPackageTag)) return false
  return (await draftIndex(target, store, { signal })).changed
}

async function checkTags({ copies, target }: PreparedCopy, source: Repository): Promise<void> {
  const tags = copies.map((one) => one.tag)
  const [here, there] = await Promise.all([digestsOfTags(source, tags), digestsOfTags(target, tags)])
  for (const { tag, tree, replaces } of copies) {
    if (here.get(tag) !== tree.root.digest) throw stalePlan(`${tag} is another image now`)
    if (there.get(tag) !== replaces) throw stalePlan(`${tag} has changed in the target`)
  }
}
