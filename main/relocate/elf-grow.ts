import { applyEdits, type ByteSource, type Edit, inOrder, overlaps, type Range, rangeOf, readRange } from './edits.ts'
import {
  allocated,
  dynamicStrings,
  dynamicTags,
  type ElfFile,
  interpreterSegment,
  type Section,
  type Segment,
  sectionTypes,
  segmentTypes,
} from './elf-file.ts'
import { encodeField, structuresOf, writeField } from './elf-layout.ts'
import type { ElfPathChanges, RunPathChange } from './elf-paths.ts'

/**
 * Bytes of the file that move into a new segment at its end, headers included that say where they are. `content` may be
 * longer than what was there.
 */
interface Block extends Range {
  readonly address: number
  readonly content: Buffer
  readonly sections: readonly Section[]
  /** Where it goes, from the start of the new segment. */
  readonly at: number
}

/**
 * Gives run paths and interpreter more room than they had, without `patchelf`: the dynamic string table (with the new
 * strings at its end) and the interpreter's name move into a new read-only segment behind everything else, in the file and in memory.
 *
 * The new segment needs one more program header. The table has to stay where it is, behind the ELF header: kernels before
 * 5.18 compute its address in memory from the first segment. So what lies right behind the table moves into the new
 * segment as well: by the custom of linkers the interpreter's name, notes or a hash table. `patchelf` does the same.
 *
 * `edits` are those of the file in place; the ones that lie in moved bytes move along. Undefined when the file leaves no way:
 * it has no section headers, or what lies behind the table is something that code may point to.
 */
export function growElf(
  file: ByteSource,
  elf: ElfFile,
  changes: ElfPathChanges,
  edits: readonly Edit[],
): readonly Edit[] | undefined {
  const ranges = rangesToMove(elf, changes)
  const blocks = ranges && readBlocks(file, elf, ranges, changes, edits)
  if (blocks === undefined) return undefined
  const place = newSegment(file, elf, blocks)
  if (place === undefined) return undefined
  const staying = edits.filter((edit) => !blocks.some((block) => overlaps(block, rangeOf(edit))))
  const table = programHeaderRoom(elf)
  const emptied = blocks.flatMap((block) => zeros(Math.max(block.start, table.end), block.end))
  return inOrder([
    ...staying,
    ...emptied,
    ...headerEdits(elf, programHeaderTable(file, elf, blocks, place)),
    ...sectionEdits(elf, blocks, place),
    ...dynamicEdits(elf, blocks, place, changes.runPaths),
    { offset: place.offset, bytes: place.bytes },
  ])
}

/** The program header table with room for one more entry. */
function programHeaderRoom(elf: ElfFile): Range {
  const { segment } = structuresOf(elf.layout)
  return { start: elf.programHeaders, end: elf.programHeaders + (elf.segments.length + 1) * segment.length }
}

/** What can move because only headers and the dynamic section say where it is. */
const movable = new Set<number>([
  sectionTypes.stringTable,
  sectionTypes.hash,
  sectionTypes.note,
  sectionTypes.dynamicSymbols,
  sectionTypes.gnuHash,
  sectionTypes.versionDefinitions,
  sectionTypes.versionNeeds,
  sectionTypes.versionSymbols,
])
/** Segments that say where such bytes are. All that one of them spans moves together. */
const naming = new Set<number>([segmentTypes.interpreter, segmentTypes.note, segmentTypes.gnuProperty])

function isNaming({ type, fileSize }: Segment): boolean {
  return naming.has(type) && fileSize > 0
}

function rangesToMove(elf: ElfFile, changes: ElfPathChanges): Range[] | undefined {
  const strings = dynamicStrings(elf)
  const interpreter = interpreterSegment(elf)
  const sections = elf.sections.filter(inMemory)
  const room = programHeaderRoom(elf)
  const mapped = elf.segments.some((segment) => segment.type === segmentTypes.load && covers(spanOf(segment), room))
  if (sections.length === 0 || !mapped) return undefined
  const spans = [...sections.map(spanOf), ...elf.segments.filter(isNaming).map(spanOf)]
  const seeds = spans.filter((span) => overlaps(span, room))
  if (strings !== undefined && changes.runPaths.some(({ fits }) => !fits)) seeds.push(spanOf(strings))
  if (interpreter !== undefined && changes.interpreter?.fits === false) seeds.push(spanOf(interpreter))
  const ranges = seeds.reduce<Range[]>((done, seed) => join(done, spread(seed, spans)), [])
  const inTheWay = sections.some(
    (section) =>
      !movable.has(section.type) &&
      ranges.some((range) => overlaps(range, spanOf(section))) &&
      !(interpreter !== undefined && covers(spanOf(interpreter), spanOf(section))),
  )
  return inTheWay ? undefined : ranges
}

function inMemory(section: Section): boolean {
  return (section.flags & allocated) !== 0 && section.type !== sectionTypes.nobits && section.size > 0
}

/** The range with all that reaches into it. */
function spread(range: Range, spans: readonly Range[]): Range {
  const met = spans.filter((span) => overlaps(span, range) && !covers(range, span))
  return met.length === 0 ? range : spread(met.reduce(union, range), spans)
}

function join(ranges: readonly Range[], added: Range): Range[] {
  const met = ranges.filter((range) => overlaps(range, added))
  return [...ranges.filter((range) => !met.includes(range)), met.reduce(union, added)]
}

/** Reads what moves, with all edits done to it, and lays it out in the new segment. */
function readBlocks(
  file: ByteSource,
  elf: ElfFile,
  ranges: readonly Range[],
  changes: ElfPathChanges,
  edits: readonly Edit[],
): Block[] | undefined {
  const blocks: Block[] = []
  let end = 0
  for (const range of ranges) {
    const address = addressOf(elf, range.start)
    const old = readRange(file, range.start, range.end)
    if (address === undefined || old === undefined) return undefined
    applyEdits(old, range.start, edits)
    const content = newContent(elf, range, old, changes)
    if (content === undefined) return undefined
    const at = sameRemainder(end, range.start)
    blocks.push({
      ...range,
      address,
      content,
      at,
      sections: elf.sections.filter(inMemory).filter((s) => covers(range, spanOf(s))),
    })
    end = at + content.length
  }
  return blocks
}

/** No section that moves wants a coarser alignment, so what was aligned stays aligned. */
const alignment = 64

function sameRemainder(from: number, wanted: number): number {
  return from + ((((wanted - from) % alignment) + alignment) % alignment)
}

function newContent(elf: ElfFile, range: Range, old: Buffer, changes: ElfPathChanges): Buffer | undefined {
  const interpreter = interpreterSegment(elf)
  const strings = dynamicStrings(elf)
  if (interpreter !== undefined && changes.interpreter?.fits === false && covers(range, spanOf(interpreter))) {
    // A longer name must not push its neighbours away.
    return same(range, spanOf(interpreter)) ? Buffer.concat([changes.interpreter.now, Buffer.alloc(1)]) : undefined
  }
  const grown = changes.runPaths.filter(({ fits }) => !fits)
  if (strings === undefined || grown.length === 0 || !covers(range, spanOf(strings))) return old
  if (!same(range, spanOf(strings))) return undefined
  for (const { offset, own } of grown) old.fill(0, offset - range.start, offset - range.start + own)
  return Buffer.concat([old, ...grown.flatMap(({ now }) => [now, Buffer.alloc(1)])])
}

/** Where the new segment lies, and its bytes. */
interface Place {
  readonly offset: number
  readonly address: number
  readonly page: number
  readonly bytes: Buffer
}

function newSegment(file: ByteSource, elf: ElfFile, blocks: readonly Block[]): Place | undefined {
  const page = pageSize(elf.machine)
  const bytes = Buffer.alloc(Math.max(...blocks.map(({ at, content }) => at + content.length)))
  for (const { at, content } of blocks) content.copy(bytes, at)
  const ends = elf.segments.filter(({ type }) => type === segmentTypes.load).map((s) => s.address + s.memorySize)
  const address = roundUp(Math.max(...ends), page)
  const last = elf.layout.wide ? Number.MAX_SAFE_INTEGER : 0xffffffff
  if (ends.length === 0 || address + bytes.length > last) return undefined
  return { offset: roundUp(file.size, page), address, page, bytes }
}

/** The largest page that a kernel for the machine may have; x86 has no choice. */
function pageSize(machine: number): number {
  const x86 = 3
  const x86_64 = 62
  return machine === x86 || machine === x86_64 ? 0x1000 : 0x10000
}

/** The table with the segments moved that moved, and the new one behind the last of its kind: they stay in order of address. */
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

function headerEdits(elf: ElfFile, table: Buffer): Edit[] {
  const { programHeaderCount } = structuresOf(elf.layout).header
  const count = encodeField(elf.layout, programHeaderCount, elf.segments.length + 1)
  return [
    { offset: programHeaderCount.at, bytes: count },
    { offset: elf.programHeaders, bytes: table },
  ]
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

function addressOf(elf: ElfFile, offset: number): number | undefined {
  const segment = elf.segments.find(
    (each) => each.type === segmentTypes.load && offset >= each.offset && offset < each.offset + each.fileSize,
  )
  return segment && offset - segment.offset + segment.address
}

function zeros(start: number, end: number): Edit[] {
  return start < end ? [{ offset: start, bytes: Buffer.alloc(end - start) }] : []
}

function spanOf(part: Section | Segment): Range {
  return { start: part.offset, end: part.offset + ('size' in part ? part.size : part.fileSize) }
}

function union(a: Range, b: Range): Range {
  return { start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) }
}

function covers(outer: Range, inner: Range): boolean {
  return outer.start <= inner.start && inner.end <= outer.end
}

function same(a: Range, b: Range): boolean {
  return a.start === b.start && a.end === b.end
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step
}
