import { plural, speakBytes } from '../../../main/api/format.ts'
import type { JobItem, StackLayer } from '../../../main/api/models.ts'
import { assertNever } from '../../ui/assert.ts'
import type { StateHue } from '../../ui/theme.ts'
import type { Band } from './geometry.ts'

/** How far one layer is: the parts packed and sent, from 0 to 1. */
export interface LayerProgress {
  readonly phase: JobItem['phase']
  readonly packed: number
  readonly sent: number
}

/** What a screen knows of a layer beyond the stack's own data. */
export interface LayerNote {
  /** What brought it, in two words: `for vim`. */
  readonly via?: string
  /** The same in a sentence. */
  readonly because?: string
  /** Of a merged layer, the packages in it. */
  readonly holds?: readonly string[]
}

export type ProgressByKey = ReadonlyMap<string, LayerProgress>

/** A job's items as the stack draws them. */
export function progressByKey(items: readonly JobItem[]): ProgressByKey {
  return new Map(items.map((item) => [item.key, layerProgress(item)]))
}

function layerProgress({ phase, done, total }: JobItem): LayerProgress {
  const part = total > 0 ? Math.min(1, done / total) : 0
  switch (phase) {
    case 'waiting':
      return { phase, packed: 0, sent: 0 }
    case 'pack':
      return { phase, packed: part, sent: 0 }
    case 'upload':
      return { phase, packed: 1, sent: part }
    // Nothing of the layer is there yet: a merge fetches its parts first.
    case 'fetch':
    case 'unpack':
    case 'register':
    case 'act':
    case 'build':
      return { phase, packed: 0, sent: 0 }
    case 'done':
    case 'skipped':
      return { phase, packed: 1, sent: 1 }
    case 'failed':
      return { phase, packed: 0, sent: 0 }
    default:
      return assertNever(phase)
  }
}

/**
 * The layers with the compressed size in place of the one on disk, for those whose packing a job has finished. An item
 * that had nothing to send says no size, and leaves the layer as it was planned.
 */
export function packedSizes(layers: readonly StackLayer[], items: readonly JobItem[]): readonly StackLayer[] {
  const known = new Map(
    items.filter((i) => (i.phase === 'upload' || i.phase === 'done') && i.total > 0).map((i) => [i.key, i.total]),
  )
  return layers.map((layer) => {
    const bytes = layer.estimated ? known.get(layer.key) : undefined
    return bytes === undefined ? layer : { ...layer, bytes, estimated: false }
  })
}

/**
 * Progress of a band: of its layer, or the mean over a fold's. The base image's layers travel as one item, `base`.
 */
export function bandProgress(band: Band, progress: ProgressByKey | undefined): LayerProgress | undefined {
  if (!progress) return undefined
  const parts = band.layers.map((l) => progress.get(l.key) ?? (l.kind === 'base' ? progress.get('base') : undefined))
  const known = parts.filter((p) => p !== undefined)
  const [first] = known
  if (!first) return undefined
  const mean = (of: (p: LayerProgress) => number) => known.reduce((s, p) => s + of(p), 0) / known.length
  const phase = foldedPhase(known.map((p) => p.phase)) ?? first.phase
  return { phase, packed: mean((p) => p.packed), sent: mean((p) => p.sent) }
}

/** What several layers together are doing: the gravest first, then whatever still moves. */
function foldedPhase(phases: readonly JobItem['phase'][]): JobItem['phase'] | undefined {
  const gravest = (['failed', 'upload', 'pack', 'waiting', 'done', 'skipped'] as const).find((p) => phases.includes(p))
  // Some done and some waiting: under way, though nothing moves at this moment.
  return gravest === 'waiting' && phases.includes('done') ? 'pack' : gravest
}

export const stateWords = {
  base: 'base image',
  present: 'present',
  reuse: 'reused',
  build: 'to build',
  problem: 'problem',
} as const satisfies Record<StackLayer['state'], string>

export const phaseWords = {
  waiting: 'waiting',
  pack: 'packing',
  upload: 'uploading',
  fetch: 'fetching',
  unpack: 'unpacking',
  register: 'registering',
  act: 'working',
  build: 'building',
  done: 'done',
  failed: 'failed',
  skipped: 'left out',
} as const satisfies Record<JobItem['phase'], string>

/** The state that gives a band its hue: of its layer; in a fold, the gravest or most frequent. */
export function bandState(band: Band): StackLayer['state'] {
  const counts = new Map<StackLayer['state'], number>()
  for (const { state } of band.layers) counts.set(state, (counts.get(state) ?? 0) + 1)
  if (counts.has('problem')) return 'problem'
  const [most] = [...counts].toSorted((a, b) => b[1] - a[1])
  return most?.[0] ?? 'present'
}

/** The hue of a band: what failed is red whatever it was before. */
export function bandHue(band: Band, progress: LayerProgress | undefined): StateHue {
  return progress?.phase === 'failed' ? 'problem' : bandState(band)
}

/** A layer that other images hold; where that is not known, one that several packages need and images can share. */
export function isShared(layer: StackLayer): boolean {
  if (layer.sharedWith) return layer.sharedWith.length > 0
  return layer.kind === 'package' && layer.neededBy.length > 1
}

/** With whom it is shared, in words; undefined when it is not. */
export function sharedWords(layer: StackLayer): string | undefined {
  if (!isShared(layer)) return undefined
  return layer.sharedWith
    ? `shared with ${plural(layer.sharedWith.length, 'tag')}`
    : `shared by ${layer.neededBy.length} packages`
}

/** The state in words: the phase while it runs, else what the plan decided. */
export function bandWords(band: Band, progress: LayerProgress | undefined): string {
  if (!progress || (progress.phase === 'skipped' && bandState(band) !== 'problem')) return stillWords(band)
  const part = progress.phase === 'pack' ? progress.packed : progress.phase === 'upload' ? progress.sent : undefined
  return part === undefined ? phaseWords[progress.phase] : `${phaseWords[progress.phase]} ${Math.floor(part * 100)} %`
}

/** What a band is while nothing happens to it. Where who else uses it is known, that says more than that it is there. */
function stillWords(band: Band): string {
  const [layer] = band.layers
  if (band.kind === 'fold' || !layer?.sharedWith || layer.state !== 'present') return stateWords[bandState(band)]
  return sharedWords(layer) ?? 'in no other tag'
}

/** What a fold is called: the names that fit, and how many more. */
export function foldTitle(layers: readonly StackLayer[], names = 3): string {
  const shown = layers.toReversed().slice(0, names)
  const rest = layers.length - shown.length
  return shown.map((l) => l.name).join(' · ') + (rest > 0 ? ` · ${rest} more` : '')
}

/** What a screen reader says: `layer 4 of 15, ncurses 6.4, 2.2 mebibytes, reused`. */
export function speakBand(band: Band, count: number, progress: LayerProgress | undefined): string {
  const size = speakBytes(band.bytes)
  const words = bandWords(band, progress)
  const [layer] = band.layers
  if (band.kind === 'fold' || !layer) {
    const last = band.position + band.layers.length - 1
    return `layers ${band.position} to ${last} of ${count}, ${plural(band.layers.length, 'small layer')} folded, ${size}, ${words}`
  }
  const more = layer.kind === 'merged' ? 'merged' : layer.version
  const name = more === undefined ? layer.name : `${layer.name} ${more}`
  // Where the other users are known, the words have told it.
  const shared = layer.sharedWith && layer.state === 'present' && !progress ? undefined : sharedWords(layer)
  return `layer ${band.position} of ${count}, ${name}, ${size}, ${words}${shared === undefined ? '' : `, ${shared}`}`
}

/** Indexes of the bands that need this one, and of those it needs. */
export function relatedBands(
  bands: readonly Band[],
  index: number,
): { readonly neededBy: readonly number[]; readonly needs: readonly number[] } {
  const own = bands[index]
  if (!own) return { neededBy: [], needs: [] }
  const ownNames = new Set(own.layers.map((l) => l.name))
  const users = new Set(own.layers.flatMap((l) => l.neededBy))
  const others = bands.map((band, i) => ({ band, i })).filter(({ i }) => i !== index)
  return {
    neededBy: others.filter(({ band }) => band.layers.some((l) => users.has(l.name))).map(({ i }) => i),
    needs: others
      .filter(({ band }) => band.layers.some((l) => l.neededBy.some((n) => ownNames.has(n))))
      .map(({ i }) => i),
  }
}
