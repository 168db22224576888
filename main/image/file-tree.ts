import { posix } from 'node:path'
import { whiteoutOf } from '../api/whiteout.ts'
import type { ElfNeeds, LayerSummary } from './layer-summary.ts'

/** What can be run, loaded or followed at a path. */
export type TreeEntry =
  | { readonly kind: 'elf'; readonly needs: ElfNeeds }
  | { readonly kind: 'script' }
  | { readonly kind: 'program' }
  | { readonly kind: 'link'; readonly target: string }

export type FoundEntry = Exclude<TreeEntry, { kind: 'link' }>

type Folder = ReadonlyMap<string, TreeEntry>

/** As many links as Linux follows for one path (`MAXSYMLINKS`). */
const mostLinks = 40
const longestPath = 4096

/**
 * The programs, libraries and links of an image, as its layers make them one after the other, and where paths lead in it.
 * Paths have no slash at either end. What is not known: a file of a kind that no summary holds does not take the place
 * of what lies below it, nor does a folder that of a link.
 */
export class FileTree {
  private readonly folders: Map<string, Folder>
  private readonly realFolders = new Map<string, string>()

  /** Stands on another tree, which stays as it is. */
  constructor(below?: FileTree) {
    this.folders = new Map(below?.folders)
  }

  /** Lays a layer on top. All layers come before the first question. */
  add(summary: LayerSummary): void {
    for (const path of summary.whiteouts) {
      const whiteout = whiteoutOf(path)
      if (whiteout) this.remove(whiteout.path, whiteout.kind === 'entry')
    }
    const folders = foldersOf(summary)
    const root = folders.get('')
    if (root) this.merge('', root)
    for (const [path, folder] of folders) if (folder !== root) this.merge(this.throughRoot(path), folder)
  }

  /** What lies at a path, links followed. */
  find(path: string): FoundEntry | undefined {
    return this.follow(path, 0)
  }

  /** What lies under each name in a folder, links in its path followed; undefined when nothing does. */
  folder(path: string): Folder | undefined {
    return this.folders.get(this.realFolder(path, 0))
  }

  /** A name of a folder, links followed. */
  in(folder: string, entry: TreeEntry | undefined): FoundEntry | undefined {
    if (entry?.kind !== 'link') return entry
    return this.follow(joined(this.realFolder(folder, 0), entry.target), 1)
  }

  private merge(path: string, folder: Folder): void {
    const there = this.folders.get(path)
    this.folders.set(path, there === undefined ? folder : new Map([...there, ...folder]))
  }

  /** Where `/bin` and `/lib` are links, a layer's `bin/sh` lands where they lead, as unpackers have it. */
  private throughRoot(path: string): string {
    const slash = path.indexOf('/')
    const first = slash === -1 ? path : path.slice(0, slash)
    const entry = this.folders.get('')?.get(first)
    return entry?.kind === 'link' ? joined('', entry.target + path.slice(first.length)) : path
  }

  private follow(path: string, links: number): FoundEntry | undefined {
    if (links > mostLinks || path.length > longestPath) return undefined
    const { parent, name } = split(path)
    const folder = this.realFolder(parent, links)
    const entry = this.folders.get(folder)?.get(name)
    return entry?.kind === 'link' ? this.follow(joined(folder, entry.target), links + 1) : entry
  }

  private realFolder(path: string, links: number): string {
    if (path === '' || links > mostLinks || path.length > longestPath) return path
    const known = this.realFolders.get(path)
    if (known !== undefined) return known
    // A circle of links ends where it began.
    this.realFolders.set(path, path)
    const { parent, name } = split(path)
    const folder = this.realFolder(parent, links)
    const entry = this.folders.get(folder)?.get(name)
    const here = folder === '' ? name : `${folder}/${name}`
    const real = entry?.kind === 'link' ? this.realFolder(joined(folder, entry.target), links + 1) : here
    this.realFolders.set(path, real)
    return real
  }

  private remove(path: string, itself: boolean): void {
    for (const folder of [...this.folders.keys()]) {
      if (path === '' || folder === path || folder.startsWith(`${path}/`)) this.folders.delete(folder)
    }
    const { parent, name } = split(path)
    const siblings = this.folders.get(parent)
    if (itself && siblings?.has(name)) {
      this.folders.set(parent, new Map([...siblings].filter(([other]) => other !== name)))
    }
  }
}

const compiled = new WeakMap<LayerSummary, ReadonlyMap<string, Folder>>()

/** A summary's entries by folder: made once, since one layer is part of many compositions. */
function foldersOf(summary: LayerSummary): ReadonlyMap<string, Folder> {
  const known = compiled.get(summary)
  if (known) return known
  const folders = new Map<string, Map<string, TreeEntry>>()
  const add = (path: string, entry: TreeEntry): void => {
    const { parent, name } = split(path)
    const folder = folders.get(parent) ?? new Map<string, TreeEntry>()
    folders.set(parent, folder.set(name, entry))
  }
  for (const { needs, paths } of summary.elves) {
    const entry: TreeEntry = { kind: 'elf', needs }
    for (const path of paths) add(path, entry)
  }
  for (const { paths } of summary.scripts) for (const path of paths) add(path, { kind: 'script' })
  for (const path of summary.programs) add(path, { kind: 'program' })
  for (const [path, target] of summary.links) add(path, { kind: 'link', target })
  compiled.set(summary, folders)
  return folders
}

/** A path as the tree has it: `/usr//lib/../bin/` is `usr/bin`. */
export function treePath(path: string): string {
  return joined('', path)
}

/** Empty parts of a path, `.` and `..`; a slash at its end. */
const unordered = /\/\.{0,2}(?:\/|$)/

/** Where a link in a folder leads. */
function joined(folder: string, target: string): string {
  const whole = target.startsWith('/') ? target : `/${folder}/${target}`
  // Nearly all are in order, and to see so is ten times as fast: padded paths are long.
  const path = unordered.test(whole) ? posix.normalize(whole) : whole
  return path.slice(1, path.endsWith('/') ? -1 : undefined)
}

function split(path: string): { readonly parent: string; readonly name: string } {
  const slash = path.lastIndexOf('/')
  return { parent: path.slice(0, Math.max(0, slash)), name: path.slice(slash + 1) }
}
