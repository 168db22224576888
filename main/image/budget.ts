import { type Digest, digestOf } from '../registry/digest.ts'
import type { ImageLayer } from './assemble.ts'

/** Docker's overlay driver mounts no more layers than this; Spack does not check. */
export const dockerLayerLimit = 127
/** What an image may have unless the user says otherwise: room for the layers of an image that is built on it. */
export const defaultLayerLimit = 120

/** Part of a merged layer's key: raised when the same layers would give other bytes than before. */
const mergeFormatVersion = 1

/** A package's layer as the budget sees it. */
export interface BudgetItem {
  /** DAG hash. */
  readonly hash: string
  readonly layer: ImageLayer
  /** Other images that have this layer, as far as is known. */
  readonly sharedBy: number
}

/** One layer of the image above its base: a package's own, or one that several are merged into. */
export type BudgetLayer =
  | { readonly kind: 'package'; readonly item: BudgetItem }
  | { readonly kind: 'merged'; readonly key: Digest; readonly items: readonly BudgetItem[] }

export interface BudgetPlan {
  /** Bottom first. */
  readonly layers: readonly BudgetLayer[]
  /** Layers of the image with its base's. */
  readonly count: number
  readonly limit: number
  /** Whether `count` is within the limit. It is not when the base alone fills it. */
  readonly fits: boolean
  /**
   * Compressed bytes that the merged layer has, about: as many as the layers that it is made of. They have to be made,
   * uploaded and pulled, although the target and its users may have had each of those layers.
   */
  readonly mergedBytes: number
}

/**
 * Fits the packages' layers, given in the order of the image, into a budget of `limit` layers with the base's.
 *
 * Each package lies in a prefix of its own, so the layers have nothing in common but the directories above the
 * prefixes, and those are the same in all (mode 0755, owner 0, time 0). In whatever order and in however many layers
 * they are laid down, the tree is the same; which are merged is therefore free, and only what it costs decides. One
 * merged layer of n packages saves n - 1 layers; two of them would need one package more for the same. So one is made,
 * of just as many packages as have to go: those that cost least when they are lost to sharing, which is their bytes,
 * once for this image and once more for each that has them already. It lies on top: what is below keeps its chain of
 * layers, by which docker and containerd know unpacked layers again.
 *
 * `squash` merges all packages whatever the limit. Equal costs are told apart by the DAG hash: which packages are merged
 * does not depend on the order in which they are given.
 */
export function planBudget(
  items: readonly BudgetItem[],
  options: { readonly baseLayers: number; readonly limit: number; readonly squash: boolean },
): BudgetPlan {
  const { baseLayers, limit } = options
  const room = Math.max(1, options.squash ? 1 : limit - baseLayers)
  const merged = items.length > room ? cheapest(items, items.length - room + 1) : new Set<BudgetItem>()
  const kept = items.filter((item) => !merged.has(item)).map((item): BudgetLayer => ({ kind: 'package', item }))
  const together = items.filter((item) => merged.has(item))
  const layers: readonly BudgetLayer[] =
    together.length === 0 ? kept : [...kept, { kind: 'merged', key: mergeKey(together), items: together }]
  const count = baseLayers + layers.length
  const mergedBytes = together.reduce((sum, { layer }) => sum + layer.size, 0)
  return { layers, count, limit, fits: count <= limit, mergedBytes }
}

function cheapest(items: readonly BudgetItem[], count: number): ReadonlySet<BudgetItem> {
  const cost = ({ layer, sharedBy }: BudgetItem): number => layer.size * (1 + sharedBy)
  const sorted = [...items].sort((a, b) => cost(a) - cost(b) || (a.hash < b.hash ? -1 : 1))
  return new Set(sorted.slice(0, count))
}

/**
 * What a merged layer is kept under: the digest of the list of its parts' digests, sorted. The order in which they are
 * laid down makes no difference to the tree, so a layer that was merged in another order is as good.
 */
export function mergeKey(items: readonly { readonly layer: ImageLayer }[]): Digest {
  const digests = items.map(({ layer }) => layer.digest).sort()
  return digestOf(Buffer.from([`merge ${mergeFormatVersion}`, ...digests].join('\n')))
}
