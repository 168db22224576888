import { shortDigest } from '../../../api/format.ts'
import type { ActResult } from '../../../api/models.ts'
import type { JobContext } from '../../../jobs/jobs.ts'
import type { ItemPlan } from '../../../jobs/progress.ts'
import { createCopier } from '../../../registry/copy.ts'
import type { Digest } from '../../../registry/digest.ts'
import { formatReference } from '../../../registry/reference.ts'
import type { Repository } from '../../../registry/repository.ts'
import { StrataError } from '../../../support/errors.ts'
import { readManifest } from '../../remote-package.ts'
import { imageUsage } from '../../usage.ts'
import type { ActSetting } from '../act.ts'
import { attemptsOf } from '../attempts.ts'
import { bytesOf, sentBytes } from './decide.ts'
import { indexKey, type Part, type PreparedCombine } from './prepared.ts'

/** What the progress counts: bytes of each image that is brought, and the tag. */
export function combineItems({ request, parts }: PreparedCombine): ItemPlan[] {
  return [
    ...parts
      .filter(({ present }) => !present)
      .map((part): ItemPlan => {
        const stages = [{ phase: 'upload', bytes: sentBytes(part) }] as const
        return { key: part.manifest.digest, name: part.name, stages }
      }),
    { key: indexKey, name: request.tag, stages: [{ phase: 'act', bytes: 0 }] },
  ]
}

/** Brings the images, then writes the index. Rejects only when cancelled, and for a problem of the plan. */
export async function runCombine(
  prepared: PreparedCombine,
  setting: ActSetting,
  context: JobContext,
): Promise<ActResult> {
  const { request, parts, problems, index } = prepared
  const { repository, now } = setting
  const [problem] = problems
  if (problem) throw new StrataError('act-refused', problem.message, { hint: problem.hint })
  const startedAt = now()
  const attempts = attemptsOf(context)
  let bytes = 0
  let complete = true
  for (const part of parts.filter(({ present }) => !present)) {
    const { digest } = part.manifest
    const done = await attempts.attempt(digest, `${part.name} of ${part.text}`, async () => {
      bytes += await bring(part, setting, context, attempts.signal)
      return `${part.name} ${shortDigest(digest)}`
    })
    complete &&= done
  }
  const written = await attempts.attempt(indexKey, request.tag, async () => {
    if (!complete) throw new StrataError('act-incomplete', 'not written, because an image that it lists is not there')
    context.progress.enter(indexKey, 'act')
    await repository.putManifest(request.tag, index.bytes, index.mediaType, { signal: attempts.signal })
    return `${request.tag} ${shortDigest(index.digest)}`
  })
  const result = { ...attempts.result(), findings: [], bytes, seconds: (now() - startedAt) / 1000 }
  return written ? { ...result, image: imageOf(prepared, repository) } : result
}

/** Sees to it that the repository has an image; returns the bytes that were sent. */
async function bring(
  { tree, source, manifest, missing, mounts }: Part,
  { repository, store }: ActSetting,
  context: JobContext,
  signal: AbortSignal,
): Promise<number> {
  const key = manifest.digest
  const done = new Map<Digest, number>()
  const copier = createCopier(source, repository, {
    signal,
    readManifest: (name) => readManifest(source, store, name, { signal }),
    gate: () => context.gate(),
    onProgress: ({ digest }, bytes) => {
      // It was to be mounted, and the registry would not: its bytes are sent after all.
      if (mounts && done.size === 0) context.progress.size(key, 'upload', bytesOf(missing))
      done.set(digest, bytes)
      context.progress.enter(key, 'upload')
      context.progress.advance(
        key,
        'upload',
        [...done.values()].reduce((sum, one) => sum + one, 0),
      )
    },
  })
  await copier.image(tree, key)
  return copier.bytesSent()
}

function imageOf({ request, index }: PreparedCombine, { reference }: Repository): ActResult['image'] {
  const { tag } = request
  return {
    reference: formatReference({ ...reference, tag }),
    digest: index.digest,
    usage: imageUsage(reference, { kind: 'platforms', tag, base: undefined, package: undefined }),
  }
}
