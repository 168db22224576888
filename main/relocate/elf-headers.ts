import { type ByteSource, covers, type Edit, type Range, readRange, same } from './edits.ts'
import { dynamicStrings, dynamicTags, type ElfFile, isNaming, type Section, segmentTypes, spanOf } from './elf-file.ts'
import { encodeField, structuresOf, writeField } from './elf-layout.ts'
import type { RunPathChange } from './elf-paths.ts'

/** Bytes of the file that move into the new segment, and the sections they are. `content` may be longer than they were. */
export interface Block extends Range {
  readonly address: number
  readonly content: Buffer
  readonly sections: readonly Section[]
  /** Where it goes, from the start of the new segment. */
  readonly at: number
}

/** Where the new segment lies, and its bytes. */
export interface Place {
  readonly offset: number
  readonly address: number
  readonly page: number
  readonly bytes: Buffer
}

/** The program header table with room for one more entry. */
export function programHeaderRoom(elf: ElfFile): Range {
  const { segment } = structuresOf(elf.layout)
  return { start: elf.programHeaders, end: elf.programHeaders + (elf.segments.length + 1) * segment.length }
}

/** What the headers and the dynamic section have to say once the blocks are in the new segment. */
export function headerEdits(
  file: ByteSource,
  elf: ElfFile,
  blocks: readonly Block[],
  place: Place,
  runPaths: readonly RunPathChange[],
): Edit[] {
  const { programHeaderCount } = structuresOf(elf.layout).header
  return [
    { offset: programHeaderCount.at, bytes: encodeField(elf.layout, programHeaderCount, elf.segments.length + 1) },
    { offset: elf.programHeaders, bytes: programHeaderTable(file, elf, blocks, place) },
    ...sectionEdits(elf, blocks, place),
    ...dynamicEdits(elf, blocks, place, runPaths),
  ]
}

/** The new segment comes behind the last that is loaded: the table stays in order of address, as the ABI wants it. */
function programHeaderTable(file: ByteSource, elf: ElfFile, blocks: readonly Block[], place: Place): Buffer {
  const { segment } = structuresOf(elf.layout)
  const size = segment.length
  const old = readRange(file, elf.programHeaders, elf.programHeaders + elf.segments.length * size) ?? Buffer.alloc(0)
  const set = (at: number, name: Exclude<keyof typeof segment, 'length'>, value: number) =>
    writeField(elf.layout, old, at, segment[name], value)
  for (const each of elf.segments) {
    const at = each.index * size
    if (each.type === segmentTypes.programHeaders) {
      set(at, 'fileSize', each.fileSize + size)
      set(at, 'memorySize', each.memorySize + size)
    }
    const block = isNaming(each) ? blocks.find((candidate) => covers(candidate, spanOf(each))) : undefined
    if (block === undefined) continue
    const distance = block.at + each.offset - block.start
    set(at, 'offset', place.offset + distance)
    set(at, 'address', place.address + distance)
    set(at, 'physicalAddress', place.address + distance)
    if (!same(block, spanOf(each))) continue
    set(at, 'fileSize', block.content.length)
    set(at, 'memorySize', block.content.length)
  }
  const index = elf.segments.findLastIndex(({ type }) => type === segmentTypes.load) + 1
  const added = newProgramHeader(elf, place)
  return Buffer.concat([old.subarray(0, index * size), added, old.subarray(index * size)])
}

function newProgramHeader(elf: ElfFile, place: Place): Buffer {
  const { segment } = structuresOf(elf.layout)
  const readable = 4
  const header = Buffer.alloc(segment.length)
  const set = (name: Exclude<keyof typeof segment, 'length'>, value: number) =>
    writeField(elf.layout, header, 0, segment[name], value)
  set('type', segmentTypes.load)
  set('flags', readable)
  set('offset', place.offset)
  set('address', place.address)
  set('physicalAddress', place.address)
  set('fileSize', place.bytes.length)
  set('memorySize', place.bytes.length)
  set('align', place.page)
  return header
}

/** Section headers are for tools, not for running; they say where things are now. */
function sectionEdits(elf: ElfFile, blocks: readonly Block[], place: Place): Edit[] {
  const { section: fields } = structuresOf(elf.layout)
  return blocks.flatMap((block) =>
    block.sections.flatMap((section) => {
      const header = elf.sectionHeaders + section.index * fields.length
      const distance = block.at + section.offset - block.start
      const size = same(block, spanOf(section)) ? block.content.length : section.size
      return [
        {
          offset: header + fields.address.at,
          bytes: encodeField(elf.layout, fields.address, place.address + distance),
        },
        { offset: header + fields.offset.at, bytes: encodeField(elf.layout, fields.offset, place.offset + distance) },
        { offset: header + fields.size.at, bytes: encodeField(elf.layout, fields.size, size) },
      ]
    }),
  )
}

/** The entries whose value is the address of something that can move. */
const addressTags = new Set<number>([
  dynamicTags.hash,
  dynamicTags.stringTable,
  dynamicTags.symbolTable,
  dynamicTags.gnuHash,
  dynamicTags.versionSymbols,
  dynamicTags.versionDefinitions,
  dynamicTags.versionNeeds,
])

function dynamicEdits(
  elf: ElfFile,
  blocks: readonly Block[],
  place: Place,
  runPaths: readonly RunPathChange[],
): Edit[] {
  const { dynamic } = structuresOf(elf.layout)
  const edit = (offset: number, value: number): Edit => ({
    offset: offset + dynamic.value.at,
    bytes: encodeField(elf.layout, dynamic.value, value),
  })
  const edits: Edit[] = []
  const strings = dynamicStrings(elf)
  let newString = strings?.size ?? 0
  for (const { entry, now, fits } of runPaths) {
    if (fits) continue
    edits.push(edit(entry.offset, newString))
    newString += now.length + 1
  }
  for (const { tag, value, offset } of elf.dynamic) {
    const block = blocks.find(({ address, start, end }) => value >= address && value < address + end - start)
    if (block !== undefined && addressTags.has(tag)) {
      edits.push(edit(offset, place.address + block.at + value - block.address))
    }
    if (tag === dynamicTags.stringTableSize && newString !== strings?.size) edits.push(edit(offset, newString))
  }
  return edits
}
