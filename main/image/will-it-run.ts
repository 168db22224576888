import type { SpecNode } from '../spack/spec/graph.ts'
import { type BaseSystem, type FoundLibrary, libraryIn } from './base-system.ts'
import { FileTree, type FoundEntry, treePath } from './file-tree.ts'
import type { ElfNeeds, LayerSummary, ScriptNeeds } from './layer-summary.ts'
import { isGlibcPart, libcOfLoader, libcPartOf } from './libc-parts.ts'
import { hasModule, knowsModules } from './perl-modules.ts'
import { byRunPath } from './run-path.ts'

/** A package of a composition; `summary` is absent while nobody looked into its layer. */
export interface RunPackage {
  readonly node: SpecNode
  readonly summary: LayerSummary | undefined
}

/** What keeps files from running. */
export type Lack =
  /** The dynamic linker that starts a program (`PT_INTERP`). */
  | { readonly kind: 'loader'; readonly path: string }
  /** Linked with one C library, and the base has the other, or none. */
  | { readonly kind: 'libc'; readonly libc: 'glibc' | 'musl' }
  /** `elsewhere`: a package of the composition that has it where this file does not look. */
  | { readonly kind: 'library'; readonly soname: string; readonly elsewhere?: string }
  /** It is there and too old. `owner`: the package that has it; undefined for the base. */
  | { readonly kind: 'versions'; readonly library: FoundLibrary; readonly soname: string; readonly owner?: string }
  /** What a script is run by. */
  | { readonly kind: 'interpreter'; readonly path: string }
  | { readonly kind: 'command'; readonly name: string }
  /** Modules that a Perl script uses. */
  | { readonly kind: 'modules' }

/** The files of one package that lack the same. */
export interface Lacking {
  readonly package: RunPackage
  /** Paths below the prefix; at least one. */
  readonly files: string[]
  /** Of `versions` and `modules`: which. */
  readonly names: Set<string>
}

export interface LackOf {
  readonly lack: Lack
  readonly by: Map<RunPackage, Lacking>
}

/** What would not run: by programs and libraries, and by files that lie beside them. */
export interface RunProblems {
  readonly main: readonly LackOf[]
  readonly beside: readonly LackOf[]
}

/**
 * Whether the dynamic linker and the kernel find what the files of these packages ask for, in the packages and on the base
 * (ld.so(8), execve(2)). A file's libraries are looked for in its own run path and in the folders of the base; a library
 * that is not there but in another package is taken for found, since whoever loads it has a run path as well. What a
 * program opens by itself (`dlopen`) is not seen, and neither is `LD_LIBRARY_PATH`.
 *
 * A package is judged when its layer and those of all it needs were looked into.
 */
export function willItRun(packages: readonly RunPackage[], base: BaseSystem): RunProblems {
  return new Judge(packages, base).judge()
}

/** Where people keep what is read and tried rather than run. */
const besideFolders = /(^|\/)(docs?|examples?|demos?|samples?|tests?|testsuite|tutorials?)\//

/** A folder of run paths and of `PATH`: hundreds of files look into the same ones, for the same names. */
interface SearchFolder {
  readonly path: string
  readonly names: NonNullable<ReturnType<FileTree['folder']>>
  /** What its names were found to be. */
  readonly found: Map<string, FoundEntry | undefined>
}

class Judge {
  private readonly packages: readonly RunPackage[]
  private readonly base: BaseSystem
  private readonly tree: FileTree
  private readonly main = new Map<string, LackOf>()
  private readonly beside = new Map<string, LackOf>()
  private readonly definitions = new Map<ElfNeeds, ReadonlySet<string>>()
  private readonly folders = new Map<string, SearchFolder | undefined>()
  /** What many scripts ask for is looked for once. */
  private commandFolders: readonly SearchFolder[] | undefined
  private readonly commands = new Map<string, boolean>()
  private readonly modules = new Map<string, boolean>()
  private owners: ReadonlyMap<string, string> | undefined

  constructor(packages: readonly RunPackage[], base: BaseSystem) {
    this.packages = packages
    this.base = base
    this.tree = new FileTree(base.tree)
    for (const { summary } of packages) if (summary) this.tree.add(summary)
  }

  judge(): RunProblems {
    const known = knownWithNeeds(this.packages)
    const all = known.size === this.packages.length
    for (const one of known) {
      const { summary } = one
      if (!summary) continue
      for (const { needs, paths } of summary.elves) this.judgeElf(one, needs, paths)
      for (const { needs, paths } of summary.scripts) this.judgeScript(one, needs, paths, all)
    }
    return { main: [...this.main.values()], beside: [...this.beside.values()] }
  }

  private judgeElf(one: RunPackage, needs: ElfNeeds, paths: readonly string[]): void {
    const { machine } = this.base
    // Parts for other machines (a compiler's, a graphics card's) are not for this system to run.
    if (machine !== undefined && needs.machine !== machine) return
    const { interpreter } = needs
    if (interpreter !== undefined && !this.tree.find(treePath(interpreter))) {
      const libc = libcOfLoader(interpreter)
      const other = libc !== undefined && libc !== this.base.libc?.kind
      this.note(one, paths, other ? { kind: 'libc', libc } : { kind: 'loader', path: interpreter })
      return
    }
    for (const [runPath, files] of byRunPath(needs, paths)) {
      const folders = runPath.flatMap((folder) => this.searchFolder(folder) ?? [])
      for (const soname of needs.needed) this.judgeLibrary(one, needs, files, soname, folders)
    }
  }

  private judgeLibrary(
    one: RunPackage,
    needs: ElfNeeds,
    files: readonly string[],
    soname: string,
    folders: readonly SearchFolder[],
  ): void {
    const own = this.libraryIn(folders, soname, needs.machine)
    const found = own ?? this.base.library(soname)
    if (found) {
      const asked = needs.versions.find(({ library }) => library === soname)?.versions ?? []
      const missing = this.missingVersions(found, asked)
      if (missing.length === 0) return
      const owner = own && this.packages.find(({ summary }) => isWithin(own.path, summary?.prefix))?.node.name
      this.note(one, files, { kind: 'versions', library: found, soname, owner }, missing)
      return
    }
    const libc = libcPartOf(soname)
    if (libc !== undefined && libc !== this.base.libc?.kind) {
      this.note(one, files, { kind: 'libc', libc })
      return
    }
    // musl's dynamic linker is its own C library, whatever its file is called.
    if (libc === 'musl') return
    const elsewhere = this.ownerOf(soname)
    if (elsewhere === undefined || needs.interpreter !== undefined) {
      this.note(one, files, { kind: 'library', soname, elsewhere })
    }
  }

  private libraryIn(folders: readonly SearchFolder[], soname: string, machine: string): FoundLibrary | undefined {
    if (soname.includes('/')) {
      const needs = libraryIn(this.tree.find(treePath(soname)), machine)
      return needs && { path: treePath(soname), needs }
    }
    for (const folder of folders) {
      const needs = libraryIn(this.entryIn(folder, soname), machine)
      if (needs) return { path: `${folder.path}/${soname}`, needs }
    }
    return undefined
  }

  private entryIn({ path, names, found }: SearchFolder, name: string): FoundEntry | undefined {
    const entry = names.get(name)
    if (entry?.kind !== 'link') return entry
    if (!found.has(name)) found.set(name, this.tree.in(path, entry))
    return found.get(name)
  }

  /** A library without versions of its own satisfies every need: the dynamic linker only grumbles. */
  private missingVersions({ needs }: FoundLibrary, asked: readonly string[]): string[] {
    if (asked.length === 0 || needs.defines.length === 0) return []
    const known = this.definitions.get(needs) ?? new Set(needs.defines)
    this.definitions.set(needs, known)
    return asked.filter((version) => !known.has(version))
  }

  private searchFolder(folder: string): SearchFolder | undefined {
    if (this.folders.has(folder)) return this.folders.get(folder)
    const path = treePath(folder)
    const names = this.tree.folder(path)
    const found = names && { path, names, found: new Map<string, FoundEntry | undefined>() }
    this.folders.set(folder, found)
    return found
  }

  private judgeScript(one: RunPackage, needs: ScriptNeeds, paths: readonly string[], all: boolean): void {
    const missing = needs.paths.find((path) => this.tree.find(treePath(path)) === undefined)
    if (missing !== undefined) this.note(one, paths, { kind: 'interpreter', path: missing })
    else if (!all) return
    else if (needs.command !== undefined && !this.hasCommand(needs.command)) {
      this.note(one, paths, { kind: 'command', name: needs.command })
    } else {
      const modules = needs.modules?.filter((module) => !this.hasModule(module)) ?? []
      if (modules.length > 0) this.note(one, paths, { kind: 'modules' }, modules)
    }
  }

  private hasModule(module: string): boolean {
    return remembered(this.modules, module, () => {
      const layers = [...this.base.layers, ...this.packages.flatMap(({ summary }) => summary ?? [])]
      return !knowsModules(layers) || hasModule(layers, module)
    })
  }

  /** Spack puts the `bin` of every package of an image into its `PATH`. */
  private hasCommand(name: string): boolean {
    this.commandFolders ??= [
      ...this.packages.flatMap(({ summary }) => (summary?.prefix === undefined ? [] : `${summary.prefix}/bin`)),
      ...this.base.commandFolders,
    ].flatMap((folder) => this.searchFolder(folder) ?? [])
    const folders = this.commandFolders
    return remembered(this.commands, name, () => folders.some((one) => this.entryIn(one, name) !== undefined))
  }

  /** The package that has a library of this name anywhere. */
  private ownerOf(soname: string): string | undefined {
    this.owners ??= ownersOfLibraries(this.packages)
    return this.owners.get(soname)
  }

  private note(one: RunPackage, paths: readonly string[], lack: Lack, names: readonly string[] = []): void {
    const inPrefix = paths.map((path) => belowPrefix(path, one.summary?.prefix))
    const [beside, main] = [inPrefix.filter(isBeside), inPrefix.filter((path) => !isBeside(path))]
    if (main.length > 0) noteIn(this.main, one, main, lack, names)
    if (beside.length > 0) noteIn(this.beside, one, beside, lack, names)
  }
}

/** Packages by the names of their libraries and of links, which may lead to one. */
function ownersOfLibraries(packages: readonly RunPackage[]): ReadonlyMap<string, string> {
  const owners = new Map<string, string>()
  for (const { node, summary } of packages) {
    for (const { needs, paths } of summary?.elves ?? []) {
      if (needs.soname !== undefined) owners.set(needs.soname, node.name)
      for (const path of paths) owners.set(nameOf(path), node.name)
    }
    for (const [path] of summary?.links ?? []) owners.set(nameOf(path), node.name)
  }
  return owners
}

function remembered<K, V>(known: Map<K, V>, key: K, find: () => V): V {
  const before = known.get(key)
  if (before !== undefined) return before
  const found = find()
  known.set(key, found)
  return found
}

function noteIn(
  all: Map<string, LackOf>,
  one: RunPackage,
  files: readonly string[],
  lack: Lack,
  names: readonly string[],
): void {
  const key = keyOf(lack)
  const known = all.get(key) ?? { lack, by: new Map<RunPackage, Lacking>() }
  all.set(key, known)
  const lacking = known.by.get(one) ?? { package: one, files: [], names: new Set<string>() }
  known.by.set(one, lacking)
  for (const file of files) if (!lacking.files.includes(file)) lacking.files.push(file)
  for (const name of names) lacking.names.add(name)
}

/** Versions that the base's glibc lacks, in whichever of its libraries. */
export function isGlibcOfBase(lack: Lack & { kind: 'versions' }): boolean {
  return isGlibcPart(lack.soname) && lack.owner === undefined
}

/** What is said once for all that lack it. */
function keyOf(lack: Lack): string {
  switch (lack.kind) {
    case 'loader':
    case 'interpreter':
      return `${lack.kind} ${lack.path}`
    case 'libc':
      return `${lack.kind} ${lack.libc}`
    case 'library':
      return `${lack.kind} ${lack.soname} ${lack.elsewhere ?? ''}`
    case 'versions':
      // glibc's libraries are as old as each other.
      return isGlibcOfBase(lack) ? 'glibc' : `${lack.kind} ${lack.library.path}`
    case 'command':
      return `${lack.kind} ${lack.name}`
    case 'modules':
      return lack.kind
  }
}

/** The packages that were looked into, with all that they need to run. */
function knownWithNeeds(packages: readonly RunPackage[]): ReadonlySet<RunPackage> {
  const byHash = new Map(packages.map((one) => [one.node.hash, one]))
  const judged = new Map<RunPackage, boolean>()
  const isKnown = (one: RunPackage): boolean => {
    const before = judged.get(one)
    if (before !== undefined) return before
    judged.set(one, one.summary !== undefined)
    const needs = one.node.edges.filter(({ types }) => types.includes('link') || types.includes('run'))
    const known = one.summary !== undefined && needs.every(({ hash }) => isKnownAt(hash))
    judged.set(one, known)
    return known
  }
  const isKnownAt = (hash: string): boolean => {
    const one = byHash.get(hash)
    // What the image does not have at all cannot help either.
    return one === undefined || isKnown(one)
  }
  return new Set(packages.filter(isKnown))
}

/** Beside the programs: data in `share`, Spack's own notes, documentation, examples and tests wherever they lie. */
function isBeside(path: string): boolean {
  return /^(share|\.spack)\//.test(path) || besideFolders.test(path)
}

function belowPrefix(path: string, prefix: string | undefined): string {
  return isWithin(path, prefix) && prefix !== undefined ? path.slice(prefix.length + 1) : `/${path}`
}

function isWithin(path: string, prefix: string | undefined): boolean {
  return prefix !== undefined && path.startsWith(`${prefix}/`)
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
