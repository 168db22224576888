import type { StackLayer } from '../../../main/api/models.ts'

/** One band of the picture: a layer, or several neighbouring small ones folded together. Sizes in pixels. */
export interface Band {
  readonly kind: 'layer' | 'fold'
  readonly key: string
  /** Bottom first, as in the stack; exactly one for a `layer`. */
  readonly layers: readonly StackLayer[]
  /** Number of the lowest layer counted from the bottom of the whole stack, from 1. */
  readonly position: number
  readonly bytes: number
  /** Distance of its upper edge from the top of the picture. */
  readonly top: number
  readonly height: number
}

export interface StackGeometry {
  /** Bottom first. */
  readonly bands: readonly Band[]
  readonly height: number
  /** How many layers stand in folds. */
  readonly folded: number
}

export interface StackBox {
  /** Height there is. The picture is never higher, unless everything is `unfolded`; it may be lower. */
  readonly height: number
  readonly unfolded?: boolean
  /** Layers that are not folded while there is room for others. */
  readonly keep?: ReadonlySet<string>
}

/** One line of text with some air. */
export const minBand = 24
/** One line of text without: before anything is folded, bands move closer together. */
export const tightBand = 20
/** A lone 30 MB base image should not be a wall. */
export const maxBand = 132
export const bandGap = 2
// When folding anyway, fold some more: the rest then has room to show its sizes.
const foldTo = 0.75

type Group = Pick<Band, 'kind' | 'key' | 'layers' | 'position' | 'bytes'>

/**
 * Where each band goes. Heights follow the square root of the size, with a minimum, so that a 60 MB Python and a 40 KB
 * cowsay both can be read; when even minimal bands do not fit, runs of the smallest layers fold into one band each.
 */
export function layoutStack(layers: readonly StackLayer[], box: StackBox): StackGeometry {
  const room = Math.floor((box.height + bandGap) / (tightBand + bandGap))
  const groups =
    box.unfolded || layers.length <= room
      ? layers.map(single)
      : fold(layers, { room: Math.max(Math.floor(room * foldTo), 1), keep: box.keep })
  const heights = scaleHeights(groups, box.unfolded ? Number.POSITIVE_INFINITY : box.height)
  const total = heights.reduce((sum, h) => sum + h, 0) + bandGap * Math.max(0, groups.length - 1)
  const height = Math.round(total)
  let bottom = total
  const bands = groups.map((group, i): Band => {
    const upper = bottom - (heights[i] ?? minBand)
    // Both edges are rounded, not the height: neighbours then stay exactly one gap apart.
    const top = Math.round(upper)
    const band = { ...group, top, height: Math.round(bottom) - top }
    bottom = upper - bandGap
    return band
  })
  return { bands, height, folded: groups.reduce((n, g) => n + (g.kind === 'fold' ? g.layers.length : 0), 0) }
}

function single(layer: StackLayer, index: number): Group {
  return { kind: 'layer', key: layer.key, layers: [layer], position: index + 1, bytes: layer.bytes }
}

/**
 * Keeps as many of the most telling layers as `room` bands allow and folds each run of the others. Problems are always
 * the first to be kept, then what the user works with, then size decides.
 */
function fold(
  layers: readonly StackLayer[],
  { room, keep: wanted }: { readonly room: number; readonly keep: ReadonlySet<string> | undefined },
): readonly Group[] {
  const grade = ({ state, key, kind }: StackLayer) =>
    state === 'problem' ? 3 : kind === 'merged' || (kind === 'base' && wanted) ? 2 : wanted?.has(key) ? 1 : 0
  const ranked = layers
    .map((layer, index) => ({ index, grade: grade(layer), bytes: layer.bytes }))
    .toSorted((a, b) => b.grade - a.grade || b.bytes - a.bytes)
  // More kept layers never make fewer bands by much, but it is not monotone: walk down from the most that could fit.
  for (let keep = Math.min(room, layers.length); keep > 0; keep -= 1) {
    const kept = new Set(ranked.slice(0, keep).map((r) => r.index))
    const groups = foldRuns(layers, kept)
    if (groups.length <= room) return groups
  }
  return foldRuns(layers, new Set())
}

function foldRuns(layers: readonly StackLayer[], kept: ReadonlySet<number>): readonly Group[] {
  const groups: Group[] = []
  let run: StackLayer[] = []
  const close = (end: number) => {
    const first = run[0]
    if (!first) return
    const position = end - run.length + 1
    const bytes = run.reduce((sum, l) => sum + l.bytes, 0)
    if (run.length === 1) groups.push(single(first, position - 1))
    else groups.push({ kind: 'fold', key: `fold:${first.key}`, layers: run, position, bytes })
    run = []
  }
  layers.forEach((layer, index) => {
    if (kept.has(index)) {
      close(index)
      groups.push(single(layer, index))
    } else run.push(layer)
  })
  close(layers.length)
  return groups
}

/** Heights max(least, k·√bytes) with the largest k whose sum fits, and whose tallest band is at most `maxBand`. */
function scaleHeights(groups: readonly Group[], height: number): readonly number[] {
  // A fold is one line whatever it holds: its bytes are spread over many layers.
  const roots = groups.map((g) => (g.kind === 'fold' ? 0 : Math.sqrt(g.bytes)))
  const largest = Math.max(1, ...roots)
  const available = height - bandGap * Math.max(0, groups.length - 1)
  const least = available >= groups.length * minBand ? minBand : tightBand
  const at = (k: number) => roots.map((r) => Math.max(least, k * r))
  const sum = (heights: readonly number[]) => heights.reduce((s, h) => s + h, 0)
  let low = 0
  let high = maxBand / largest
  if (sum(at(high)) <= available) return at(high)
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2
    if (sum(at(middle)) <= available) low = middle
    else high = middle
  }
  return at(low)
}
