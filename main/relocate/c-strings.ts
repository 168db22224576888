import { type ByteSource, type Edit, overlaps, type Range, type Refusal, type Scan } from './edits.ts'
import { type Mapping, staysPut } from './prefix-map.ts'
import { searchFor } from './prefix-search.ts'

/**
 * Linkers let strings share their ends. So many bytes at the end of a C string therefore stay where they are, or the string
 * is shortened by more than that and its old end stays behind the new one (Spack's `suffix_safety_size`).
 */
const keptEnd = 7

/** Enough bytes of a string to recognise it in a message. */
const quotedLength = 160

/** A file with more of them than this will not be saved by knowing the others. */
const mostRefusals = 20

const windowSize = 1 << 20

/**
 * Replaces old paths in the C strings of a binary without moving any byte, by the rule of Spack's
 * `BinaryFilePrefixReplacer`: a new path of the same length or shorter is padded with slashes in front, unless the string
 * ends within 7 bytes and the two ends differ; then it is shortened. Matches that touch a range of `handled` are left
 * alone. The file is read in order through a window of 1 MiB, and the answer does not depend on the window.
 */
export function scanCStrings(file: ByteSource, mappings: readonly Mapping[], handled: readonly Range[] = []): Scan {
  const search = searchFor(mappings)
  const replacements = new Replacements()
  // A match is decided when its string's next bytes are in the window, too: the 7, the NUL, and what a message quotes.
  const lookahead = search.longest + quotedLength
  const memory = Buffer.allocUnsafe(Math.min(windowSize + lookahead, file.size))
  let start = 0
  let filled = 0
  let decidedTo = 0
  for (;;) {
    filled += file.read(start + filled, memory.subarray(filled))
    const bytes = memory.subarray(0, filled)
    const last = start + filled >= file.size || filled < memory.length
    const limit = last ? filled : filled - lookahead
    for (const { at, mapping } of search.in(bytes)) {
      if (at >= limit) break
      if (start + at < decidedTo) continue
      const end = endOfMatch(bytes, at, mapping)
      if (handled.some((range) => overlaps(range, { start: start + at, end: start + end }))) continue
      decidedTo = start + end
      if (!staysPut(mapping)) replacements.add(start + at, bytes.subarray(at, end), mapping, quote(bytes, at))
      if (replacements.hopeless) return replacements.result()
    }
    if (last) return replacements.result()
    memory.copyWithin(0, limit, filled)
    start += limit
    filled -= limit
  }
}

/** Behind the old path and, when the string ends within 7 bytes after it, behind its NUL. */
function endOfMatch(bytes: Buffer, at: number, mapping: Mapping): number {
  const behind = at + mapping.from.length
  const nul = bytes.subarray(behind, behind + keptEnd + 1).indexOf(0)
  return nul === -1 ? behind : behind + nul + 1
}

function quote(bytes: Buffer, at: number): string {
  const quoted = bytes.subarray(at, at + quotedLength)
  const nul = quoted.indexOf(0)
  return (nul === -1 ? quoted : quoted.subarray(0, nul)).toString()
}

class Replacements {
  private readonly edits: Edit[] = []
  private readonly refusals: Refusal[] = []
  /** The padded new path of each mapping: one piece of memory for all its occurrences. */
  private readonly padded = new Map<Mapping, Buffer>()

  get hopeless(): boolean {
    return this.refusals.length >= mostRefusals
  }

  add(offset: number, match: Buffer, mapping: Mapping, found: string): void {
    const bytes = this.replacement(match, mapping)
    if (Buffer.isBuffer(bytes)) {
      this.edits.push({ offset, bytes })
      return
    }
    const { from, to } = mapping
    this.refusals.push({ kind: bytes, where: 'c-string', offset, from: from.toString(), to: to.toString(), found })
  }

  result(): Scan {
    return this.refusals.length > 0
      ? { kind: 'refused', refusals: this.refusals }
      : { kind: 'edits', edits: this.edits }
  }

  private replacement(match: Buffer, mapping: Mapping): Buffer | Refusal['kind'] {
    const { from, to } = mapping
    const shorter = from.length - to.length
    if (shorter < 0) return 'cannot-grow'
    const ends = match.length > from.length
    const tail = match.length - from.length - 1
    if (!ends || tail >= keptEnd || sameEnd(from, to, keptEnd - tail)) return this.paddedPath(mapping)
    if (shorter > keptEnd) return Buffer.concat([to, match.subarray(from.length)])
    return 'cannot-shrink'
  }

  private paddedPath(mapping: Mapping): Buffer {
    const known = this.padded.get(mapping)
    if (known !== undefined) return known
    const padding = Buffer.alloc(mapping.from.length - mapping.to.length, '/')
    const padded = Buffer.concat([padding, mapping.to])
    this.padded.set(mapping, padded)
    return padded
  }
}

function sameEnd(a: Buffer, b: Buffer, length: number): boolean {
  return a.subarray(-length).equals(b.subarray(-length))
}
