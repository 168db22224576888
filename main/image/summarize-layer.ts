import { posix } from 'node:path'
import type { LayerFile } from '../api/catalog.ts'
import { formatBytes, formatCount } from '../api/format.ts'
import { whiteoutOf } from '../api/whiteout.ts'
import { KeptContent } from '../layer/kept-content.ts'
import { layerFile } from '../layer/listing.ts'
import { perlScriptBytes, readPerlModules } from '../layer/perl-modules.ts'
import { readShebang, shebangBytes } from '../layer/shebang.ts'
import type { TarMember } from '../layer/tar-reader.ts'
import { type LayerVisitor, visitLayerFiles } from '../layer/visit.ts'
import { type ElfReading, readElfFacts } from '../relocate/elf-facts.ts'
import { type ElfHeader, elfMagic, fileTypes } from '../relocate/elf-file.ts'
import { StrataError } from '../support/errors.ts'
import { type ElfNeeds, type LayerSummary, type ScriptNeeds, unreadableLayer } from './layer-summary.ts'

/** Above the largest packages (texlive has 200,000 files) and the largest bases. */
const mostMembers = 500_000
/** Of names and needs, as text: CUDA's development image, among the largest, comes to some ten megabytes. */
const mostBytes = 64 * 1024 ** 2
/** Above the largest collections of Perl modules (texlive has 2,000, a whole Perl 1,200); more are not kept. */
const mostModules = 20_000
/** Linux follows and opens no longer path. */
const longestPath = 4096

/**
 * Reads what matters of a layer for whether programs run, in one pass over its stream, in bounded memory. A layer that no
 * one can read (zstd, damaged, without end) has a summary too, which says so: it will not be read again in vain. Throws
 * what the source throws, `digest-mismatch` among it: of such bytes nothing is to be kept.
 *
 * `newFile` names a file that does not exist: ELF files beyond 64 MiB go there while they are looked at; those beyond
 * 2 GiB are not looked at.
 */
export async function summarizeLayer(blob: AsyncIterable<Buffer>, newFile: () => string): Promise<LayerSummary> {
  const visitor = new Summarizer(newFile)
  try {
    const { stopped } = await visitLayerFiles(blob, visitor)
    if (stopped?.code === 'digest-mismatch') throw stopped
    return visitor.summary(stopped?.message)
  } catch (thrown) {
    if (thrown instanceof StrataError && thrown.code === 'layer-invalid') return unreadableLayer(thrown.message)
    throw thrown
  } finally {
    visitor.close()
  }
}

/** Machine, class and byte order of an ELF file: `62-64-little`. */
export function machineOf({ machine, layout }: ElfHeader): string {
  return `${machine}-${layout.wide ? 64 : 32}-${layout.littleEndian ? 'little' : 'big'}`
}

type Entry =
  | { readonly kind: 'elf'; readonly needs: ElfNeeds }
  | { readonly kind: 'script'; readonly needs: ScriptNeeds }
  | { readonly kind: 'program' }
  | { readonly kind: 'link'; readonly target: string }
  /** Nothing that is loaded or run; kept only to know that links to it do not matter. */
  | { readonly kind: 'other' }

const other: Entry = { kind: 'other' }
const program: Entry = { kind: 'program' }

class Summarizer implements LayerVisitor {
  done = false
  private readonly newFile: () => string
  private readonly entries = new Map<string, Entry>()
  private readonly whiteouts: string[] = []
  private readonly libraryFolders: string[] = []
  /** What was read of needs, by its own text: libraries of one package are alike in most. */
  private readonly known = new Map<string, Entry>()
  private readonly modules = new Map<string, string[]>()
  private readonly head = Buffer.alloc(perlScriptBytes)
  private headLength = 0
  private file: LayerFile | undefined
  private kept: KeptContent | undefined
  private prefix: string | undefined
  private system: LayerSummary['system']
  private incomplete: string | undefined
  private members = 0
  private modulesSeen = 0
  private bytes = 0

  constructor(newFile: () => string) {
    this.newFile = newFile
  }

  begin(member: TarMember): void {
    this.file = undefined
    if (this.done || member.name.length > longestPath || member.link.length > longestPath) return
    const file = layerFile(member)
    const { path, kind, target = '' } = file
    this.prefix ??= /^(.*?)\/\.spack(?:\/|$)/.exec(path)?.[1]
    this.members++
    this.grow(path.length + target.length)
    if (whiteoutOf(path)) {
      this.whiteouts.push(path)
      return
    }
    if (kind !== 'directory' && path.endsWith('.pm')) this.addModule(path)
    if (kind === 'symlink') this.entries.set(path, { kind: 'link', target })
    else if (kind === 'hardlink') {
      // The target comes first, in this layer or in one below, where a link does as well.
      this.entries.set(path, this.entries.get(target) ?? { kind: 'link', target: `/${target}` })
    } else if (kind === 'file') {
      this.file = file
      this.headLength = 0
    }
  }

  content(piece: Buffer): void {
    const { file, headLength } = this
    if (!file) return
    if (this.kept) {
      this.kept.update(piece)
      return
    }
    if (headLength >= shebangBytes && (headLength === this.head.length || !this.isScript())) return
    this.headLength += piece.copy(this.head, headLength)
    if (headLength < 4 && this.headLength >= 4 && this.head.readUInt32BE(0) === elfMagic) {
      this.kept = new KeptContent(file.bytes, this.newFile)
      this.kept.update(this.head.subarray(0, headLength))
      this.kept.update(piece)
    }
  }

  end(): void {
    const { file } = this
    if (!file) return
    this.entries.set(file.path, this.entryOf(file))
    this.readSystemFile(file.path)
    this.close()
  }

  /** Gives back what was kept of the file at hand. */
  close(): void {
    this.file = undefined
    this.kept?.close()
    this.kept = undefined
  }

  summary(stopped: string | undefined): LayerSummary {
    const elves = new Map<ElfNeeds, string[]>()
    const scripts = new Map<ScriptNeeds, string[]>()
    const programs: string[] = []
    const links: [string, string][] = []
    for (const [path, entry] of this.entries) {
      if (entry.kind === 'elf') append(elves, entry.needs, path)
      else if (entry.kind === 'script') append(scripts, entry.needs, path)
      else if (entry.kind === 'program') programs.push(path)
      else if (entry.kind === 'link' && this.matters(path, entry.target)) links.push([path, entry.target])
    }
    return {
      prefix: this.prefix,
      system: this.system,
      libraryFolders: this.libraryFolders,
      elves: [...elves].map(([needs, paths]) => ({ needs, paths })),
      scripts: [...scripts].map(([needs, paths]) => ({ needs, paths })),
      programs,
      links,
      modules: this.modulesSeen > mostModules ? undefined : [...this.modules],
      whiteouts: this.whiteouts,
      incomplete: this.incomplete ?? stopped,
    }
  }

  private entryOf({ mode }: LayerFile): Entry {
    const executable = (mode & 0o111) !== 0
    const elf = this.kept?.elf()
    const facts = elf && readElfFacts(elf)
    if (facts) return this.elfEntry(facts) ?? (executable ? program : other)
    if (!executable) return other
    const start = this.head.subarray(0, this.headLength)
    const script = readShebang(start)
    if (!script) return program
    return this.shared({ kind: 'script', needs: { ...script, modules: readPerlModules(start, script) } })
  }

  private isScript(): boolean {
    return this.head[0] === 0x23 && this.head[1] === 0x21
  }

  private addModule(path: string): void {
    this.modulesSeen++
    if (this.modulesSeen > mostModules) return
    append(this.modules, posix.dirname(path), posix.basename(path, '.pm'))
  }

  /** Undefined for what needs nothing and gives nothing to load: object files, separate debug files, static programs. */
  private elfEntry(facts: ElfReading): Entry | undefined {
    const { header, interpreter, soname, needed, rpath, runpath, versions, defines } = facts
    const loaded = header.type === fileTypes.sharedObject || interpreter !== undefined || needed.length > 0
    if (!loaded) return undefined
    const runPath = runpath.length > 0 ? runpath : rpath
    const machine = machineOf(header)
    return this.shared({
      kind: 'elf',
      needs: { machine, interpreter, soname, needed, runPath, versions, defines },
    })
  }

  private shared(entry: Entry): Entry {
    const text = JSON.stringify(entry)
    const known = this.known.get(text)
    if (known) return known
    this.grow(text.length)
    this.known.set(text, entry)
    return entry
  }

  private readSystemFile(path: string): void {
    const text = (): string => this.head.toString('utf8', 0, this.headLength)
    if (path === 'etc/os-release' || path === 'usr/lib/os-release') this.system = readOsRelease(text())
    else if (path === 'etc/ld.so.conf' || /^etc\/ld\.so\.conf\.d\/[^/]+\.conf$/.test(path)) {
      const lines = text().split('\n')
      this.libraryFolders.push(...lines.flatMap((line) => /^\s*(\/[^\s#:,]*)/.exec(line)?.[1] ?? []))
    }
  }

  /** Thousands of links (terminfo, manual pages) lead to files that are only read. */
  private matters(path: string, target: string): boolean {
    const to = target.startsWith('/') ? target : posix.join('/', posix.dirname(path), target)
    return this.entries.get(posix.normalize(to).slice(1))?.kind !== 'other'
  }

  private grow(bytes: number): void {
    this.bytes += bytes
    if (this.members <= mostMembers && this.bytes <= mostBytes) return
    this.incomplete = `it has more than ${formatCount(mostMembers)} entries or ${formatBytes(mostBytes)} of names`
    this.done = true
  }
}

/** `PRETTY_NAME`, and `ID` with `ID_LIKE`: which distribution, and which it comes from (os-release(5)). */
function readOsRelease(text: string): LayerSummary['system'] {
  const value = (name: string): string | undefined =>
    new RegExp(`^${name}=(["']?)(.*)\\1\\s*$`, 'm').exec(text)?.[2]?.slice(0, 200)
  const name = value('PRETTY_NAME') ?? value('NAME')
  if (name === undefined) return undefined
  return { name, ids: `${value('ID') ?? ''} ${value('ID_LIKE') ?? ''}`.split(/\s+/).filter((id) => id !== '') }
}

function append<K>(map: Map<K, string[]>, key: K, name: string): void {
  const names = map.get(key)
  if (names) names.push(name)
  else map.set(key, [name])
}
