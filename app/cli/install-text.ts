import { cutMiddle, formatBytes, formatDuration, plural, shortHash } from '../../main/api/format.ts'
import { fateOf, type InstallFate, type InstallPlan, type PlannedInstall } from '../../main/api/install.ts'
import type { InstallResult } from '../../main/api/models.ts'
import { out } from './colours.ts'
import { describeFinding, type PlanTextOptions } from './plan-text.ts'
import { type Cell, table } from './table.ts'

/** Colours of the actions; the word stands beside, so none is needed to read it. */
const colours: Readonly<Record<InstallFate, (text: string) => string>> = {
  install: out.blue,
  overwrite: out.yellow,
  installed: out.dim,
  upstream: out.dim,
  external: out.dim,
  missing: out.red,
  conflict: out.red,
  refused: out.red,
}

const NAME_WIDTH = 48
/** Packages that a screen takes; a longer plan is cut down to what changes something. */
const LISTED = 50

/** A plan as people read it: what happens to each package, whether its paths fit, the sums, and the command. */
export function describeInstallPlan(plan: InstallPlan, options: PlanTextOptions): string[] {
  const { packages } = plan
  const important = packages.filter((one) => !['installed', 'upstream', 'external'].includes(one.action))
  const shown = options.whole || packages.length <= LISTED ? packages : important.slice(0, LISTED)
  const hidden = packages.length - shown.length
  const head = ['', 'package', 'hash', '', 'layer', 'paths', ''].map((text): Cell => [text, out.dim])
  return [
    out.bold(plan.title),
    '',
    ...table([head, ...shown.map(packageRow)], { right: [4], width: options.width }),
    ...(hidden > 0 ? [out.dim(`  and ${plural(hidden, 'more package')}; --dry-run lists every one`)] : []),
    '',
    ...table(facts(plan)),
    ...plan.findings.flatMap((finding) => describeFinding(finding)),
    '',
    out.dim(`$ ${plan.command}`),
  ]
}

function packageRow(one: PlannedInstall): readonly Cell[] {
  return [
    [fateOf(one), colours[fateOf(one)]],
    cutMiddle(`${one.name}@${one.version}`, NAME_WIDTH),
    [shortHash(one.hash), out.dim],
    one.root ? ['root', out.green] : '',
    one.size === undefined ? '' : formatBytes(one.size),
    pathsCell(one),
    one.problem ? [one.problem.message, out.red] : [one.why, out.dim],
  ]
}

/** Whether the new paths fit, and how long the package's own was and will be. */
function pathsCell({ relocation, oldPrefix, prefix }: PlannedInstall): Cell {
  if (relocation === undefined) return ''
  const lengths = oldPrefix && prefix ? ` ${oldPrefix.length}→${prefix.length}` : ''
  const colour = { fits: out.green, checked: out.green, tight: out.yellow, refused: out.red, unknown: out.dim }[
    relocation
  ]
  return [`${relocation}${lengths}`, colour]
}

function facts({ packages, target, bytesToFetch, bytesOnDisk, from }: InstallPlan): Cell[][] {
  const count = (...fates: InstallFate[]): number => packages.filter((one) => fates.includes(fateOf(one))).length
  const counts = [
    [count('install'), 'to install'],
    [count('overwrite'), 'to replace'],
    [count('installed', 'upstream'), 'there already'],
    [count('external'), 'external'],
    [count('refused'), 'refused'],
    [count('missing'), 'not in the cache'],
    [count('conflict'), 'in the way'],
  ] as const
  const padding = target.paddedRoot.length - target.root.length
  const free = target.freeBytes === undefined ? '' : `, ${formatBytes(target.freeBytes)} free`
  const spack = target.spack
    ? `Spack ${target.spack.version ?? ''} at ${target.spack.root}`
    : 'a folder without a Spack'
  const rows: [string, string][] = [
    ['packages', counts.flatMap(([number, what]) => (number > 0 ? [`${number} ${what}`] : [])).join(' · ')],
    ['bytes', `${formatBytes(bytesToFetch)} to fetch, about ${formatBytes(bytesOnDisk)} on disk${free}`],
    ['from', from],
    ['store', `${target.root}${padding > 0 ? ` (padded by ${padding} characters)` : ''}: ${spack}`],
    ['database', `version ${target.databaseVersion}${target.exists ? '' : ', to be made'}`],
  ]
  return rows.map(([key, value]) => [[key, out.dim], value])
}

/** What an install did: the prefixes, what failed and why, the sums, a command a tool. */
export function describeInstallResult(plan: InstallPlan, result: InstallResult): string[] {
  const { installed, failed, usage } = result
  const shown = installed.slice(0, LISTED)
  const hidden = installed.length - shown.length
  const done =
    installed.length === 0 ? 'Nothing new' : `${plural(installed.length, 'package')} installed into ${plan.target.root}`
  return [
    '',
    ...table(
      shown.map((one): readonly Cell[] => [['✓', out.green], `${one.name}@${one.version}`, [one.prefix, out.dim]]),
    ),
    ...(hidden > 0 ? [out.dim(`  and ${plural(hidden, 'more package')}`)] : []),
    ...failed.flatMap(({ name, error }) => [
      `${out.red('✗')}  ${name}: ${error.message}`,
      ...(error.hint === undefined ? [] : [`   ${out.dim(error.hint)}`]),
    ]),
    ...(shown.length + failed.length > 0 ? [''] : []),
    `${out.bold(done)}, ${formatBytes(result.bytesFetched)} fetched in ${formatDuration(result.seconds)}`,
    ...(usage.length > 0 ? ['', ...table(usage.map((one) => [[one.tool, out.dim], one.command]))] : []),
  ]
}
