import type { ImageComparison, ImageDetail, ImageLayer } from '../../api/catalog.ts'
import { bytesOf } from './rows.ts'

type LayerPair = ImageComparison['layers'][number]
type PackagePair = ImageComparison['packages'][number]

/** Two images, layer by layer and package by package. Pure. */
export function compareDetails(left: ImageDetail, right: ImageDetail): Omit<ImageComparison, 'command'> {
  return {
    left,
    right,
    layers: pairLayers(left.layers, right.layers),
    packages: pairPackages(left, right),
    env: differingVariables(left.config?.env ?? [], right.config?.env ?? []),
    sums: sumsOf(left.layers, right.layers),
  }
}

/**
 * Both stacks as one sequence: equal layers joined, and a package that is on both sides in different layers joined as
 * well. Each stack keeps its order, but for a layer that has another place on the other side: it stands where the right
 * has it.
 */
export function pairLayers(left: readonly ImageLayer[], right: readonly ImageLayer[]): LayerPair[] {
  const there = new Set(right.map((layer) => layer.digest))
  const both = new Set(left.flatMap(({ digest }) => (there.has(digest) ? [digest] : [])))
  const same = joins(left, right, (layer) => layer.digest)
  const pairs = gapsBetween(same, left, right).flatMap(({ lefts, rights, joined }) => {
    const changed = joins(lefts, rights, (layer) => (both.has(layer.digest) ? undefined : layer.package?.name))
    const pairs = gapsBetween(changed, lefts, rights).flatMap((gap): LayerPair[] => [
      ...gap.lefts.map((one): LayerPair => ({ change: 'removed', left: one })),
      ...gap.rights.map((one): LayerPair => ({ change: 'added', right: one })),
      ...(gap.joined ? [{ change: 'changed' as const, left: gap.joined[0], right: gap.joined[1] }] : []),
    ])
    return joined ? [...pairs, { change: 'same' as const, left: joined[0], right: joined[1] }] : pairs
  })
  const moved = joinMoved(pairs, 'same', (layer) => layer.digest)
  return joinMoved(moved, 'changed', (layer) => layer.package?.name)
}

/** Joins what is removed in one place and added in another. */
function joinMoved(
  pairs: readonly LayerPair[],
  change: 'same' | 'changed',
  keyOf: (layer: ImageLayer) => string | undefined,
): LayerPair[] {
  const removed = new Map<string, LayerPair>()
  for (const pair of pairs) {
    const key = pair.change === 'removed' && pair.left ? keyOf(pair.left) : undefined
    if (key !== undefined) removed.set(key, pair)
  }
  const taken = new Set<LayerPair>()
  const joined = pairs.map((pair): LayerPair => {
    const key = pair.change === 'added' && pair.right ? keyOf(pair.right) : undefined
    const other = key === undefined ? undefined : removed.get(key)
    if (!other || taken.has(other)) return pair
    taken.add(other)
    return { change, left: other.left, right: pair.right }
  })
  return joined.filter((pair) => !taken.has(pair))
}

type Join = readonly [left: number, right: number]

/**
 * The longest list of positions that hold the same key on both sides, rising on both. Keys hardly ever repeat in an image, so
 * the n-th of a key joins the n-th on the other side, and the longest rising subsequence of that (patience sorting) takes
 * n log n: a hostile manifest of fifty thousand layers must not take its square.
 */
function joins<T>(left: readonly T[], right: readonly T[], keyOf: (one: T) => string | undefined): readonly Join[] {
  const places = new Map<string, number[]>()
  for (const [at, one] of right.entries()) {
    const key = keyOf(one)
    if (key !== undefined) places.set(key, [...(places.get(key) ?? []), at])
  }
  const candidates = left.flatMap((one, at): Join[] => {
    const place = places.get(keyOf(one) ?? '')?.shift()
    return place === undefined ? [] : [[at, place]]
  })
  return longestRising(candidates)
}

interface Link {
  readonly join: Join
  readonly before: Link | undefined
}

function longestRising(candidates: readonly Join[]): readonly Join[] {
  /** Of the rising lists of each length the one that ends lowest. */
  const ends: Link[] = []
  for (const join of candidates) {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((ends[middle]?.join[1] ?? 0) < join[1]) low = middle + 1
      else high = middle
    }
    ends[low] = { join, before: ends[low - 1] }
  }
  const found: Join[] = []
  for (let link = ends.at(-1); link; link = link.before) found.push(link.join)
  return found.reverse()
}

interface Gap<T> {
  /** What is on one side only before the next join. */
  readonly lefts: readonly T[]
  readonly rights: readonly T[]
  /** What ends the gap; undefined at the end. */
  readonly joined: readonly [T, T] | undefined
}

function gapsBetween<T>(found: readonly Join[], left: readonly T[], right: readonly T[]): Gap<T>[] {
  const gaps: Gap<T>[] = []
  let [l, r] = [0, 0]
  for (const [toLeft, toRight] of [...found, [left.length, right.length] as const]) {
    const [one, other] = [left[toLeft], right[toRight]]
    const joined = one !== undefined && other !== undefined ? ([one, other] as const) : undefined
    gaps.push({ lefts: left.slice(l, toLeft), rights: right.slice(r, toRight), joined })
    ;[l, r] = [toLeft + 1, toRight + 1]
  }
  return gaps
}

/** Packages by name, in order of their names; of several of one name the same hashes first, the others in order. */
function pairPackages(left: ImageDetail, right: ImageDetail): PackagePair[] {
  const [lefts, rights] = [packagesOf(left), packagesOf(right)]
  const names = [...new Set([...lefts.keys(), ...rights.keys()])].sort()
  return names.flatMap((name) => pairByName(name, lefts.get(name) ?? [], rights.get(name) ?? []))
}

type Side = NonNullable<PackagePair['left']>

function packagesOf({ layers }: ImageDetail): ReadonlyMap<string, readonly Side[]> {
  const byName = new Map<string, Side[]>()
  const packages = layers.flatMap(({ package: own, merged = [], bytes }) => (own ? [{ ...own, bytes }] : merged))
  for (const { name, hash, version, bytes } of packages) {
    byName.set(name, [...(byName.get(name) ?? []), { hash, version, bytes }])
  }
  return byName
}

function pairByName(name: string, lefts: readonly Side[], rights: readonly Side[]): PackagePair[] {
  const same = lefts.flatMap((left): PackagePair[] => {
    const right = rights.find((one) => one.hash === left.hash)
    return right ? [{ name, change: 'same', left, right }] : []
  })
  const hashes = new Set(same.map((pair) => pair.left?.hash))
  const [l, r] = [lefts, rights].map((side) => side.filter((one) => !hashes.has(one.hash)))
  const others = Array.from({ length: Math.max(l?.length ?? 0, r?.length ?? 0) }, (_, i) => {
    const [left, right] = [l?.[i], r?.[i]]
    return { name, change: changeOf(left, right), left, right }
  })
  return [...same, ...others]
}

function changeOf(left: Side | undefined, right: Side | undefined): PackagePair['change'] {
  if (!left) return 'added'
  if (!right) return 'removed'
  return left.version === right.version ? 'build' : 'version'
}

function differingVariables(left: readonly string[], right: readonly string[]): ImageComparison['env'] {
  const [lefts, rights] = [variables(left), variables(right)]
  return [...new Set([...lefts.keys(), ...rights.keys()])]
    .sort()
    .map((name) => ({ name, left: lefts.get(name), right: rights.get(name) }))
    .filter((one) => one.left !== one.right)
}

function variables(env: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    env.map((entry) => {
      const equals = entry.indexOf('=')
      return equals < 0 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)]
    }),
  )
}

function sumsOf(left: readonly ImageLayer[], right: readonly ImageLayer[]): ImageComparison['sums'] {
  const here = new Set(left.map((layer) => layer.digest))
  const there = new Set(right.map((layer) => layer.digest))
  return {
    sharedBytes: bytesOf(left.filter((layer) => there.has(layer.digest))),
    leftBytes: bytesOf(left.filter((layer) => !there.has(layer.digest))),
    rightBytes: bytesOf(right.filter((layer) => !here.has(layer.digest))),
  }
}
