import type { ActPlan, ActStep } from '../../../api/acts.ts'
import { formatBytes, plural, shortDigest } from '../../../api/format.ts'
import type { Finding } from '../../../api/models.ts'
import { formatReference } from '../../../registry/reference.ts'
import { INDEX_TAG } from '../../package-tag.ts'
import { listedNames } from '../names.ts'
import type { PreparedDelete } from './prepared.ts'

/** What a delete's plan says: every tag that goes and why, what becomes of others, and what is freed. */
export function describeDelete(
  prepared: PreparedDelete,
): Pick<ActPlan, 'title' | 'steps' | 'sums' | 'empty' | 'findings'> {
  const { work, chosen, updatesIndex, repository } = prepared
  const tags = [...chosen.keys(), ...work.alsoGone]
  const [first = ''] = tags
  return {
    title: `Delete ${tags.length === 1 ? first : plural(tags.length, 'tag')} from ${formatReference(repository.reference)}`,
    steps: [...stepsOf(prepared), ...(updatesIndex ? [indexStep] : [])],
    sums: { tags: tags.length, kept: 0, bytes: freedBytes(prepared) },
    empty: chosen.size === 0,
    findings: findingsOf(prepared),
  }
}

function freedBytes({ work }: PreparedDelete): number {
  return work.freed.reduce((sum, { size }) => sum + size, 0)
}

function stepsOf({ work, chosen }: PreparedDelete): ActStep[] {
  const untagged = new Set(work.untagged)
  const also = new Set(work.alsoGone)
  const step = (tag: string, digest: string | undefined, why: string): ActStep => ({
    key: tag,
    action: 'delete',
    object: 'tag',
    name: tag,
    digest,
    why,
  })
  const gone = [...work.manifests].flatMap(([digest, tags]) => tags.map((tag) => [tag, digest] as const))
  return [
    ...work.untagged.map((tag) => step(tag, chosen.get(tag), 'the tag alone: something else needs its image')),
    ...gone
      .filter(([tag]) => !untagged.has(tag))
      .map(([tag, digest]) =>
        step(tag, digest, also.has(tag) ? 'the same image: this registry deletes images, not tags' : 'chosen'),
      ),
    ...work.children.map(
      (digest): ActStep => ({
        key: digest,
        action: 'delete',
        object: 'manifest',
        name: shortDigest(digest),
        digest,
        why: 'a part of a deleted image index that nothing else names',
      }),
    ),
  ]
}

const indexStep: ActStep = {
  key: INDEX_TAG,
  action: 'write',
  object: 'index',
  name: INDEX_TAG,
  why: 'what goes is taken out of it first',
}

function findingsOf(prepared: PreparedDelete): Finding[] {
  const { work, refusal, absent, referrers } = prepared
  const findings: (Finding | false)[] = [
    refusal !== undefined && {
      severity: 'problem',
      message: `Nothing can be deleted here: ${refusal.message}`,
      hint: refusal.hint,
    },
    work.alsoGone.length > 0 && {
      severity: 'warning',
      message: `This registry deletes images with all of their tags: ${listedNames(work.alsoGone)} ${work.alsoGone.length === 1 ? 'goes' : 'go'} as well`,
      hint: 'They are the same images as what is deleted. To keep them, leave those tags out.',
    },
    work.broken.length > 0 && {
      severity: 'warning',
      message: `What is deleted is a part of the image ${work.broken.length === 1 ? 'index' : 'indexes'} ${listedNames(work.broken)}, which would lose it`,
      hint: 'This registry deletes images, not tags. Delete the image index too, or leave the image.',
    },
    dependentsFinding(prepared),
    work.sharing.length > 0 && {
      severity: 'note',
      message: `What is deleted shares layers with ${plural(work.sharing.length, 'other tag')}: those layers stay, and the images are whole`,
    },
    referrers > 0 && {
      severity: 'note',
      message: `What is deleted has ${plural(referrers, 'referrer')} (signatures and the like): they stay, and refer to nothing then`,
    },
    absent.length > 0 && {
      severity: 'note',
      message: `Not there (any more): ${listedNames(absent)}`,
    },
    spaceFinding(prepared),
  ]
  return findings.filter((one) => one !== false)
}

function dependentsFinding({ dependents }: PreparedDelete): Finding | false {
  if (dependents.length === 0) return false
  return {
    severity: 'warning',
    message: `${listedNames(dependents)} ${dependents.length === 1 ? 'needs' : 'need'} what is deleted, and could not be installed from here any more`,
    hint: 'Their images are whole and run. To keep them installable, leave what they need, or delete them as well.',
  }
}

function spaceFinding(prepared: PreparedDelete): Finding | false {
  const bytes = freedBytes(prepared)
  if (prepared.repository.reference.kind === 'layout' || bytes === 0 || prepared.refusal) return false
  return {
    severity: 'note',
    message: `The registry gives the ${formatBytes(bytes)} back when it next collects its garbage`,
  }
}
