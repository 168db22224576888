import { addPadding, type Store } from './config/store.ts'
import type { InstallRecord } from './database/database.ts'
import { closure, runTimeTypes, type SpecGraph, type SpecNode } from './spec/graph.ts'

/** How far an installed package can be moved. Lengths are bytes, as they stand in binaries. */
export interface Room {
  readonly node: SpecNode
  readonly prefixLength: number
  /** The padded root of the store that its prefix lies in. */
  readonly rootLength: number
}

/** A package whose new prefix, or that of something it may hold the path of, is longer than the old one. */
export interface TooLong {
  readonly by: number
  /** The package whose prefix grows: itself or one of its run-time closure. */
  readonly because: SpecNode
}

/**
 * The packages of a store that are installed, with the length of what their binaries hold. A string in a binary can become
 * shorter, never longer: so a package can be moved to any root that is not longer than the one it was installed to, whatever
 * is in it. To a longer one only what holds its paths in texts, links and run paths alone (Spack's `relocate.py`).
 */
export function roomOf(graph: SpecGraph, records: ReadonlyMap<string, InstallRecord>, store: Store): readonly Room[] {
  return [...records.values()].flatMap((record): readonly Room[] => {
    const node = graph.nodes.get(record.hash)
    if (!node || node.external || !record.installed || record.path === undefined) return []
    const root = record.upstream ?? store.paddedRoot
    const inside = record.path.startsWith(`${root}/`)
    const prefixLength = Buffer.byteLength(record.path)
    return [{ node, prefixLength, rootLength: inside ? Buffer.byteLength(root) : prefixLength }]
  })
}

/** The longest root that all of them can be moved to; undefined when there are none. */
export function longestRoot(rooms: readonly Room[]): number | undefined {
  return rooms.length === 0 ? undefined : rooms.reduce((least, room) => Math.min(least, room.rootLength), 4096)
}

/** Which packages might not survive a move to `paddedRoot`, and by how much they are too long; the others all do. */
export function tooLongFor(paddedRoot: string, rooms: readonly Room[], graph: SpecGraph): ReadonlyMap<string, TooLong> {
  const length = Buffer.byteLength(paddedRoot)
  const known = new Map(rooms.map((room) => [room.node.hash, room]))
  const grows = (hash: string): number => length - (known.get(hash)?.rootLength ?? length)
  const found = new Map<string, TooLong>()
  if (!rooms.some((room) => grows(room.node.hash) > 0)) return found
  for (const { node } of rooms) {
    const own = grows(node.hash)
    const hash = own > 0 ? node.hash : [...closure(graph, [node.hash], runTimeTypes)].find((one) => grows(one) > 0)
    const because = hash === undefined ? undefined : graph.nodes.get(hash)
    if (hash !== undefined && because) found.set(node.hash, { by: grows(hash), because })
  }
  return found
}

/** What another `padded_length` means: a store of its own, and what has to be built anew to profit from it. */
export interface Proposal {
  readonly paddedRoot: string
  /** Those installed with less room than it gives. */
  readonly rebuild: readonly SpecNode[]
  readonly why: string
}

export function proposePadding(length: number, store: Store, rooms: readonly Room[]): Proposal {
  const paddedRoot = addPadding(store.root, length)
  const real = Buffer.byteLength(paddedRoot)
  const rebuild = rooms.filter((room) => room.rootLength < real).map((room) => room.node)
  return {
    paddedRoot,
    rebuild,
    why: whyRebuild(length, { paddedRoot, store, real, rebuild: rebuild.length, installed: rooms.length }),
  }
}

function whyRebuild(
  length: number,
  proposed: {
    readonly paddedRoot: string
    readonly store: Store
    readonly real: number
    readonly rebuild: number
    readonly installed: number
  },
): string {
  const { paddedRoot, store, real, rebuild, installed } = proposed
  if (paddedRoot === store.paddedRoot) return 'This is the store as it is: nothing changes.'
  if (real > length) return `The store's root alone has ${real} bytes, more than ${length}: there is no padding to add.`
  if (installed === 0)
    return 'Nothing is installed here yet: all that is built from then on can be moved to shorter roots.'
  const elsewhere = 'Packages are then installed in another folder, and those of the present store are not in it'
  if (rebuild === 0)
    return `${elsewhere}; all have as much room already, and can be installed there from a build cache.`
  return `${elsewhere}. Those with less room hold shorter paths, which only a new build makes longer. So install with --no-cache, and push with --force.`
}
