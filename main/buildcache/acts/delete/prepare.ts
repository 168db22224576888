import type { Digest } from '../../../registry/digest.ts'
import type { Repository } from '../../../registry/repository.ts'
import { dependents, runTimeTypes } from '../../../spack/spec/graph.ts'
import { mapConcurrently } from '../../../support/concurrency.ts'
import { StrataError } from '../../../support/errors.ts'
import { readCatalog } from '../../catalog.ts'
import { INDEX_TAG, isPackageTag } from '../../package-tag.ts'
import { stalePlan } from '../../plan-shelf.ts'
import { digestsOfTags, readTaggedImages } from '../../tagged-images.ts'
import type { ActSetting, PreparedAct } from '../act.ts'
import { planOf } from '../plan.ts'
import { type DeleteWork, decideDeletes } from './decide.ts'
import { describeDelete } from './describe.ts'
import type { DeleteRequest, PreparedDelete } from './prepared.ts'
import { deleteItems, runDelete } from './run.ts'

/** Questions to the registry at a time. */
const LOOKUPS = 16

/**
 * Plans the end of the chosen tags: what goes with them, what would miss them, and whether the registry deletes at all.
 * Reads every manifest of the repository that is not known yet: only so can be said what is freed.
 * Throws `registry-not-found` when none of the tags is there, and what the registry answers.
 */
export async function prepareDelete(request: DeleteRequest, setting: ActSetting): Promise<PreparedAct> {
  const { repository, store, signal } = setting
  const tags = await repository.tags({ signal })
  const chosen = await digestsOfTags(repository, [...new Set(request.tags)], signal)
  const absent = request.tags.filter((tag) => !chosen.has(tag))
  if (chosen.size === 0) {
    throw new StrataError('registry-not-found', `there is no tag ${absent[0]} in this repository`, {
      hint: 'strata list REPOSITORY shows what is there. A tag is written as it stands, not as a spec.',
    })
  }
  const { trees } = await readTaggedImages(repository, store, tags, signal)
  const { deletesTags, refusal } = await askDeletes(repository, signal)
  const work = decideDeletes({ trees, chosen, deletesTags })
  const gone = [...chosen.keys(), ...work.alsoGone]
  const prepared: PreparedDelete = {
    repository,
    work,
    trees,
    chosen,
    absent,
    tags: new Set(tags),
    refusal,
    dependents: await dependentsOf(gone, setting),
    referrers: await countReferrers(work, repository, signal),
    // Not where there is no index: the delete of a tag is no reason to begin one.
    updatesIndex: request.updateIndex && gone.some(isPackageTag) && tags.includes(INDEX_TAG) && !chosen.has(INDEX_TAG),
  }
  return {
    plan: planOf(request, setting, describeDelete(prepared)),
    items: deleteItems(prepared),
    checkFresh: () => checkFresh(prepared),
    run: (context) => runDelete(prepared, setting, context),
  }
}

/** Whether tags can be taken away alone, or the registry's refusal of all deletes. */
export async function askDeletes(
  repository: Repository,
  signal: AbortSignal,
): Promise<{ readonly deletesTags: boolean; readonly refusal: StrataError | undefined }> {
  try {
    return { deletesTags: (await repository.probeDeletes({ signal })).tags, refusal: undefined }
  } catch (error) {
    if (!(error instanceof StrataError) || !refusals.has(error.code)) throw error
    return { deletesTags: false, refusal: error }
  }
}

const refusals: ReadonlySet<string> = new Set(['registry-unsupported', 'registry-denied', 'registry-auth'])

/** Packages that keep their tags and need one that goes, at run time: Spack could not install them from here any more. */
async function dependentsOf(
  gone: readonly string[],
  { repository, store, signal }: ActSetting,
): Promise<readonly string[]> {
  if (!gone.some(isPackageTag)) return []
  const { graph, tags } = await readCatalog(repository, store, { signal })
  const going = new Set(gone)
  const hashes = [...tags].filter(([, tag]) => going.has(tag)).map(([hash]) => hash)
  return [...dependents(graph, hashes, runTimeTypes)]
    .filter((hash) => tags.has(hash) && !going.has(tags.get(hash) ?? ''))
    .flatMap((hash) => graph.nodes.get(hash) ?? [])
    .map((node) => `${node.name}@${node.version}`)
    .sort()
}

/** Packages are left out: nothing that signs them is known, and a cache has thousands. */
async function countReferrers(work: DeleteWork, repository: Repository, signal: AbortSignal): Promise<number> {
  const digests = [...work.manifests].filter(([, tags]) => !tags.every(isPackageTag)).map(([digest]) => digest)
  const found = await mapConcurrently(digests, LOOKUPS, (digest) => repository.referrers(digest, { signal }))
  return found.flat().length
}

/**
 * Throws the registry's refusal where it deletes nothing, and `plan-stale` when a tag has moved, or has come to one of the
 * images that would take it along.
 */
export async function checkFresh({ repository, work, chosen, tags, refusal }: PreparedDelete): Promise<void> {
  if (refusal) throw refusal
  const added = (await repository.tags()).filter((tag) => !tags.has(tag))
  const planned = new Map<string, Digest | undefined>(chosen)
  for (const [digest, on] of work.manifests) for (const tag of on) planned.set(tag, digest)
  const now = await digestsOfTags(repository, [...planned.keys(), ...added])
  for (const [tag, digest] of planned) if (now.get(tag) !== digest) throw stalePlan(`the tag ${tag} has changed`)
  for (const tag of added) {
    const digest = now.get(tag)
    if (digest && work.manifests.has(digest)) throw stalePlan(`the tag ${tag} names one of these images by now`)
  }
}
