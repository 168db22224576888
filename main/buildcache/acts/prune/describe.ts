import type { ActPlan, ActStep } from '../../../api/acts.ts'
import { formatBytes, plural, shortHash } from '../../../api/format.ts'
import type { Finding } from '../../../api/models.ts'
import { formatReference } from '../../../registry/reference.ts'
import { INDEX_TAG } from '../../package-tag.ts'
import type { PreparedDelete } from '../delete/prepared.ts'
import { passedOverFinding } from '../index-update.ts'
import { listedNames } from '../names.ts'
import type { CachedPackage, PruneDecision } from './decide.ts'
import type { CachedPackages } from './packages.ts'

export interface PruneFacts {
  readonly cached: CachedPackages
  readonly decision: PruneDecision
  readonly removal: PreparedDelete
  /** Tags whose images could not be read. */
  readonly unreadable: readonly string[]
  /** Roots of the kept environments that the cache does not have, as `name@version`. */
  readonly absentRoots: readonly string[]
}

/** What a prune's plan says: what goes, what stays and why, and what becomes free. */
export function describePrune(facts: PruneFacts): Pick<ActPlan, 'title' | 'steps' | 'sums' | 'empty' | 'findings'> {
  const { cached, decision, removal } = facts
  const dropped = inOrder(decision.dropped)
  const kept = inOrder(cached.packages).filter((one) => decision.kept.has(one.tag))
  const packageTags = new Set(cached.packages.map((one) => one.tag))
  const others = [...removal.tags].filter((tag) => !packageTags.has(tag)).sort()
  return {
    title: `Prune ${formatReference(removal.repository.reference)}`,
    steps: [
      ...dropped.map((one) => packageStep(one, 'delete', 'nothing that is kept needs it')),
      ...(dropped.length > 0 && removal.updatesIndex ? [indexStep] : []),
      ...kept.map((one) => packageStep(one, 'keep', decision.kept.get(one.tag) ?? '')),
      ...others.map((tag): ActStep => ({ key: tag, action: 'keep', object: 'tag', name: tag, why: 'no package' })),
    ],
    sums: { tags: dropped.length, kept: kept.length + others.length, bytes: freedBytes(removal) },
    empty: dropped.length === 0,
    findings: findingsOf(facts, kept.length),
  }
}

const indexStep: ActStep = {
  key: `write ${INDEX_TAG}`,
  action: 'write',
  object: 'index',
  name: INDEX_TAG,
  why: 'what goes is taken out of it first',
}

function inOrder(packages: readonly CachedPackage[]): readonly CachedPackage[] {
  return [...packages].sort((a, b) => (a.tag < b.tag ? -1 : 1))
}

function packageStep(one: CachedPackage, action: 'delete' | 'keep', why: string): ActStep {
  const name = `${one.name}@${one.version}/${shortHash(one.hash)}`
  return { key: one.tag, action, object: 'tag', name, digest: one.digest, why }
}

function freedBytes({ work }: PreparedDelete): number {
  return work.freed.reduce((sum, { size }) => sum + size, 0)
}

function findingsOf({ cached, decision, removal, unreadable, absentRoots }: PruneFacts, kept: number): Finding[] {
  const { refusal, repository } = removal
  const bytes = freedBytes(removal)
  const findings: (Finding | false)[] = [
    refusal !== undefined && {
      severity: 'problem',
      message: `Nothing can be deleted here: ${refusal.message}`,
      hint: refusal.hint,
    },
    kept === 0 &&
      decision.dropped.length > 0 && {
        severity: 'warning',
        message: 'No package of this cache is kept',
        hint: 'Look again at what is to be kept: an environment of another cache, perhaps.',
      },
    absentRoots.length > 0 && {
      severity: 'note',
      message: `The cache does not have these roots of the kept environments: ${listedNames(absentRoots)}`,
    },
    decision.ageless > 0 && {
      severity: 'note',
      message: `${plural(decision.ageless, 'package')} do not say when they were made, and are kept`,
      hint: 'Spack writes that from 1.1 on. To go by versions, take --newest in place of --days.',
    },
    unreadable.length > 0 && {
      severity: 'warning',
      message: `What is behind ${listedNames(unreadable)} cannot be read, and stays as it is`,
      hint: 'strata check says what is wrong. strata delete takes such tags away.',
    },
    repository.reference.kind === 'registry' &&
      bytes > 0 &&
      refusal === undefined && {
        severity: 'note',
        message: `The registry gives the ${formatBytes(bytes)} back when it next collects its garbage`,
        hint: 'Distribution does so on demand. Operator: registry garbage-collect /etc/docker/registry/config.yml',
      },
  ]
  return [...findings.filter((one) => one !== false), ...cached.passedOver.map(passedOverFinding)]
}
