import { type ByteSource, readRange } from './edits.ts'
import {
  type DynamicEntry,
  dynamicStrings,
  dynamicTags,
  type ElfFile,
  interpreterSegment,
  type Section,
} from './elf-file.ts'
import { firstStringWithin } from './elf-strings.ts'
import { type Mapping, movePath } from './prefix-map.ts'

/** A path that the dynamic linker or the kernel reads, and its new value, both without their NUL. */
interface PathChange {
  /** Of the old string in the file. */
  readonly offset: number
  readonly was: Buffer
  readonly now: Buffer
  /** Whether the new value can be written over the old one. */
  readonly fits: boolean
}

/** A `DT_RPATH` or `DT_RUNPATH`, which is one string of entries between colons. */
export interface RunPathChange extends PathChange {
  readonly entry: DynamicEntry
  /** How many bytes at the start of the old string are nobody else's. */
  readonly own: number
}

export interface ElfPathChanges {
  readonly runPaths: readonly RunPathChange[]
  readonly interpreter: PathChange | undefined
}

/** What of the run paths and of the interpreter lies under an old prefix. Nothing is changed here. */
export function elfPathChanges(file: ByteSource, elf: ElfFile, mappings: readonly Mapping[]): ElfPathChanges {
  const strings = dynamicStrings(elf)
  const entries = elf.dynamic.filter(({ tag }) => tag === dynamicTags.rpath || tag === dynamicTags.runpath)
  return {
    runPaths:
      strings === undefined ? [] : entries.flatMap((entry) => runPathChange(file, elf, strings, entry, mappings)),
    interpreter: interpreterChange(file, elf, mappings),
  }
}

function runPathChange(
  file: ByteSource,
  elf: ElfFile,
  strings: Section,
  entry: DynamicEntry,
  mappings: readonly Mapping[],
): RunPathChange[] {
  const was = readCString(file, strings.offset + entry.value, strings.offset + strings.size)
  const now = was && moveRunPath(was, mappings)
  if (was === undefined || now === undefined) return []
  const offset = strings.offset + entry.value
  const own = ownBytes(file, elf, strings, entry.value, was)
  return [{ entry, offset, was, now, own, fits: now.length <= was.length && own === was.length }]
}

/**
 * The run path with each entry moved that begins with an old prefix, the first mapping that matches. Empty entries,
 * colons that were put there as padding, are dropped, as Spack does: what is written back is more likely to fit.
 */
function moveRunPath(value: Buffer, mappings: readonly Mapping[]): Buffer | undefined {
  const entries = value
    .toString('latin1')
    .split(':')
    .filter((entry) => entry !== '')
  const moved = entries.map((entry) => movePath(Buffer.from(entry, 'latin1'), mappings)?.toString('latin1'))
  if (moved.every((entry) => entry === undefined)) return undefined
  return Buffer.from(entries.map((entry, index) => moved[index] ?? entry).join(':'), 'latin1')
}

/**
 * Linkers keep one copy of strings that end alike: a symbol `lib` may be the last three bytes of the run path. Spack does not
 * look; we leave alone what others read. 0 when the run path itself is the end of another string.
 */
function ownBytes(file: ByteSource, elf: ElfFile, strings: Section, at: number, value: Buffer): number {
  const before = at === 0 ? undefined : readRange(file, strings.offset + at - 1, strings.offset + at)
  if (before !== undefined && before[0] !== 0) return 0
  const shared = firstStringWithin(file, elf, at + 1, at + value.length)
  return shared === undefined ? value.length : shared - at
}

function interpreterChange(file: ByteSource, elf: ElfFile, mappings: readonly Mapping[]): PathChange | undefined {
  const segment = interpreterSegment(elf)
  const was = segment && readCString(file, segment.offset, segment.offset + segment.fileSize)
  const now = was && movePath(was, mappings)
  if (segment === undefined || was === undefined || now === undefined) return undefined
  return { offset: segment.offset, was, now, fits: now.length <= was.length }
}

/** Longer than any path list that a linker was ever given. */
const longestString = 1 << 20
/** Names are short: more is read only where there is no NUL among so many bytes, sixteen times as many each time. */
const firstLook = 256

/** The C string that begins at `start`; undefined when it does not end before `end`. */
export function readCString(file: ByteSource, start: number, end: number): Buffer | undefined {
  const last = Math.min(end, file.size, start + longestString)
  for (let length = firstLook; ; length *= 16) {
    const stop = Math.min(last, start + length)
    const bytes = readRange(file, start, stop)
    const zero = bytes?.indexOf(0) ?? -1
    if (zero !== -1) return bytes?.subarray(0, zero)
    if (stop === last) return undefined
  }
}
