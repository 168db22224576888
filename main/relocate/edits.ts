/** A file to look at, wherever it lies. Synchronous: a worker thread reads with `readSync`, a test from memory. */
export interface ByteSource {
  readonly size: number
  /** Fills `into` with the bytes from `offset` on; says how many there were, which is less only at the end of the file. */
  read(offset: number, into: Buffer): number
}

/**
 * Bytes to write over a file at a position. Edits of one file do not overlap and are sorted; only the last one of an ELF
 * file that grows may begin at or beyond the file's end, and what it leaves out between is zero.
 */
export interface Edit {
  readonly offset: number
  readonly bytes: Buffer
}

/** A string that cannot be changed, so that the package cannot be installed there. */
export interface Refusal {
  /** The new string is longer than the room of the old one, or shorter in a way that would break its neighbours. */
  readonly kind: 'cannot-grow' | 'cannot-shrink'
  readonly where: 'c-string' | 'rpath' | 'interpreter' | 'load-command'
  /** Of the string's first byte in the file. */
  readonly offset: number
  /** For a C string the two prefixes, else the whole value before and after. */
  readonly from: string
  readonly to: string
  /** What stands in the file from `offset` on, up to the end of the string or as much as fits into a message. */
  readonly found: string
}

/** What relocation does to one binary file: all of it or nothing. `edits` may be empty. */
export type Scan =
  | { readonly kind: 'edits'; readonly edits: readonly Edit[] }
  | { readonly kind: 'refused'; readonly refusals: readonly Refusal[] }

/** From `start` up to, not including, `end`. */
export interface Range {
  readonly start: number
  readonly end: number
}

/** A file that is in memory already. */
export function bufferSource(bytes: Buffer): ByteSource {
  return { size: bytes.length, read: (offset, into) => bytes.copy(into, 0, offset) }
}

/** No table of a real binary is larger; a number in a header that says so is not believed. */
const mostBytes = 128 * 1024 ** 2

/** The bytes from `start` to `end`, or undefined where the file is shorter than that. */
export function readRange(file: ByteSource, start: number, end: number): Buffer | undefined {
  if (start < 0 || end < start || end > file.size || end - start > mostBytes) return undefined
  const bytes = Buffer.alloc(end - start)
  return file.read(start, bytes) === bytes.length ? bytes : undefined
}

export function overlaps(a: Range, b: Range): boolean {
  return a.start < b.end && b.start < a.end
}

export function union(a: Range, b: Range): Range {
  return { start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) }
}

export function covers(outer: Range, inner: Range): boolean {
  return outer.start <= inner.start && inner.end <= outer.end
}

export function same(a: Range, b: Range): boolean {
  return a.start === b.start && a.end === b.end
}

export function rangeOf(edit: Edit): Range {
  return { start: edit.offset, end: edit.offset + edit.bytes.length }
}

/** Writes the edits into `bytes`, which begins at `start` in the file; what lies outside of it is left out. */
export function applyEdits(bytes: Buffer, start: number, edits: readonly Edit[]): void {
  for (const edit of edits) {
    const at = edit.offset - start
    if (at >= bytes.length || at + edit.bytes.length <= 0) continue
    edit.bytes.copy(bytes, Math.max(0, at), Math.max(0, -at))
  }
}

/** Sorted; undefined when two of them overlap, which only headers that contradict themselves bring about. */
export function inOrder(edits: readonly Edit[]): readonly Edit[] | undefined {
  const sorted = [...edits].sort((a, b) => a.offset - b.offset)
  let written = 0
  for (const { offset, bytes } of sorted) {
    if (offset < written) return undefined
    written = offset + bytes.length
  }
  return sorted
}
