import { resolve } from 'node:path'
import { foldPadding, plural } from '../../main/api/format.ts'
import type { PaddingReport } from '../../main/api/spack-files.ts'
import { out } from './colours.ts'
import { type EditOptions, runEdit } from './edit.ts'
import { withEngine } from './session.ts'
import { type Cell, table } from './table.ts'

/** The options of `strata padding` as commander hands them over. */
export interface PaddingOptions extends EditOptions {
  readonly into?: string
  readonly length?: number
  readonly set?: number
}

/** `strata padding`: how far installed packages can be moved; `--set` writes `padded_length`. */
export async function padding(options: PaddingOptions): Promise<void> {
  const { env: environment, spack, sysroot, into, length = options.set, json, set } = options
  const request = { environment, spack, sysroot, length: length || undefined, into: into && resolve(into) }
  const report = await withEngine((engine) => engine.call('padding.read', request))
  if (set === undefined) {
    console.log(json ? JSON.stringify(report) : describePadding(report).join('\n'))
    return
  }
  if (!json) console.log([...describePadding(report), ''].join('\n'))
  await runEdit({ kind: 'set-padding', length: set }, options)
}

/** Packages that a screen takes. */
const LISTED = 40

function describePadding(report: PaddingReport): string[] {
  const { setting, target, proposal, packages, longestRoot } = report
  const facts: readonly (readonly [string, string])[] = [
    ['store', foldPadding(report.paddedRoot)],
    ['length', plural(report.length, 'byte')],
    ['padded_length', setting ? `${setting.value} (${setting.scope}, ${setting.file}:${setting.line})` : 'not set'],
    ...(longestRoot === undefined
      ? []
      : [['moves to', `any root of at most ${plural(longestRoot, 'byte')}, with all its strings`] as const]),
  ]
  return [
    ...table(facts.map(([key, value]) => ['', [key, out.dim], value])),
    ...(target ? ['', ...describeTarget(target, packages)] : []),
    ...(proposal ? ['', ...describeProposal(proposal, packages)] : []),
    ...(target || proposal ? [] : ['', ...describePackages(packages)]),
  ]
}

function describePackages(packages: PaddingReport['packages']): string[] {
  if (packages.length === 0) return ['Nothing is installed here yet.']
  const rows = packages
    .slice(0, LISTED)
    .map((one): readonly Cell[] => [
      `${one.name}@${one.version}`,
      [one.hash.slice(0, 7), out.dim],
      `prefix ${one.prefixLength}`,
      `root at most ${one.longestRoot}`,
    ])
  return [...table(rows, { right: [2, 3] }), ...more(packages.length)]
}

function describeTarget(target: NonNullable<PaddingReport['target']>, packages: PaddingReport['packages']): string[] {
  const title = `Into ${foldPadding(target.paddedRoot)} (${plural(target.length, 'byte')}):`
  if (target.failing === 0)
    return [title, out.green(`all ${plural(packages.length, 'package')} can be installed there`)]
  const failing = packages.filter((one) => one.tooLong)
  const rows = failing
    .slice(0, LISTED)
    .map(({ name, version, hash, tooLong }): readonly Cell[] => [
      `${name}@${version}`,
      [hash.slice(0, 7), out.dim],
      `${plural(tooLong?.by ?? 0, 'byte')} too long`,
      [tooLong && tooLong.because !== name ? `because of ${tooLong.because}` : '', out.dim],
    ])
  return [
    title,
    out.yellow(`${failing.length} of ${plural(packages.length, 'package')} may fail: a path in a binary cannot grow.`),
    ...table(rows),
    ...more(failing.length),
    out.dim('strata relocate-check looks into their files.'),
  ]
}

function describeProposal(
  proposal: NonNullable<PaddingReport['proposal']>,
  packages: PaddingReport['packages'],
): string[] {
  const wanted = new Set(proposal.rebuild)
  const names = packages.filter((one) => wanted.has(one.hash)).map((one) => `${one.name}@${one.version}`)
  return [
    `Padded to ${proposal.length}: ${foldPadding(proposal.paddedRoot)}`,
    proposal.why,
    ...(names.length === 0
      ? []
      : [`To be built again (${names.length}): ${names.slice(0, LISTED).join(', ')}`, ...more(names.length)]),
  ]
}

function more(count: number): string[] {
  return count > LISTED ? [out.dim(`  and ${count - LISTED} more; --json lists every one`)] : []
}
