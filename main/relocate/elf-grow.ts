import {
  applyEdits,
  type ByteSource,
  covers,
  type Edit,
  inOrder,
  overlaps,
  type Range,
  rangeOf,
  readRange,
  same,
  union,
} from './edits.ts'
import {
  allocated,
  dynamicStrings,
  type ElfFile,
  interpreterSegment,
  isNaming,
  type Section,
  sectionTypes,
  segmentTypes,
  spanOf,
} from './elf-file.ts'
import { type Block, headerEdits, type Place, programHeaderRoom } from './elf-headers.ts'
import type { ElfPathChanges } from './elf-paths.ts'

/**
 * Gives run paths and interpreter more room than they had, without `patchelf`: the dynamic string table (with the new
 * strings at its end) and the interpreter's name move into a new read-only segment behind everything else, in the file
 * and in memory.
 *
 * The new segment needs one more program header. The table has to stay where it is, behind the ELF header: kernels
 * before 5.18 compute its address in memory from the first segment. So what lies right behind the table moves into the
 * new segment as well: by the custom of linkers the interpreter's name, notes or a hash table. `patchelf` does the same
 * for libraries, and `strip` and `patchelf` go on working on the result.
 *
 * `edits` are those of the file in place; the ones that lie in moved bytes move along. Undefined when the file leaves no
 * way: it has no section headers, or what lies behind the table is something that code may point to.
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
    ...headerEdits(file, elf, blocks, place, changes.runPaths),
    { offset: place.offset, bytes: place.bytes },
  ])
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

function addressOf(elf: ElfFile, offset: number): number | undefined {
  const segment = elf.segments.find(
    (each) => each.type === segmentTypes.load && offset >= each.offset && offset < each.offset + each.fileSize,
  )
  return segment && offset - segment.offset + segment.address
}

function zeros(start: number, end: number): Edit[] {
  return start < end ? [{ offset: start, bytes: Buffer.alloc(end - start) }] : []
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step
}
