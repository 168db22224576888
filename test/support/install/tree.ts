import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'

/** One path of a folder, so that two can be compared. */
export type TreeRow =
  | { readonly path: string; readonly type: 'dir'; readonly mode: string }
  | { readonly path: string; readonly type: 'link'; readonly target: string }
  | {
      readonly path: string
      readonly type: 'file'
      readonly mode: string
      readonly size: number
      /** The first 12 digits. */
      readonly sha256: string
      /** How many names in the folder share its inode. */
      readonly links: number
    }

/** Everything in a folder, by path; `read` changes what a file holds or a link names before it is looked at. */
export function listTree(folder: string, read: (bytes: Buffer) => Buffer = (bytes) => bytes): Map<string, TreeRow> {
  const paths = walk(folder)
  const names = new Map<string, number>()
  const inodeOf = (path: string): string => {
    // Some file systems number their files beyond what a double holds.
    const { dev, ino } = lstatSync(join(folder, path), { bigint: true })
    return `${dev}:${ino}`
  }
  for (const path of paths) names.set(inodeOf(path), (names.get(inodeOf(path)) ?? 0) + 1)
  const row = (path: string): TreeRow => {
    const full = join(folder, path)
    const stats = lstatSync(full)
    if (stats.isSymbolicLink()) return { path, type: 'link', target: read(readlinkSync(full, 'buffer')).toString() }
    const mode = `0o${(stats.mode & 0o7777).toString(8)}`
    if (stats.isDirectory()) return { path, type: 'dir', mode }
    const bytes = read(readFileSync(full))
    const sha256 = createHash('sha256').update(bytes).digest('hex').slice(0, 12)
    return { path, type: 'file', mode, size: bytes.length, sha256, links: names.get(inodeOf(path)) ?? 0 }
  }
  return new Map(paths.map((path) => [path, row(path)]))
}

/** All paths in a folder, sorted. Node's own recursive listing goes through links to folders. */
export function walk(folder: string): string[] {
  const below = (path: string): string[] =>
    readdirSync(join(folder, path), { withFileTypes: true }).flatMap((entry) => {
      const inner = join(path, entry.name)
      return entry.isDirectory() ? [inner, ...below(inner)] : [inner]
    })
  return below('').sort()
}

/** The paths at which two trees differ, each with what both have there. */
export function differences(
  one: ReadonlyMap<string, TreeRow>,
  other: ReadonlyMap<string, TreeRow>,
): { readonly path: string; readonly one: TreeRow | undefined; readonly other: TreeRow | undefined }[] {
  return [...new Set([...one.keys(), ...other.keys()])]
    .map((path) => ({ path, one: one.get(path), other: other.get(path) }))
    .filter((row) => !isDeepStrictEqual(row.one, row.other))
}

/** The bytes with every occurrence of a path replaced by another of the same length. */
export function withPath(bytes: Buffer, from: string, to: string): Buffer {
  if (Buffer.byteLength(from) !== Buffer.byteLength(to)) throw new Error(`${from} and ${to} differ in length`)
  const changed = Buffer.from(bytes)
  for (let at = changed.indexOf(from); at !== -1; at = changed.indexOf(from, at + 1)) changed.write(to, at)
  return changed
}
