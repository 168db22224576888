import { scanCStrings } from './c-strings.ts'
import { type ByteSource, type Edit, inOrder, type Range, type Refusal, rangeOf, type Scan } from './edits.ts'
import { type ElfFile, readElf } from './elf-file.ts'
import { growElf } from './elf-grow.ts'
import { type ElfPathChanges, elfPathChanges } from './elf-paths.ts'
import { scanMachO } from './mach-o.ts'
import type { PrefixMap } from './prefix-map.ts'

/**
 * Everything that relocating one binary takes: run paths, the interpreter and Mach-O load commands first, then every C
 * string in the rest of the file (Spack's `relocate_elf_binaries`, `relocate_macho_binaries`, `relocate_text_bin`).
 * Nothing is written. A file that is neither ELF nor Mach-O, or whose headers contradict themselves, has its C strings
 * scanned. Reads the file once, in order, and its headers.
 */
export function scanBinary(file: ByteSource, map: PrefixMap): Scan {
  const elf = readElf(file)
  const scan = elf === undefined ? scanWithCommands(file, map) : scanElf(file, elf, map)
  return scan ?? scanCStrings(file, map.binary)
}

function scanElf(file: ByteSource, elf: ElfFile, map: PrefixMap): Scan | undefined {
  const changes = elfPathChanges(file, elf, map.binary)
  const strings = scanCStrings(file, map.binary, replacedPaths(changes))
  if (strings.kind === 'refused') return strings
  const edits = inOrder([...strings.edits, ...pathsInPlace(changes)])
  if (edits === undefined) return undefined
  const toGrow = pathsToGrow(changes)
  if (toGrow.length === 0) return { kind: 'edits', edits }
  const grown = growElf(file, elf, changes, edits)
  return grown === undefined ? { kind: 'refused', refusals: toGrow } : { kind: 'edits', edits: grown }
}

function scanWithCommands(file: ByteSource, map: PrefixMap): Scan | undefined {
  const commands = scanMachO(file, map.binary)
  if (commands.kind === 'refused') return commands
  const strings = scanCStrings(file, map.binary, commands.edits.map(rangeOf))
  if (strings.kind === 'refused') return strings
  const edits = inOrder([...strings.edits, ...commands.edits])
  return edits && { kind: 'edits', edits }
}

/** Where the old run paths and the old interpreter stand: no longer anything that a C string could be found in. */
function replacedPaths({ runPaths, interpreter }: ElfPathChanges): Range[] {
  const paths = runPaths.map(({ offset, own }) => ({ start: offset, end: offset + own }))
  return interpreter === undefined
    ? paths
    : [...paths, { start: interpreter.offset, end: interpreter.offset + interpreter.was.length }]
}

/** The new values over the old ones, the rest filled with NUL. Two run paths may be one string. */
function pathsInPlace({ runPaths, interpreter }: ElfPathChanges): Edit[] {
  const fitting = [...runPaths, ...(interpreter === undefined ? [] : [interpreter])].filter(({ fits }) => fits)
  const bytes = fitting.map(({ offset, was, now }): [number, Buffer] => [offset, Buffer.concat([now], was.length)])
  return [...new Map(bytes)].map(([offset, bytes]) => ({ offset, bytes }))
}

function pathsToGrow({ runPaths, interpreter }: ElfPathChanges): Refusal[] {
  const refusal = (
    where: Refusal['where'],
    { offset, was, now }: { offset: number; was: Buffer; now: Buffer },
  ): Refusal => ({
    kind: 'cannot-grow',
    where,
    offset,
    from: was.toString(),
    to: now.toString(),
    found: was.toString(),
  })
  const paths = runPaths.filter(({ fits }) => !fits).map((change) => refusal('rpath', change))
  return interpreter === undefined || interpreter.fits ? paths : [...paths, refusal('interpreter', interpreter)]
}
