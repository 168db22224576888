import { type ByteSource, readRange } from './edits.ts'
import { dynamicTags, type ElfFile, type Section, sectionTypes } from './elf-file.ts'
import { type ElfLayout, readField, structuresOf } from './elf-layout.ts'

/** The entries of the dynamic section whose value is an offset into its string table. */
const stringTags = new Set([
  dynamicTags.needed,
  dynamicTags.soname,
  dynamicTags.rpath,
  dynamicTags.runpath,
  dynamicTags.configuration,
  dynamicTags.dependencyAudit,
  dynamicTags.audit,
  dynamicTags.auxiliary,
  dynamicTags.filter,
])

/** The smallest offset from `start` up to, not including, `end` at which something reads a string of the dynamic string table. */
export function firstStringWithin(file: ByteSource, elf: ElfFile, start: number, end: number): number | undefined {
  let first: number | undefined
  for (const offset of stringOffsets(file, elf)) {
    if (offset >= start && offset < end && (first === undefined || offset < first)) first = offset
  }
  return first
}

function* stringOffsets(file: ByteSource, elf: ElfFile): Generator<number> {
  for (const { tag, value } of elf.dynamic) if (stringTags.has(tag)) yield value
  for (const section of elf.sections) {
    const names = readersOf[section.type]
    const bytes = names && readRange(file, section.offset, section.offset + section.size)
    if (names !== undefined && bytes !== undefined) yield* names(elf.layout, bytes, section)
  }
}

const readersOf: Partial<Record<number, (layout: ElfLayout, bytes: Buffer, section: Section) => Generator<number>>> = {
  [sectionTypes.dynamicSymbols]: symbolNames,
  [sectionTypes.versionNeeds]: (layout, bytes, section) => versionNames(layout, bytes, section, needs),
  [sectionTypes.versionDefinitions]: (layout, bytes, section) => versionNames(layout, bytes, section, definitions),
}

function* symbolNames(layout: ElfLayout, bytes: Buffer): Generator<number> {
  const { symbol } = structuresOf(layout)
  for (let at = 0; at + symbol.length <= bytes.length; at += symbol.length) {
    yield readField(layout, bytes, at, symbol.name)
  }
}

/** A chain of records with a chain of names each, linked by distances in bytes; the same for both ELF classes. */
interface VersionRecords {
  readonly length: number
  /** Where the record itself has a name. */
  readonly name: number | undefined
  readonly firstName: number
  readonly next: number
  readonly names: { readonly length: number; readonly name: number; readonly next: number }
}

/** `Elf_Verneed` and `Elf_Vernaux`. */
const needs: VersionRecords = {
  length: 16,
  name: 4,
  firstName: 8,
  next: 12,
  names: { length: 16, name: 8, next: 12 },
}

/** `Elf_Verdef` and `Elf_Verdaux`. */
const definitions: VersionRecords = {
  length: 20,
  name: undefined,
  firstName: 12,
  next: 16,
  names: { length: 8, name: 0, next: 4 },
}

/** Of one record: offsets into the string table. */
interface VersionNames {
  readonly record: number | undefined
  readonly names: readonly number[]
}

function* versionNames(layout: ElfLayout, bytes: Buffer, section: Section, records: VersionRecords): Generator<number> {
  for (const { record, names } of versionRecords(layout, bytes, section.info, records)) {
    if (record !== undefined) yield record
    yield* names
  }
}

/** The version needs in `bytes`, `count` records of them: a library's name and the names of its versions, as offsets of strings. */
export function versionNeeds(layout: ElfLayout, bytes: Buffer, count: number): Generator<VersionNames> {
  return versionRecords(layout, bytes, count, needs)
}

/** The versions that `bytes` define, `count` records of them: of each its own name first, then those it inherits from. */
export function versionDefinitions(layout: ElfLayout, bytes: Buffer, count: number): Generator<VersionNames> {
  return versionRecords(layout, bytes, count, definitions)
}

function* versionRecords(
  layout: ElfLayout,
  bytes: Buffer,
  count: number,
  records: VersionRecords,
): Generator<VersionNames> {
  const read = (at: number, field: number) => readField(layout, bytes, at, { at: field, width: 4 })
  // Distances in a hostile file may lead the chains over the same bytes again and again.
  let namesLeft = bytes.length / records.names.length
  let at = 0
  for (let record = 0; record < count && at + records.length <= bytes.length; record++) {
    const names: number[] = []
    let name = at + read(at, records.firstName)
    while (name + records.names.length <= bytes.length && namesLeft-- > 0) {
      names.push(read(name, records.names.name))
      const step = read(name, records.names.next)
      if (step === 0) break
      name += step
    }
    yield { record: records.name === undefined ? undefined : read(at, records.name), names }
    const step = read(at, records.next)
    if (step === 0) break
    at += step
  }
}
