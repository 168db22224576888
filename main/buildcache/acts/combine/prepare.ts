import { isDigest } from '../../../registry/digest.ts'
import { formatReference, parseReference, type Reference } from '../../../registry/reference.ts'
import type { Repository } from '../../../registry/repository.ts'
import { isLegalTag } from '../../../registry/tag.ts'
import { StrataError } from '../../../support/errors.ts'
import { checkImageTag } from '../../package-tag.ts'
import { stalePlan } from '../../plan-shelf.ts'
import { readManifest } from '../../remote-package.ts'
import type { ActSetting, PreparedAct } from '../act.ts'
import { planOf } from '../plan.ts'
import { readPlatforms } from '../platforms.ts'
import { indexOf, partsOf, twiceFindings } from './decide.ts'
import { describeCombine } from './describe.ts'
import type { CombineRequest, Named, PreparedCombine } from './prepared.ts'
import { combineItems, runCombine } from './run.ts'

/**
 * Plans an image index of published images, one of each platform. A word that could be a tag is one of the repository, as a
 * digest is; everything else is a reference, and what lies elsewhere is mounted or copied. The index is OCI's, or Docker's
 * manifest list when all images are in Docker's schema 2: Docker's tools and Apptainer take images of one kind without
 * looking twice. The same images make the same bytes: no time, and the order is that of the platforms' names.
 * Throws `tag-invalid`, `registry-not-found` and `manifest-invalid`. The same platform twice is a problem of the plan,
 * and the run refuses it.
 */
export async function prepareCombine(request: CombineRequest, setting: ActSetting): Promise<PreparedAct> {
  const { repository, signal } = setting
  checkImageTag(request.tag)
  const named: Named[] = []
  for (const text of new Set(request.images)) named.push(await lookUp(text, setting))
  const parts = await partsOf(named, setting)
  const replaces = (await repository.headManifest(request.tag, { signal }))?.digest
  const problems = twiceFindings(parts)
  const prepared: PreparedCombine = { request, named, parts, problems, index: indexOf(parts), replaces }
  return {
    plan: planOf(request, setting, describeCombine(prepared)),
    items: combineItems(prepared),
    checkFresh: () => checkFresh(prepared, repository),
    run: (context) => runCombine(prepared, setting, context),
  }
}

async function lookUp(text: string, { repository, connection, store, signal }: ActSetting): Promise<Named> {
  const isOwn = isDigest(text) || isLegalTag(text)
  const reference = isOwn ? undefined : parseReference(text)
  const other =
    reference && !isSamePlace(reference, repository.reference) ? await connection.open(reference) : undefined
  const source = other ?? repository
  const version = isOwn ? text : (reference?.digest ?? reference?.tag ?? 'latest')
  const manifest = await readManifest(source, store, version, { signal })
  if (!manifest) {
    throw new StrataError('registry-not-found', `${formatReference(source.reference)}: there is no image ${version}`, {
      hint:
        isOwn && !isDigest(text)
          ? 'A word alone is a tag of this repository; an image elsewhere has a / in its name.'
          : undefined,
    })
  }
  return {
    text,
    source,
    version,
    digest: manifest.digest,
    ...(await readPlatforms(source, store, manifest, text, signal)),
  }
}

function isSamePlace(one: Reference, other: Reference): boolean {
  if (one.kind === 'layout' || other.kind === 'layout') return one.kind === other.kind && samePath(one, other)
  return one.registry === other.registry && one.repository === other.repository
}

function samePath(one: Reference, other: Reference): boolean {
  return one.kind === 'layout' && other.kind === 'layout' && one.path === other.path
}

async function checkFresh({ request, named, replaces }: PreparedCombine, repository: Repository): Promise<void> {
  for (const { text, source, version, digest } of named) {
    if ((await source.headManifest(version))?.digest !== digest) throw stalePlan(`${text} is another image now`)
  }
  if ((await repository.headManifest(request.tag))?.digest !== replaces) {
    throw stalePlan(`the tag ${request.tag} has changed`)
  }
}
