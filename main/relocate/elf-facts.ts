import type { ElfFacts } from '../api/catalog.ts'
import { plainName } from '../support/plain-name.ts'
import { type ByteSource, readRange } from './edits.ts'
import {
  dynamicTags,
  type ElfFile,
  type ElfHeader,
  fileTypes,
  interpreterSegment,
  readElf,
  readElfHeader,
  segmentTypes,
} from './elf-file.ts'
import { readCString } from './elf-paths.ts'
import { versionDefinitions, versionNeeds } from './elf-strings.ts'
import { libcOf } from './libc.ts'

/** `ElfFacts`, and what only a comparison with other files asks for. */
export type ElfReading = ElfFacts & {
  /** The header in numbers, for who compares machines. */
  readonly header: ElfHeader
  /** Versions of its own symbols, which others may need of it; the first is often the name of the library. */
  readonly defines: readonly string[]
}

/** All version needs of a real library fit into a few kilobytes. */
const mostVersionBytes = 1 << 16
/** Bytes of strings that one file may bring: thousands of needs and run paths. A hostile table repeats one string for ever. */
const mostStringBytes = 1 << 20
/** What a string costs at least, so that empty ones have an end too. */
const stringCost = 16

/**
 * What an ELF file says of itself and of what it needs to run, as the dynamic linker reads it: by program headers, so
 * that a file without section headers tells the same. Undefined for what is no ELF file, or one whose tables lie outside
 * of it: facts or nothing. Reads a few kilobytes wherever they lie; never throws, whatever the bytes are.
 *
 * This is what both the preview of a file and the question whether an image can run it are answered with.
 */
export function readElfFacts(file: ByteSource): ElfReading | undefined {
  const header = readElfHeader(file)
  if (header === undefined) return undefined
  if (header.type !== fileTypes.executable && header.type !== fileTypes.sharedObject) {
    const description = inWords(header, typeName(header))
    return { header, description, needed: [], rpath: [], runpath: [], versions: [], defines: [] }
  }
  const elf = readElf(file)
  return elf && dynamicFacts(file, elf)
}

function dynamicFacts(file: ByteSource, elf: ElfFile): ElfReading | undefined {
  const string = stringReader(file, elf)
  const all = (tag: number): string[] =>
    elf.dynamic.filter((entry) => entry.tag === tag).flatMap((entry) => string(entry.value) ?? [])
  const paths = (tag: number): string[] => all(tag).flatMap((list) => list.split(':').filter((folder) => folder !== ''))
  const segment = interpreterSegment(elf)
  const name = segment && readCString(file, segment.offset, segment.offset + segment.fileSize)
  const interpreter = name && plainName(name)
  const [soname] = all(dynamicTags.soname)
  const needed = all(dynamicTags.needed)
  const versions = versionsOf(file, elf, string)
  const header = { layout: elf.layout, type: elf.type, machine: elf.machine }
  return {
    header,
    description: inWords(header, programName(elf, { interpreter, soname, needed })),
    interpreter,
    soname,
    needed,
    rpath: paths(dynamicTags.rpath),
    runpath: paths(dynamicTags.runpath),
    versions,
    defines: definedVersions(file, elf, string),
    libc: libcOf({ interpreter, needed, versions }),
  }
}

/** Reads strings of the dynamic string table by their offset; undefined for one that is not there, or beyond the bound. */
function stringReader(file: ByteSource, elf: ElfFile): (offset: number) => string | undefined {
  const table = fileOffset(elf, entryOf(elf, dynamicTags.stringTable))
  const end = (table ?? 0) + (entryOf(elf, dynamicTags.stringTableSize) ?? 0)
  let left = mostStringBytes
  return (offset) => {
    if (table === undefined || left <= 0) return undefined
    const bytes = readCString(file, table + offset, end)
    left -= Math.max(stringCost, bytes?.length ?? 0)
    return bytes && plainName(bytes)
  }
}

function versionsOf(
  file: ByteSource,
  elf: ElfFile,
  string: (offset: number) => string | undefined,
): ElfFacts['versions'] {
  const bytes = versionBytes(file, elf, dynamicTags.versionNeeds)
  if (!bytes) return []
  const count = entryOf(elf, dynamicTags.versionNeedsCount) ?? 0
  const found: ElfFacts['versions'] = []
  for (const { record, names } of versionNeeds(elf.layout, bytes, count)) {
    const library = record === undefined ? undefined : string(record)
    if (library === undefined) break
    found.push({ library, versions: names.flatMap((name) => string(name) ?? []) })
  }
  return found
}

function definedVersions(file: ByteSource, elf: ElfFile, string: (offset: number) => string | undefined): string[] {
  const bytes = versionBytes(file, elf, dynamicTags.versionDefinitions)
  if (!bytes) return []
  const count = entryOf(elf, dynamicTags.versionDefinitionsCount) ?? 0
  const own = [...versionDefinitions(elf.layout, bytes, count)].flatMap(({ names }) => names.slice(0, 1))
  return own.flatMap((name) => string(name) ?? [])
}

/**
 * The records that a tag leads to, and what comes behind them: how long they are is said nowhere but in a section header.
 * Their count or the chain's end stops who reads them.
 */
function versionBytes(file: ByteSource, elf: ElfFile, tag: number): Buffer | undefined {
  const offset = fileOffset(elf, entryOf(elf, tag))
  return offset === undefined ? undefined : readRange(file, offset, Math.min(file.size, offset + mostVersionBytes))
}

function entryOf(elf: ElfFile, tag: number): number | undefined {
  return elf.dynamic.find((entry) => entry.tag === tag)?.value
}

/** Where in the file lies what a program finds at an address. */
function fileOffset(elf: ElfFile, address: number | undefined): number | undefined {
  if (address === undefined) return undefined
  const holder = elf.segments.find(
    (one) => one.type === segmentTypes.load && address >= one.address && address - one.address < one.fileSize,
  )
  return holder && holder.offset + address - holder.address
}

/** `64-bit little-endian x86-64 shared object`. */
function inWords({ layout, machine }: ElfHeader, name: string): string {
  const order = layout.littleEndian ? 'little-endian' : 'big-endian'
  return `${layout.wide ? 64 : 32}-bit ${order} ${machines[machine] ?? `machine ${machine}`} ${name}`
}

function typeName({ type }: ElfHeader): string {
  if (type === fileTypes.relocatable) return 'relocatable object'
  if (type === fileTypes.core) return 'core dump'
  return `file of type ${type}`
}

/** `DF_1_PIE` of `DT_FLAGS_1`: by its type such a program is a shared object. */
const pieFlag = 0x08000000

function programName(elf: ElfFile, said: Pick<ElfFacts, 'interpreter' | 'soname' | 'needed'>): string {
  const flagged = Math.floor((entryOf(elf, dynamicTags.flags1) ?? 0) / pieFlag) % 2 === 1
  // Linkers before 2015 did not set the flag; libraries that can be run, libc itself, have an interpreter and a name.
  const pie = flagged || (said.interpreter !== undefined && said.soname === undefined)
  if (elf.type === fileTypes.sharedObject && !pie) return 'shared object'
  const linked = said.interpreter === undefined && said.needed.length === 0 ? 'static ' : ''
  return `${linked}${elf.type === fileTypes.executable ? '' : 'position-independent '}executable`
}

/** `e_machine` as people call it, for what clusters and containers have; the numbers are those of the System V ABI. */
const machines: Partial<Record<number, string>> = {
  2: 'SPARC',
  3: 'x86',
  8: 'MIPS',
  20: 'PowerPC',
  21: 'PowerPC64',
  22: 'IBM Z',
  40: 'ARM',
  43: 'SPARC64',
  50: 'Itanium',
  62: 'x86-64',
  183: 'AArch64',
  190: 'CUDA',
  224: 'AMD GPU',
  243: 'RISC-V',
  247: 'BPF',
  258: 'LoongArch',
}
