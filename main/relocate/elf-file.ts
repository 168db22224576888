import { type ByteSource, type Range, readRange } from './edits.ts'
import { type ElfLayout, readField, structuresOf } from './elf-layout.ts'

/** The numbers of the System V ABI and of GNU that relocation looks at. */
export const segmentTypes = { load: 1, dynamic: 2, interpreter: 3, note: 4, programHeaders: 6, gnuProperty: 0x6474e553 }
export const sectionTypes = {
  progbits: 1,
  stringTable: 3,
  hash: 5,
  note: 7,
  nobits: 8,
  dynamicSymbols: 11,
  gnuHash: 0x6ffffff6,
  versionDefinitions: 0x6ffffffd,
  versionNeeds: 0x6ffffffe,
  versionSymbols: 0x6fffffff,
}
export const dynamicTags = {
  end: 0,
  needed: 1,
  hash: 4,
  stringTable: 5,
  symbolTable: 6,
  stringTableSize: 10,
  soname: 14,
  rpath: 15,
  runpath: 29,
  gnuHash: 0x6ffffef5,
  versionSymbols: 0x6ffffff0,
  versionDefinitions: 0x6ffffffc,
  versionDefinitionsCount: 0x6ffffffd,
  versionNeeds: 0x6ffffffe,
  configuration: 0x6ffffefa,
  dependencyAudit: 0x6ffffefb,
  audit: 0x6ffffefc,
  auxiliary: 0x7ffffffd,
  filter: 0x7fffffff,
  flags1: 0x6ffffffb,
  versionNeedsCount: 0x6fffffff,
}
/** The first four bytes of every ELF file, as a big-endian number. */
export const elfMagic = 0x7f454c46
export const fileTypes = { relocatable: 1, executable: 2, sharedObject: 3, core: 4 }
export const allocated = 2

/** Entries of a dynamic section that are looked at: real ones have some fifty, and a hostile size fills no memory. */
const mostDynamicEntries = 1 << 16

/** A program header; sizes and offsets in bytes. */
export interface Segment {
  readonly index: number
  readonly type: number
  readonly offset: number
  readonly address: number
  readonly fileSize: number
  readonly memorySize: number
}

/** A section header. */
export interface Section {
  readonly index: number
  readonly type: number
  readonly flags: number
  readonly address: number
  readonly offset: number
  readonly size: number
  readonly info: number
}

/** An entry of the dynamic section; `offset` is where it lies in the file. */
export interface DynamicEntry {
  readonly offset: number
  readonly tag: number
  readonly value: number
}

/** What an ELF file of any type says of itself first. */
export interface ElfHeader {
  readonly layout: ElfLayout
  /** One of `fileTypes`, or a number that nobody knows. */
  readonly type: number
  /** `e_machine`. */
  readonly machine: number
}

/** What relocation needs of an executable or shared library. */
export interface ElfFile extends ElfHeader {
  readonly programHeaders: number
  readonly sectionHeaders: number
  readonly segments: readonly Segment[]
  /** Empty when the file was stripped of its section headers. */
  readonly sections: readonly Section[]
  /** Empty when the program is static. */
  readonly dynamic: readonly DynamicEntry[]
}

/**
 * Reads the headers and the dynamic section; undefined for anything that is not a well-formed ELF executable or shared
 * library, an object file for one: such a file has no run path (Spack's `parse_elf` draws the same line).
 */
export function readElf(file: ByteSource): ElfFile | undefined {
  const start = readStart(file)
  if (start === undefined) return undefined
  const { layout, bytes } = start
  const { header, segment, section } = structuresOf(layout)
  const get = (name: Exclude<keyof typeof header, 'length'>) => readField(layout, bytes, 0, header[name])
  const type = get('type')
  if (type !== fileTypes.executable && type !== fileTypes.sharedObject) return undefined
  if (get('programHeaderLength') !== segment.length) return undefined
  const segments = readTable(file, get('programHeaders'), get('programHeaderCount'), segment.length)
  const hasSections = get('sectionHeaders') > 0 && get('sectionHeaderLength') === section.length
  const sections = readTable(file, get('sectionHeaders'), hasSections ? get('sectionHeaderCount') : 0, section.length)
  if (segments === undefined || sections === undefined) return undefined
  const parsed = segments.map((bytes, index) => segmentOf(layout, bytes, index))
  const dynamic = readDynamic(file, layout, parsed)
  if (dynamic === undefined) return undefined
  return {
    layout,
    type,
    machine: get('machine'),
    programHeaders: get('programHeaders'),
    sectionHeaders: get('sectionHeaders'),
    segments: parsed,
    sections: sections.map((bytes, index) => sectionOf(layout, bytes, index)),
    dynamic,
  }
}

/** The header alone, of an object file or a core dump as well; undefined for what is no ELF file. */
export function readElfHeader(file: ByteSource): ElfHeader | undefined {
  const start = readStart(file)
  if (start === undefined) return undefined
  const { layout, bytes } = start
  const { header } = structuresOf(layout)
  return {
    layout,
    type: readField(layout, bytes, 0, header.type),
    machine: readField(layout, bytes, 0, header.machine),
  }
}

/** The bytes of the header, all of them, and how to read them. */
function readStart(file: ByteSource): { readonly layout: ElfLayout; readonly bytes: Buffer } | undefined {
  const bytes = readRange(file, 0, Math.min(file.size, 64))
  const layout = bytes && layoutOf(bytes)
  if (bytes === undefined || layout === undefined) return undefined
  return bytes.length < structuresOf(layout).header.length ? undefined : { layout, bytes }
}

function layoutOf(ident: Buffer): ElfLayout | undefined {
  if (ident.length < 16 || ident.readUInt32BE(0) !== elfMagic) return undefined
  const [width, order] = [ident[4], ident[5]]
  if ((width !== 1 && width !== 2) || (order !== 1 && order !== 2)) return undefined
  return { wide: width === 2, littleEndian: order === 1 }
}

function readTable(file: ByteSource, offset: number, count: number, length: number): Buffer[] | undefined {
  const bytes = readRange(file, offset, offset + count * length)
  return bytes && Array.from({ length: count }, (_, index) => bytes.subarray(index * length, (index + 1) * length))
}

function segmentOf(layout: ElfLayout, bytes: Buffer, index: number): Segment {
  const { segment } = structuresOf(layout)
  return {
    index,
    type: readField(layout, bytes, 0, segment.type),
    offset: readField(layout, bytes, 0, segment.offset),
    address: readField(layout, bytes, 0, segment.address),
    fileSize: readField(layout, bytes, 0, segment.fileSize),
    memorySize: readField(layout, bytes, 0, segment.memorySize),
  }
}

function sectionOf(layout: ElfLayout, bytes: Buffer, index: number): Section {
  const { section } = structuresOf(layout)
  return {
    index,
    type: readField(layout, bytes, 0, section.type),
    flags: readField(layout, bytes, 0, section.flags),
    address: readField(layout, bytes, 0, section.address),
    offset: readField(layout, bytes, 0, section.offset),
    size: readField(layout, bytes, 0, section.size),
    info: readField(layout, bytes, 0, section.info),
  }
}

/** The entries up to the one that ends the table. A segment of size 0 is what separate debug files have: none at all. */
function readDynamic(file: ByteSource, layout: ElfLayout, segments: readonly Segment[]): DynamicEntry[] | undefined {
  const found = segments.find(({ type, fileSize }) => type === segmentTypes.dynamic && fileSize > 0)
  if (found === undefined) return []
  const { dynamic } = structuresOf(layout)
  const count = Math.floor(found.fileSize / dynamic.length)
  if (count > mostDynamicEntries) return undefined
  const rows = readTable(file, found.offset, count, dynamic.length)
  const entries = rows?.map((bytes, index) => ({
    offset: found.offset + index * dynamic.length,
    tag: readField(layout, bytes, 0, dynamic.tag),
    value: readField(layout, bytes, 0, dynamic.value),
  }))
  const end = entries?.findIndex(({ tag }) => tag === dynamicTags.end)
  return end === undefined || end === -1 ? entries : entries?.slice(0, end)
}

/** The string table of the dynamic section, by its section header; undefined when the file has none. */
export function dynamicStrings(elf: ElfFile): Section | undefined {
  const address = elf.dynamic.find(({ tag }) => tag === dynamicTags.stringTable)?.value
  return elf.sections.find((section) => section.type === sectionTypes.stringTable && section.address === address)
}

export function interpreterSegment(elf: ElfFile): Segment | undefined {
  return elf.segments.find(({ type, fileSize }) => type === segmentTypes.interpreter && fileSize > 0)
}

/** The bytes of the file that a segment or a section has. */
export function spanOf(part: Section | Segment): Range {
  return { start: part.offset, end: part.offset + ('size' in part ? part.size : part.fileSize) }
}

/** Segments that only say where something lies that is in memory anyway: a name or a note. */
const naming = new Set<number>([segmentTypes.interpreter, segmentTypes.note, segmentTypes.gnuProperty])

export function isNaming({ type, fileSize }: Segment): boolean {
  return naming.has(type) && fileSize > 0
}
