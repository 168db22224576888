import {
  type Icon,
  IconArrowsDiff,
  IconCircleCheck,
  IconCircleX,
  IconExternalLink,
  IconPackageOff,
  IconTrash,
} from '@tabler/icons-react'
import type { ExplainedPackage, ExplainedState, Reason } from '../../../main/api/explain.ts'
import type { StateHue } from '../../ui/theme.ts'

interface StateWords {
  readonly word: string
  /** Beside a number of packages. */
  readonly sum: string
  readonly icon: Icon
  readonly hue: StateHue
}

/** What puzzles most comes first. */
export const states = {
  hindered: { word: 'Not used', sum: 'there and not used', icon: IconCircleX, hue: 'problem' },
  gone: { word: 'Deleted', sum: 'deleted', icon: IconTrash, hue: 'problem' },
  differs: { word: 'Another build', sum: 'there in another build', icon: IconArrowsDiff, hue: 'warning' },
  absent: { word: 'Not there', sum: 'not there at all', icon: IconPackageOff, hue: 'warning' },
  usable: { word: 'Usable', sum: 'usable', icon: IconCircleCheck, hue: 'reuse' },
  external: { word: 'External', sum: 'external', icon: IconExternalLink, hue: 'present' },
} as const satisfies Record<ExplainedState, StateWords>

const inOrder = Object.keys(states) as readonly ExplainedState[]

/** The states of which there are packages, with how many. */
export function presentStates(sums: Readonly<Record<ExplainedState, number>>): readonly ExplainedState[] {
  return inOrder.filter((state) => sums[state] > 0)
}

export function isPuzzling({ state }: ExplainedPackage): boolean {
  return state !== 'usable' && state !== 'external'
}

/** The packages of a state (of all without one) whose name, version or hash holds every word; the puzzling ones first. */
export function chosenPackages(
  explained: readonly ExplainedPackage[],
  { state, query }: { readonly state: ExplainedState | undefined; readonly query: string },
): readonly ExplainedPackage[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const rank = new Map(inOrder.map((one, at) => [one, at]))
  return explained
    .filter((one) => (state === undefined || one.state === state) && words.every((word) => textOf(one).includes(word)))
    .toSorted((a, b) => (rank.get(a.state) ?? 0) - (rank.get(b.state) ?? 0))
}

function textOf({ name, version = '', hash = '', spec }: ExplainedPackage): string {
  return `${name}@${version} /${hash} ${hash === '' ? spec : ''}`.toLowerCase()
}

/** The part of a spec that differs, in a word or two; what is not listed is its own word. */
const kinds: Readonly<Record<string, string>> = {
  os: 'operating system',
  format: 'spec version',
  namespace: 'recipe repository',
  stored: 'hash',
  edge: 'dependency type',
  external: 'external or built',
}

/** What differs: `compiler`, `variant lua`, `operating system`. */
export function whatDiffers({ kind, subject }: Reason): string {
  const word = kinds[kind] ?? kind
  return subject === undefined || kind === 'dependency' ? word : `${word} ${subject}`
}

/** A side of a difference as it is written in a spec. */
export function sideText({ kind, subject }: Reason, value: string | undefined): string {
  if (value === undefined) return 'none'
  if (kind === 'variant' && (value === 'true' || value === 'false')) return `${value === 'true' ? '+' : '~'}${subject}`
  if (kind === 'recipe') return value.slice(0, 7)
  return value === '' ? 'some' : value
}

export interface Advice {
  readonly words: string
  /** What to run, true as it stands. */
  readonly command?: string
}

/** Ways to go on, each once, with the commands in them taken out: `Push yours: strata push vim`. */
export function adviceOf(lines: readonly string[]): readonly Advice[] {
  const all = new Set(lines.flatMap((line) => line.split('\n')))
  return [...all].map((line): Advice => {
    const [, words, command] = /^(.*?): ((?:strata|spack) .*)$/.exec(line) ?? []
    if (command !== undefined) return { words: words ?? '', command }
    return /^(strata|spack) /.test(line) ? { words: 'Run', command: line } : { words: line }
  })
}

/** Why in one line: the nearest difference, else what stands in the way, else the summary. */
export function headlineOf({ near, findings, summary }: ExplainedPackage): string {
  const reason = near[0]?.reasons[0]
  return reason?.text ?? findings.find(({ severity }) => severity === 'problem')?.message ?? summary
}
