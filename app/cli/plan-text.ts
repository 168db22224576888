import { cutMiddle, formatBytes, plural, shortHash } from '../../main/api/format.ts'
import type { Finding, PlannedPackage, PushPlan } from '../../main/api/models.ts'
import { out } from './colours.ts'
import { type Cell, table } from './table.ts'

/** Colours of the states; the word stands beside, so none is needed to read it. */
const colours: Readonly<Record<PlannedPackage['action'], (text: string) => string>> = {
  present: out.dim,
  reuse: out.cyan,
  build: out.blue,
  external: out.dim,
  missing: out.red,
  private: out.yellow,
}

/** A git version is 60 letters long; its ends tell it apart. */
const NAME_WIDTH = 48
/** Packages that a screen takes; a longer plan is cut down to what changes something. */
const LISTED = 50

export interface PlanTextOptions {
  /** Lists every package, however many. */
  readonly whole: boolean
  /** Columns of the terminal; unbounded when absent. */
  readonly width?: number
}

/** A plan as people read it: what happens to each package, the sums, what to know before, and the command. */
export function describePlan(plan: PushPlan, options: PlanTextOptions): string[] {
  const shown = options.whole ? plan.packages : listed(plan.packages)
  const hidden = plan.packages.length - shown.length
  return [
    out.bold(plan.title),
    '',
    ...packageTable(shown, options.width),
    ...(hidden > 0 ? [out.dim(`  and ${plural(hidden, 'more package')}; --dry-run lists every one`)] : []),
    ...(plan.packages.length > 0 ? [''] : []),
    ...table(facts(plan)),
    ...plan.findings.flatMap((finding) => describeFinding(finding)),
    '',
    out.dim(`$ ${plan.command}`),
  ]
}

/** Of a long plan only what something happens to, or what should be seen. */
function listed(packages: readonly PlannedPackage[]): readonly PlannedPackage[] {
  if (packages.length <= LISTED) return packages
  return packages.filter((one) => one.writes || one.action === 'missing' || one.action === 'private').slice(0, LISTED)
}

function packageTable(packages: readonly PlannedPackage[], width: number | undefined): string[] {
  if (packages.length === 0) return []
  const disk = packages.some((one) => one.diskSize !== undefined) ? 'on disk' : ''
  const layer = packages.some((one) => one.size !== undefined) ? 'layer' : ''
  const head = ['', 'package', 'hash', '', disk, layer, ''].map((text): Cell => [text, out.dim])
  return table([head, ...packages.map(packageRow)], { right: [4, 5], width })
}

function packageRow(one: PlannedPackage): readonly Cell[] {
  return [
    [one.action, colours[one.action]],
    cutMiddle(`${one.name}@${one.version}`, NAME_WIDTH),
    [shortHash(one.hash), out.dim],
    one.root ? ['root', out.green] : '',
    one.diskSize === undefined ? '' : formatBytes(one.diskSize),
    one.size === undefined ? '' : formatBytes(one.size),
    [one.why, out.dim],
  ]
}

/** The sums, a line each: how many packages, how many bytes, and what is written besides them. */
function facts(plan: PushPlan): Cell[][] {
  const { sums, base, image } = plan
  const counts = [
    [sums.build, 'to build'],
    [sums.reuse, 'reused'],
    [sums.present, 'present'],
    [sums.external, 'external'],
    [sums.private, 'private, left out'],
    [sums.missing, 'not installed'],
  ] as const
  const bytes = [
    ...(sums.bytesToPack > 0 ? [`${formatBytes(sums.bytesToPack)} to pack`] : []),
    ...(sums.bytesToUpload > 0 ? [`${formatBytes(sums.bytesToUpload)} to upload as they are`] : []),
  ]
  const rows: [string, string][] = [
    ['packages', counts.flatMap(([count, what]) => (count > 0 ? [`${count} ${what}`] : [])).join(' · ')],
    ['bytes', bytes.length > 0 ? bytes.join(' · ') : 'nothing to pack or upload'],
    ['layers', `${sums.layers} in the largest image; docker takes ${sums.layerLimit}`],
  ]
  if (base) {
    const copy = base.bytesToCopy > 0 ? `${formatBytes(base.bytesToCopy)} to copy` : 'there already'
    rows.push(['base', `${base.reference} (${base.architecture}, ${plural(base.layers, 'layer')}, ${copy})`])
  }
  if (image) rows.push(['image', `${image.reference} (${plural(image.layers, 'layer')})`])
  if (plan.updatesIndex) rows.push(['index', 'index.spack is brought up to date'])
  rows.push(['variables', plan.environmentSource.why])
  return rows.map(([key, value]) => [[key, out.dim], value])
}

/** A finding: what, and below it what to do. */
export function describeFinding({ severity, message, hint }: Finding): string[] {
  const colour = { problem: out.red, warning: out.yellow, note: out.cyan }[severity]
  return [`${colour(`${severity}:`)} ${message}`, ...(hint === undefined ? [] : [`  ${out.dim(hint)}`])]
}
