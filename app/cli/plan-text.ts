import pc from 'picocolors'
import { formatBytes, plural, shortHash } from '../../main/api/format.ts'
import type { Finding, PlannedPackage, PushPlan } from '../../main/api/models.ts'
import { table } from './table.ts'

/** Colours of the states; the word stands beside, so none is needed to read it. */
const colours: Readonly<Record<PlannedPackage['action'], (text: string) => string>> = {
  present: pc.dim,
  reuse: pc.cyan,
  build: pc.blue,
  external: pc.dim,
  missing: pc.red,
  private: pc.yellow,
}

/** A plan as people read it: what happens to each package, the sums, what to know before, and the command. */
export function describePlan(plan: PushPlan): string[] {
  return [
    pc.bold(plan.title),
    '',
    ...table(plan.packages.map(packageRow), [3]),
    '',
    ...sums(plan),
    ...plan.findings.map(describeFinding),
    pc.dim(`environment variables ${plan.environmentSource.why}`),
    pc.dim(`$ ${plan.command}`),
  ]
}

function packageRow(one: PlannedPackage): string[] {
  const size =
    one.size !== undefined
      ? formatBytes(one.size)
      : one.diskSize !== undefined
        ? `${formatBytes(one.diskSize)} on disk`
        : ''
  return [
    colours[one.action](one.action.padEnd(8)),
    shortHash(one.hash),
    `${one.name}@${one.version}${one.root ? '' : pc.dim(' (dependency)')}`,
    size,
    pc.dim(one.why),
  ]
}

function sums(plan: PushPlan): string[] {
  const { sums } = plan
  const counts = [
    [sums.build, 'to build'],
    [sums.reuse, 'reused'],
    [sums.present, 'present'],
    [sums.external, 'external'],
    [sums.private, 'private, left out'],
    [sums.missing, 'not installed'],
  ] as const
  const lines = [
    counts
      .filter(([count]) => count > 0)
      .map(([count, what]) => `${count} ${what}`)
      .join(' · '),
    `${formatBytes(sums.bytesToPack)} to pack · ${formatBytes(sums.bytesToUpload)} to upload as they are · ${sums.layers} of ${sums.layerLimit} layers`,
  ]
  if (plan.base) {
    const { base } = plan
    const copy = base.bytesToCopy > 0 ? `${formatBytes(base.bytesToCopy)} to copy` : 'there already'
    lines.push(`base   ${base.reference} (${base.architecture}, ${plural(base.layers, 'layer')}, ${copy})`)
  }
  if (plan.image) lines.push(`image  ${plan.image.reference} (${plural(plan.image.layers, 'layer')})`)
  if (plan.updatesIndex) lines.push('index  index.spack is brought up to date')
  return lines
}

/** A finding in one or two lines. */
export function describeFinding(finding: Finding): string {
  const colour = { problem: pc.red, warning: pc.yellow, note: pc.dim }[finding.severity]
  return `${colour(`${finding.severity}:`)} ${finding.message}${finding.hint ? `\n  ${pc.dim(finding.hint)}` : ''}`
}
