import type { Shebang } from '../layer/shebang.ts'

/** The form of a kept summary; another one is another version's and counts as nothing. */
const summaryFormat = 2

/** What an ELF program or library needs and gives: all that the dynamic linker compares. */
export interface ElfNeeds {
  /** Machine, class and byte order, as `machineOf` writes them: files that differ in it do not load each other. */
  readonly machine: string
  readonly interpreter?: string
  readonly soname?: string
  readonly needed: readonly string[]
  /** `DT_RUNPATH`, or `DT_RPATH` where there is none: the dynamic linker reads no more than one of them. */
  readonly runPath: readonly string[]
  /** Symbol versions that it needs, by library. */
  readonly versions: readonly { readonly library: string; readonly versions: readonly string[] }[]
  /** Symbol versions that others may need of it. */
  readonly defines: readonly string[]
}

/** What a script is run by, and the modules that it uses, if perl runs it and they are to be found in Perl's own folders. */
export interface ScriptNeeds extends Shebang {
  readonly modules?: readonly string[]
}

/** Files that are alike in what they need. */
interface AlikeFiles<Needs> {
  readonly needs: Needs
  readonly paths: readonly string[]
}

/**
 * What of one layer decides whether programs run: kept by the layer's digest, so that no layer is read twice. Paths have
 * no slash at their beginning; what the files themselves name (interpreters, run paths, link targets) stays as it stands
 * in them.
 */
export interface LayerSummary {
  /** Where the package lies, if it is a Spack package. */
  readonly prefix?: string
  /** From `/etc/os-release`: `Debian GNU/Linux 12 (bookworm)`, and the distribution with those it comes from. */
  readonly system?: { readonly name: string; readonly ids: readonly string[] }
  /** Folders that `/etc/ld.so.conf` and `/etc/ld.so.conf.d` name. */
  readonly libraryFolders: readonly string[]
  readonly elves: readonly AlikeFiles<ElfNeeds>[]
  readonly scripts: readonly AlikeFiles<ScriptNeeds>[]
  /** Executable files of any other kind, and static programs. */
  readonly programs: readonly string[]
  /** Links and their targets, but for those that lead to files that nobody loads or runs. */
  readonly links: readonly (readonly [path: string, target: string])[]
  /** Perl's modules, by folder: the names of files without their `.pm`. Absent when there are too many to keep. */
  readonly modules?: readonly (readonly [folder: string, names: readonly string[]])[]
  /** Whiteouts, as they stand in the layer. */
  readonly whiteouts: readonly string[]
  /** Why not all of the layer was seen, so that what is not in here may be there all the same. */
  readonly incomplete?: string
}

/** Of a layer that cannot be read at all. */
export function unreadableLayer(why: string): LayerSummary {
  return {
    libraryFolders: [],
    elves: [],
    scripts: [],
    programs: [],
    links: [],
    modules: [],
    whiteouts: [],
    incomplete: why,
  }
}

export function writeSummary(summary: LayerSummary): Buffer {
  return Buffer.from(JSON.stringify({ format: summaryFormat, ...summary }))
}

/**
 * Undefined for what another version wrote, or nobody. What is inside is not checked: only we write such files, by a rename,
 * and checking 300 of them takes 75 ms where parsing takes two.
 */
export function readSummary(bytes: Buffer): LayerSummary | undefined {
  try {
    const { format, ...summary } = JSON.parse(bytes.toString('utf8'))
    return format === summaryFormat ? summary : undefined
  } catch {
    return undefined
  }
}
