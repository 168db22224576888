import { createHash } from 'node:crypto'
import type { InstallPlan, PlannedInstall } from '../../api/install.ts'
import type { Finding } from '../../api/models.ts'
import { goArchitecture } from '../../image/architecture.ts'
import { formatReference } from '../../registry/reference.ts'
import { targetFamily } from '../../spack/spec/target.ts'
import type { Catalog } from '../catalog.ts'
import { commandOf } from './command.ts'
import { isWritten } from './decide.ts'
import type { PreparedInstallation } from './prepared.ts'
import { deniedPlaces } from './store-access.ts'
import { describeTarget } from './target.ts'

/** What packages take on disk for each compressed byte, before one has shown its own. */
export const TYPICAL_EXPANSION = 3.2

/** The plan as plain data: what the window shows and `--dry-run` prints. */
export async function describeInstall(prepared: Omit<PreparedInstallation, 'plan'>, now: number): Promise<InstallPlan> {
  const { request, repository, packages, catalog } = prepared
  const planned = packages.map((one) => one.planned)
  const written = planned.filter((one) => isWritten(one.action))
  const target = await describeTarget(prepared.target, prepared.databaseVersion)
  const bytesOnDisk = Math.round(sum(written, (one) => one.size ?? 0) * TYPICAL_EXPANSION)
  const from = formatReference(repository.reference)
  const content = { planned, target, request: { ...request, credentials: undefined } }
  const findings = [
    ...(await targetFindings(prepared, bytesOnDisk, target.freeBytes)),
    ...packageFindings(planned),
    ...architectureFindings(prepared),
    ...catalogFindings(catalog),
  ]
  return {
    id: createHash('sha256').update(JSON.stringify(content)).update(String(now)).digest('hex').slice(0, 16),
    title: `Install ${namesOf(planned)} into ${target.root}`,
    madeAt: now,
    from,
    target,
    packages: planned,
    bytesToFetch: sum(written, (one) => (one.fetched ? 0 : (one.size ?? 0))),
    bytesOnDisk,
    findings,
    command: commandOf(request),
  }
}

function namesOf(planned: readonly PlannedInstall[]): string {
  const roots = planned.filter((one) => one.root).map((one) => one.name)
  return roots.length > 3 ? `${roots.slice(0, 3).join(', ')} and ${roots.length - 3} more` : roots.join(', ')
}

async function targetFindings(
  prepared: Omit<PreparedInstallation, 'plan'>,
  bytesOnDisk: number,
  freeBytes: number | undefined,
): Promise<Finding[]> {
  const denied = await deniedPlaces(prepared)
  const findings = denied.map(({ message, hint }): Finding => ({ severity: 'problem', message, hint }))
  if (freeBytes !== undefined && bytesOnDisk > freeBytes) {
    findings.push({
      severity: 'warning',
      message: `the packages need about ${megabytes(bytesOnDisk)}, and ${megabytes(freeBytes)} are free there`,
    })
  }
  if (prepared.target.instance) {
    findings.push({
      severity: 'note',
      message: 'views and modules are left as they are',
      hint: 'Afterwards: spack env view regenerate, spack module tcl refresh.',
    })
  }
  return findings
}

function packageFindings(planned: readonly PlannedInstall[]): Finding[] {
  const findings: Finding[] = []
  for (const one of planned) {
    const { hash } = one
    const who = `${one.name}@${one.version}`
    if (one.problem)
      findings.push({ severity: 'problem', hash, message: `${who}: ${one.problem.message}`, hint: one.problem.hint })
    else if (one.action === 'missing') {
      findings.push({
        severity: 'problem',
        hash,
        message: `${who} is not in this cache`,
        hint: 'Push it there, or install it with Spack.',
      })
    } else if (one.action === 'conflict') {
      findings.push({
        severity: 'problem',
        hash,
        message: `${who}: ${one.why}`,
        hint: 'Run `spack reindex` if it is a package, or move it away.',
      })
    }
  }
  const tight = planned.filter((one) => one.relocation === 'tight')
  const [first] = tight
  const longer = first?.mappings.find((mapping) => mapping.new.length > mapping.old.length)
  if (first && longer) {
    findings.push({
      severity: 'warning',
      hash: first.hash,
      message: `${tight.length} of the packages come to a longer path than they were packed for: ${longer.old} has ${longer.old.length} characters, ${longer.new} has ${longer.new.length}`,
      hint: 'Text, links and run paths can grow, strings inside binaries cannot. Choose a shorter store, or check first: strata relocate-check.',
    })
  }
  return findings
}

/** Packages for another processor can be installed, and used from there; they just do not run here. */
function architectureFindings({ packages }: Omit<PreparedInstallation, 'plan'>): Finding[] {
  const here = process.arch === 'x64' ? 'amd64' : process.arch
  const foreign = packages.filter(
    (one) => isWritten(one.action) && goArchitecture(targetFamily(one.node.target)) !== here,
  )
  const [first] = foreign
  if (!first) return []
  return [
    {
      severity: 'warning',
      hash: first.node.hash,
      message: `${foreign.length} of the packages are for ${targetFamily(first.node.target)}, which this machine is not`,
    },
  ]
}

function catalogFindings({ gone, unlisted, passedOver }: Catalog): Finding[] {
  const findings: Finding[] = []
  if (gone.length > 0) {
    findings.push({
      severity: 'note',
      message: `the cache's index names ${gone.length} packages that are gone from it`,
    })
  }
  if (unlisted.length > 0) {
    findings.push({
      severity: 'note',
      message: `${unlisted.length} packages of the cache are not in its index; they were read one by one`,
      hint: 'strata push --update-index, or spack buildcache update-index, brings it up to date.',
    })
  }
  for (const { tag, why } of passedOver.slice(0, 3))
    findings.push({ severity: 'note', message: `${tag} was passed over: ${why}` })
  return findings
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 ** 2)} MiB`
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
