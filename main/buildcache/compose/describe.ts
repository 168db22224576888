import type { ActPlan, ActStep } from '../../api/acts.ts'
import { formatBytes, plural, shortDigest } from '../../api/format.ts'
import type { Finding } from '../../api/models.ts'
import type { ImagePart } from './destination.ts'
import { mergedName } from './parts.ts'
import type { PreparedComposition } from './prepared.ts'

/** What the plan of a publication says: what is made, sent and written, and what is there already. */
export function describePublication(
  prepared: PreparedComposition,
): Pick<ActPlan, 'title' | 'target' | 'steps' | 'sums' | 'empty' | 'findings'> {
  const { request, destination, gathered } = prepared
  const layers = layerSteps(prepared)
  const digest = gathered.composed.image?.manifest.digest
  const isThere = digest !== undefined && digest === prepared.replaces
  const tag = tagStep(prepared, digest)
  const changing = layers.filter((step) => step.action !== 'present')
  const sent = changing.filter((step) => step.action !== 'mount').reduce((sum, { bytes = 0 }) => sum + bytes, 0)
  return {
    title: `Compose ${request.title ?? request.tag}`,
    target: destination.name,
    steps: [
      ...changing,
      ...(isThere ? [] : [tag]),
      ...sbomSteps(prepared),
      ...layers.filter((step) => step.action === 'present'),
      ...(isThere ? [tag] : []),
    ],
    sums: { tags: isThere ? 0 : 1, kept: layers.length - changing.length, bytes: sent },
    empty: isThere && changing.length === 0 && sbomSteps(prepared).length === 0,
    findings: replacedFindings(prepared, digest),
  }
}

function layerSteps({ parts, states, merge, gathered }: PreparedComposition): ActStep[] {
  const steps = parts.map((part) => layerStep(part, states.get(part.blob.digest) ?? 'copy'))
  if (!merge) return steps
  const fetched = merge.toFetch.reduce((sum, { layer }) => sum + layer.size, 0)
  const why =
    fetched === 0 ? 'made from layers that are on this machine' : `${formatBytes(fetched)} are fetched to make it of`
  const made: ActStep = {
    key: merge.key,
    action: 'write',
    object: 'blob',
    name: mergedName(merge.items),
    bytes: gathered.composed.budget.mergedBytes,
    why: `${why}; kept for the next time`,
  }
  return [made, ...steps]
}

function layerStep({ blob, name }: ImagePart, state: string): ActStep {
  const step = { key: blob.digest, object: 'blob', name, digest: blob.digest, bytes: blob.size } as const
  switch (state) {
    case 'present':
      return { ...step, action: 'present', why: 'the layer is there' }
    case 'mount':
      return { ...step, action: 'mount', why: 'the registry has it in another repository' }
    default:
      return { ...step, action: 'copy', why: 'the target does not have it' }
  }
}

function tagStep({ request, replaces }: PreparedComposition, digest: string | undefined): ActStep {
  const step = { key: 'image', object: 'tag', name: request.tag, digest } as const
  if (digest !== undefined && digest === replaces) {
    return { ...step, action: 'present', why: 'names this very image' }
  }
  const why = replaces === undefined ? 'config, manifest and a new tag' : `named ${shortDigest(replaces)} so far`
  return { ...step, action: 'write', why }
}

function sbomSteps({ request, gathered }: PreparedComposition): ActStep[] {
  const why = `a bill of materials of ${plural(gathered.composed.packages.length, 'package')} (CycloneDX)`
  return [
    ...(request.attachSbom
      ? [
          {
            key: 'sbom',
            action: 'write',
            object: 'manifest',
            name: 'referrer',
            why: `${why}, attached to the image`,
          } as const,
        ]
      : []),
    ...(request.sbomFile === undefined
      ? []
      : [{ key: 'sbom-file', action: 'write', object: 'blob', name: request.sbomFile, why } as const]),
  ]
}

function replacedFindings({ request, replaces }: PreparedComposition, digest: string | undefined): Finding[] {
  if (replaces === undefined || replaces === digest) return []
  return [
    {
      severity: 'warning',
      message: `The tag ${request.tag} exists and is moved: it names ${shortDigest(replaces)}`,
      hint: 'Unless another tag names that image, only its digest leads to it afterwards.',
    },
  ]
}
