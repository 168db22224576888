import * as z from 'zod'

/**
 * What of one layer decides whether programs run: kept by the layer's digest, so that no layer is read twice. Paths have
 * no slash at their beginning; what the files themselves name (interpreters, run paths, link targets) stays as it stands
 * in them.
 */

/** The form of a kept summary; another one is another version's and counts as nothing. */
const summaryFormat = 1

/** What an ELF program or library needs and gives, all that the dynamic linker compares. */
const ElfNeeds = z.object({
  /** Machine, class and byte order, as `machineOf` writes them: files that differ in it do not load each other. */
  machine: z.string(),
  interpreter: z.string().optional(),
  soname: z.string().optional(),
  needed: z.array(z.string()),
  /** `DT_RUNPATH`, or `DT_RPATH` where there is none: the dynamic linker reads no more than one of them. */
  runPath: z.array(z.string()),
  /** Symbol versions that it needs, by library. */
  versions: z.array(z.object({ library: z.string(), versions: z.array(z.string()) })),
  defines: z.array(z.string()),
})
export type ElfNeeds = z.infer<typeof ElfNeeds>

/** What an executable script asks for by its first lines. */
const ScriptNeeds = z.object({
  /** Files that have to be there: the interpreter, and for `sbang` that script and the interpreter of the second line. */
  paths: z.array(z.string()),
  /** A program that `env` looks for in `PATH`. */
  command: z.string().optional(),
})
export type ScriptNeeds = z.infer<typeof ScriptNeeds>

/** Files that are alike in what they need are one entry with several paths. */
const LayerSummary = z.object({
  /** Where the package lies, if it is a Spack package. */
  prefix: z.string().optional(),
  /** From `/etc/os-release`. */
  system: z.object({ name: z.string(), ids: z.array(z.string()) }).optional(),
  /** Folders that `/etc/ld.so.conf` and `/etc/ld.so.conf.d` name. */
  libraryFolders: z.array(z.string()),
  elves: z.array(z.object({ needs: ElfNeeds, paths: z.array(z.string()) })),
  scripts: z.array(z.object({ needs: ScriptNeeds, paths: z.array(z.string()) })),
  /** Executable files of any other kind, and static programs. */
  programs: z.array(z.string()),
  /** Links but for those that lead to files that nobody loads or runs. */
  links: z.array(z.tuple([z.string(), z.string()])),
  /** Whiteouts, as they stand in the layer. */
  whiteouts: z.array(z.string()),
  /** Why not all of the layer was seen, so that what is not in here may be there all the same. */
  incomplete: z.string().optional(),
})
export type LayerSummary = Readonly<z.infer<typeof LayerSummary>>

const Stored = LayerSummary.extend({ format: z.literal(summaryFormat) })

/** Of a layer that cannot be read at all. */
export function unreadableLayer(why: string): LayerSummary {
  return { libraryFolders: [], elves: [], scripts: [], programs: [], links: [], whiteouts: [], incomplete: why }
}

export function writeSummary(summary: LayerSummary): Buffer {
  return Buffer.from(JSON.stringify({ format: summaryFormat, ...summary }))
}

/** Undefined for what another version wrote, or nobody. */
export function readSummary(bytes: Buffer): LayerSummary | undefined {
  try {
    const { format: _, ...summary } = Stored.parse(JSON.parse(bytes.toString('utf8')))
    return summary
  } catch {
    return undefined
  }
}
