import { cutMiddle, foldPadding, formatCount, plural } from '../../../main/api/format.ts'
import {
  fateOf,
  type InstallFate,
  type InstallPlan,
  type PathMapping,
  type PlannedInstall,
} from '../../../main/api/install.ts'
import type { Finding } from '../../../main/api/models.ts'
import type { StateHue } from '../../ui/theme.ts'

/** What happens to a package, in words and hue: one table for rows, sums and the detail. */
export const fates = {
  install: { word: 'install', sum: 'to install', hue: 'build' },
  overwrite: { word: 'replace', sum: 'to replace', hue: 'warning' },
  installed: { word: 'installed', sum: 'installed already', hue: 'reuse' },
  upstream: { word: 'upstream', sum: 'in an upstream store', hue: 'present' },
  external: { word: 'external', sum: 'external', hue: 'present' },
  missing: { word: 'missing', sum: 'not in the cache', hue: 'problem' },
  conflict: { word: 'in the way', sum: 'with a prefix in the way', hue: 'problem' },
  refused: { word: 'refused', sum: 'refused', hue: 'problem' },
} as const satisfies Record<InstallFate, { word: string; sum: string; hue: StateHue }>

/** Whether the new paths fit where the old ones stood, and what that means. */
export const relocations = {
  fits: { hue: 'reuse', means: 'No path becomes longer: it works.' },
  checked: { hue: 'reuse', means: 'Every file was looked at: it works.' },
  tight: {
    hue: 'warning',
    means:
      'A path becomes longer. Text, links and run paths can grow, strings inside binaries cannot: only a check tells.',
  },
  refused: { hue: 'problem', means: 'A string inside a binary has no room for its new path.' },
  unknown: { hue: 'present', means: 'The cache does not say for which prefix it was packed.' },
} as const satisfies Record<NonNullable<PlannedInstall['relocation']>, { hue: StateHue; means: string }>

const encoder = new TextEncoder()

/** Paths are compared by their bytes: that is what stands in a binary. */
export function pathLength(path: string): number {
  return encoder.encode(path).length
}

/** By how many bytes a path becomes shorter; negative when it becomes longer. */
export function roomOf({ old, new: now }: PathMapping): number {
  return pathLength(old) - pathLength(now)
}

/** Whether this plan writes the package's files. */
export function isWritten({ action }: PlannedInstall): boolean {
  return action === 'install' || action === 'overwrite'
}

/** Whether something stands in this package's way. */
export function isStuck({ action, problem }: PlannedInstall): boolean {
  return action === 'missing' || action === 'conflict' || problem !== undefined
}

/** Rows of a plan: what needs a decision first, what does not change last; dependencies stay before what needs them. */
export function planRows(packages: readonly PlannedInstall[]): readonly PlannedInstall[] {
  return packages.toSorted((a, b) => rank(a) - rank(b))
}

function rank(planned: PlannedInstall): number {
  if (isStuck(planned)) return 0
  if (isWritten(planned)) return planned.relocation === 'tight' ? 1 : 2
  return 3
}

/** Rows that hold every word of the query: in the name, the hash, or what happens to them. */
export function filterRows(rows: readonly PlannedInstall[], query: string): readonly PlannedInstall[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return rows
  return rows.filter((row) => {
    const text = `${row.name}@${row.version} /${row.hash} ${fates[fateOf(row)].word} ${row.relocation ?? ''}${row.root ? ' root' : ''}`
    return words.every((word) => text.toLowerCase().includes(word))
  })
}

export interface InstallSums {
  readonly counts: Readonly<Record<InstallFate, number>>
  /** Packages that can be written, as far as the plan knows. */
  readonly writable: number
  /** Packages that something stands in the way of. */
  readonly stuck: number
  /** Padding left: by how many characters the tightest path of all becomes shorter; negative when one becomes longer. */
  readonly room: number | undefined
}

/** The numbers under a plan that are not in the plan itself. */
export function installSums(packages: readonly PlannedInstall[]): InstallSums {
  const counts = {
    install: 0,
    overwrite: 0,
    installed: 0,
    upstream: 0,
    external: 0,
    missing: 0,
    conflict: 0,
    refused: 0,
  }
  for (const one of packages) counts[fateOf(one)] += 1
  const written = packages.filter(isWritten)
  let room: number | undefined
  for (const mapping of written.flatMap((one) => one.mappings))
    room = Math.min(room ?? Number.POSITIVE_INFINITY, roomOf(mapping))
  return {
    counts,
    writable: written.filter((one) => !isStuck(one)).length,
    stuck: packages.filter(isStuck).length,
    room,
  }
}

/** `room for 41 more characters`, `12 characters too long`. */
export function roomWords(room: number): string {
  if (room === 0) return 'room for no longer path'
  return room > 0 ? `room for ${plural(room, 'more character')}` : `${plural(-room, 'character')} too long`
}

/** A message with its long paths cut to what tells them apart; the package's detail has them whole. */
export function shortenPaths(message: string): string {
  return message.replace(/\/[^\s"]{56,}/g, (path) => cutMiddle(foldPadding(path), 56))
}

/** Findings that a page takes; the table, where they stand first, has them all. */
const findingsShown = 6

/** What stands above the plan: the gravest findings, those of refused packages among them, and how many more there are. */
export function planFindings(plan: InstallPlan): { readonly shown: readonly Finding[]; readonly more: number } {
  const told = new Set(plan.findings.filter((f) => f.severity === 'problem').map((f) => f.hash))
  const untold = plan.packages.flatMap(({ hash, name, version, problem }): Finding[] =>
    problem && !told.has(hash)
      ? [{ severity: 'problem', hash, message: `${name}@${version}: ${problem.message}`, hint: problem.hint }]
      : [],
  )
  const order = { problem: 0, warning: 1, note: 2 } as const
  const all = [...plan.findings, ...untold]
    .map((finding) => ({ ...finding, message: shortenPaths(finding.message) }))
    .sort((a, b) => order[a.severity] - order[b.severity])
  return { shown: all.slice(0, findingsShown), more: Math.max(0, all.length - findingsShown) }
}

/** Problems of the plan as a whole: they stop it, where one package's problem stops only what needs it. */
export function blockers(plan: InstallPlan): number {
  return plan.findings.filter((f) => f.severity === 'problem' && f.hash === undefined).length
}

/** `128 → 52`: how long the package's own prefix was and will be. */
export function prefixLengths({ oldPrefix, prefix }: PlannedInstall): string {
  if (prefix === undefined) return ''
  const now = formatCount(pathLength(prefix))
  return oldPrefix === undefined ? now : `${formatCount(pathLength(oldPrefix))} → ${now}`
}
