import type { ActPlan, ActStep } from '../../../api/acts.ts'
import { plural, shortDigest } from '../../../api/format.ts'
import type { Finding } from '../../../api/models.ts'
import { mediaTypes } from '../../../registry/media-types.ts'
import { formatReference } from '../../../registry/reference.ts'
import { bytesOf, sentBytes } from './decide.ts'
import { indexKey, type Named, type Part, type PreparedCombine } from './prepared.ts'

/** What the plan of an image index says: the images that are brought, the tag, what is there, what to know before. */
export function describeCombine(
  prepared: PreparedCombine,
): Pick<ActPlan, 'title' | 'steps' | 'sums' | 'empty' | 'findings'> {
  const { request, named, parts, problems, index, replaces } = prepared
  const { tag } = request
  const moves = parts.filter(({ present }) => !present)
  const there = replaces === index.digest
  const tagStep = { key: indexKey, object: 'tag', name: tag, digest: index.digest } as const
  const steps: ActStep[] = [
    ...moves.map(partStep),
    there
      ? { ...tagStep, action: 'present', why: 'is this very image index' }
      : {
          ...tagStep,
          action: 'write',
          why: replaces === undefined ? 'a new tag' : `pointed at ${shortDigest(replaces)} so far`,
        },
    ...parts.filter(({ present }) => present).map(partStep),
  ]
  return {
    title: `Combine ${plural(parts.length, 'image')} as ${tag}`,
    steps,
    sums: { tags: there ? 0 : 1, kept: there ? 1 : 0, bytes: moves.reduce((sum, part) => sum + sentBytes(part), 0) },
    empty: there && moves.length === 0,
    findings: [...problems, ...replacedFindings(prepared), ...attestationFindings(named), ...mixedFindings(parts)],
  }
}

function partStep(part: Part): ActStep {
  const { text, name, manifest, present, missing, mounts, source } = part
  const step = { key: manifest.digest, object: 'manifest', name, digest: manifest.digest } as const
  if (present) return { ...step, action: 'present', why: text }
  const bytes = bytesOf(missing)
  const action = missing.length === 0 ? 'write' : mounts ? 'mount' : 'copy'
  return { ...step, action, bytes, why: `${text}, from ${formatReference(source.reference)}` }
}

function replacedFindings({ request, index, replaces }: PreparedCombine): Finding[] {
  if (replaces === undefined || replaces === index.digest) return []
  return [
    {
      severity: 'warning',
      message: `The tag ${request.tag} exists and is moved: it points at ${shortDigest(replaces)}`,
      hint: 'Unless another tag names that image, only its digest leads to it afterwards.',
    },
  ]
}

function attestationFindings(named: readonly Named[]): Finding[] {
  return named
    .filter(({ attestations }) => attestations > 0)
    .map(({ text, attestations }) => ({
      severity: 'note',
      message: `Left out of ${text}: ${plural(attestations, 'attestation')}, which no platform runs`,
      hint: 'The index that it was in still has it.',
    }))
}

function mixedFindings(parts: readonly Part[]): Finding[] {
  const docker = parts.filter(({ manifest }) => manifest.mediaType === mediaTypes.dockerManifest).length
  if (docker === 0 || docker === parts.length) return []
  return [
    {
      severity: 'note',
      message: `${plural(docker, 'image')} of ${parts.length} is in Docker's format, the others in OCI's: the index is OCI's`,
      hint: 'Each image stays of one kind, so that Apptainer takes it.',
    },
  ]
}
