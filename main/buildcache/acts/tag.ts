import type { ActPlan, ActRequest, ActStep } from '../../api/acts.ts'
import { plural, shortDigest } from '../../api/format.ts'
import type { ActResult, Finding } from '../../api/models.ts'
import type { JobContext } from '../../jobs/jobs.ts'
import type { Manifest, Repository } from '../../registry/repository.ts'
import { nodesOfDocument } from '../../spack/spec/read-nodes.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { mapConcurrently } from '../../support/concurrency.ts'
import { StrataError } from '../../support/errors.ts'
import { readDocument } from '../cache-index.ts'
import { checkImageTag, isPackageTag, packageTag } from '../package-tag.ts'
import { stalePlan } from '../plan-shelf.ts'
import { isDamage, readManifest } from '../remote-package.ts'
import type { ActSetting, PreparedAct } from './act.ts'
import { attemptsOf } from './attempts.ts'
import { planOf } from './plan.ts'

type TagRequest = Extract<ActRequest, { kind: 'tag' }>

/** Tags that are looked at or written at a time. */
const AT_ONCE = 8

/**
 * Plans further tags for an image: its manifest is written once more under each, no other byte moves. A tag that is there
 * and points elsewhere is moved.
 * Throws `registry-not-found` for an image that is not there, and `tag-invalid` for a tag that no registry takes or that
 * promises another package than the image is.
 */
export async function prepareTag(request: TagRequest, setting: ActSetting): Promise<PreparedAct> {
  const { repository, store, signal } = setting
  const image = await readManifest(repository, store, request.from, { signal })
  if (!image) throw new StrataError('registry-not-found', `there is no image ${request.from}`)
  const tags = [...new Set(request.to)]
  await checkTags(tags, request.from, { repository, store, signal })
  const heldBy = (tag: string): Promise<string | undefined> => digestOf(repository, tag)
  const held = new Map(await mapConcurrently(tags, AT_ONCE, async (tag) => [tag, await heldBy(tag)] as const))
  return {
    plan: planOf(request, setting, describeTagging(request, image, held)),
    items: tags.map((tag) => ({ key: tag, name: tag, stages: [{ phase: 'act', bytes: 0 }] })),
    checkFresh: async () => {
      if ((await heldBy(request.from)) !== image.digest) throw stalePlan(`${request.from} is another image now`)
      await mapConcurrently([...held], AT_ONCE, async ([tag, digest]) => {
        if ((await heldBy(tag)) !== digest) throw stalePlan(`the tag ${tag} has changed`)
      })
    },
    run: (context) => runTagging(image, held, setting, context),
  }
}

async function digestOf(repository: Repository, tagOrDigest: string): Promise<string | undefined> {
  return (await repository.headManifest(tagOrDigest))?.digest
}

async function checkTags(
  tags: readonly string[],
  from: string,
  { repository, store, signal }: { repository: Repository; store: BlobStore; signal: AbortSignal },
): Promise<void> {
  const own = tags.some(isPackageTag) ? await ownTag(repository, store, from, signal) : undefined
  for (const tag of tags) {
    if (own === undefined || tag !== own) checkImageTag(tag)
  }
}

/** The tag that an image has by right, when it is a package: the one under which Spack looks for it. */
async function ownTag(
  repository: Repository,
  store: BlobStore,
  from: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const [root] = nodesOfDocument(await readDocument(repository, store, from, signal), from).values()
    return root && packageTag(root)
  } catch (error) {
    if (isDamage(error)) return undefined
    throw error
  }
}

function describeTagging(
  { from, to }: TagRequest,
  image: Manifest,
  held: ReadonlyMap<string, string | undefined>,
): Pick<ActPlan, 'title' | 'steps' | 'sums' | 'empty' | 'findings'> {
  const steps = [...held].map(([tag, digest]): ActStep => {
    const step = { key: tag, object: 'tag', name: tag, digest: image.digest } as const
    if (digest === image.digest) return { ...step, action: 'present', why: 'points at this image already' }
    const why = digest === undefined ? 'a new tag' : `pointed at ${shortDigest(digest)} so far`
    return { ...step, action: 'write', why }
  })
  const written = steps.filter((step) => step.action === 'write')
  return {
    title: `Tag ${from} as ${to[0]}${held.size > 1 ? ` and ${plural(held.size - 1, 'more')}` : ''}`,
    // What changes first.
    steps: [...written, ...steps.filter((step) => step.action !== 'write')],
    sums: { tags: written.length, kept: steps.length - written.length, bytes: 0 },
    empty: written.length === 0,
    findings: [
      ...movedFindings(image, held),
      ...(written.some(({ name }) => isPackageTag(name)) ? [unlistedFinding] : []),
    ],
  }
}

function movedFindings({ digest }: Manifest, held: ReadonlyMap<string, string | undefined>): Finding[] {
  const moved = [...held].filter(([, before]) => before !== undefined && before !== digest)
  return moved.map(([tag, before]) => ({
    severity: 'warning',
    message: `The tag ${tag} exists and is moved: it points at ${shortDigest(before ?? '')}`,
    hint: 'Unless another tag names that image, only its digest leads to it afterwards.',
  }))
}

const unlistedFinding: Finding = {
  severity: 'note',
  message: 'A package that index.spack does not list yet is not found by Spack',
  hint: 'Bring the index up to date afterwards with: strata index REPOSITORY',
}

async function runTagging(
  image: Manifest,
  held: ReadonlyMap<string, string | undefined>,
  { repository, now }: ActSetting,
  context: JobContext,
): Promise<ActResult> {
  const startedAt = now()
  const attempts = attemptsOf(context)
  await mapConcurrently([...held], AT_ONCE, ([tag, digest]) =>
    attempts.attempt(tag, tag, async () => {
      if (digest === image.digest) return undefined
      context.progress.enter(tag, 'act')
      await repository.putManifest(tag, image.bytes, image.mediaType, { signal: attempts.signal })
      return `${tag} ${shortDigest(image.digest)}`
    }),
  )
  return { ...attempts.result(), findings: [], bytes: 0, seconds: (now() - startedAt) / 1000 }
}
