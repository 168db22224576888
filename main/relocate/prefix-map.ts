import { StrataError } from '../support/errors.ts'

/** Where something was when the package was packed, and where it is to be. Absolute paths. */
export interface Move {
  readonly from: string
  readonly to: string
}

/** What moves when one package is installed. */
export interface Moves {
  /** `<unpadded store root>/bin/sbang`. */
  readonly sbang: Move | undefined
  /** The package itself and what it depends on, by `hash_to_prefix`. */
  readonly packages: readonly Move[]
  /** The store's root with its padding, for all that lies in the store and has no prefix of its own here. */
  readonly storeRoot: Move
}

/** One old path and its new one, as the bytes that files hold. */
export interface Mapping {
  readonly from: Buffer
  readonly to: Buffer
}

/** What to look for, in the order in which it is tried at each position: the first that matches wins. */
export interface PrefixMap {
  /** For text and links, where any length goes. */
  readonly text: readonly Mapping[]
  /** For binaries: without sbang, whose new path may be longer than the old one and which no binary runs. */
  readonly binary: readonly Mapping[]
}

/**
 * The mappings of one package, longest old path first, so that a prefix inside another one is found before it (Spack's
 * `relocate_package` reaches the same by naming the prefixes before the root). A path that stays where it is keeps its
 * mapping: it guards, say, a dependency in an upstream store from being moved with the root. Throws
 * `relocation-impossible` for an old or new path that is not absolute, is `/`, or ends in a slash.
 */
export function createPrefixMap(moves: Moves): PrefixMap {
  const binary = ordered([...moves.packages, moves.storeRoot])
  const text = moves.sbang === undefined ? binary : ordered([moves.sbang, ...moves.packages, moves.storeRoot])
  return { text, binary }
}

/** Whether installing there changes no path at all, so that no file has to be looked at. */
export function movesNothing(map: PrefixMap): boolean {
  return map.text.every(staysPut)
}

export function staysPut(mapping: Mapping): boolean {
  return mapping.from.equals(mapping.to)
}

/** The path with the old prefix that it begins with replaced; undefined when it begins with none, or stays the same. */
export function movePath(path: Buffer, mappings: readonly Mapping[]): Buffer | undefined {
  const mapping = mappings.find(({ from }) => startsAt(path, 0, from))
  if (mapping === undefined || staysPut(mapping)) return undefined
  return Buffer.concat([mapping.to, path.subarray(mapping.from.length)])
}

/** The new target of an absolute symbolic link (Spack's `relocate_links`); undefined where it stays as it is. */
export function moveLinkTarget(target: Buffer, map: PrefixMap): Buffer | undefined {
  return movePath(target, map.text)
}

export function startsAt(bytes: Buffer, at: number, path: Buffer): boolean {
  const end = at + path.length
  return end <= bytes.length && bytes.compare(path, 0, path.length, at, end) === 0
}

function ordered(moves: readonly Move[]): Mapping[] {
  const unique = new Map<string, string>()
  for (const { from, to } of moves) {
    checkPath(from)
    checkPath(to)
    if (!unique.has(from)) unique.set(from, to)
  }
  return [...unique]
    .map(([from, to]) => ({ from: Buffer.from(from), to: Buffer.from(to) }))
    .sort((a, b) => b.from.length - a.from.length)
}

function checkPath(path: string): void {
  if (/^\/(?:[^\0]*[^\0/])$/.test(path)) return
  throw new StrataError(
    'relocation-impossible',
    `${JSON.stringify(path)} is not a path that a package can be moved from or to`,
    {
      hint: 'Prefixes and store roots are absolute paths without a slash at their end.',
    },
  )
}
