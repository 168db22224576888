import { type PrefixMap, staysPut } from './prefix-map.ts'
import { type PrefixSearch, searchFor } from './prefix-search.ts'

/** Backup files that `filter_file` left behind; Spack lists them as text and leaves them alone. */
export function isBackupFile(path: string): boolean {
  return path.endsWith('~')
}

/** The whole text with its old paths replaced; undefined when none is in it. */
export function relocateText(text: Buffer, map: PrefixMap): Buffer | undefined {
  const relocation = new TextRelocation(map)
  const pieces = [...relocation.update(text), ...relocation.end()]
  return relocation.replaced === 0 ? undefined : Buffer.concat(pieces)
}

/**
 * Replaces old paths in a text that goes by in pieces of any size; how it is cut changes nothing. The rule is that of
 * Spack's `TextFilePrefixReplacer`, `(?<![\w\-_/])([\w\-_]*?)(OLD)([\w\-_/]*)`: the word that an old path is glued to
 * (`-L/old`) must not follow a slash, and the rest of the path behind it belongs to the match, so that an old path
 * in there stays.
 */
export class TextRelocation {
  /** How many paths were replaced so far. */
  replaced = 0
  private readonly search: PrefixSearch
  /** What may be the beginning of an old path that the next piece completes. */
  private rest: Buffer = Buffer.alloc(0)
  /** Whether a path that starts where `rest` starts would follow a slash. */
  private afterSlash = false
  /** Whether `rest` begins inside the path that the last match ran along. */
  private insideMatch = false

  constructor(map: PrefixMap) {
    this.search = searchFor(map.text)
  }

  /** The next piece of the old text; gives what is certain of the new one, in order. */
  update(piece: Buffer): Buffer[] {
    const bytes = this.rest.length === 0 ? piece : Buffer.concat([this.rest, piece])
    return this.replaceIn(bytes, Math.max(0, bytes.length - this.search.longest + 1))
  }

  /** The end of the new text. */
  end(): Buffer[] {
    return this.replaceIn(this.rest, this.rest.length)
  }

  /** Replaces the paths that begin before `limit` and keeps the bytes from there on for later. */
  private replaceIn(bytes: Buffer, limit: number): Buffer[] {
    const pieces: Buffer[] = []
    let copied = 0
    let matchEnd = this.insideMatch ? endOfPath(bytes, 0) : -1
    for (const { at, mapping } of this.search.in(bytes)) {
      if (at >= limit) break
      if (at < matchEnd || followsSlash(bytes, at, this.afterSlash)) continue
      const behind = at + mapping.from.length
      matchEnd = endOfPath(bytes, behind)
      if (staysPut(mapping)) continue
      pieces.push(bytes.subarray(copied, at), mapping.to)
      copied = behind
      this.replaced++
    }
    const cut = Math.max(limit, copied)
    pieces.push(bytes.subarray(copied, cut))
    this.insideMatch = matchEnd >= cut
    this.afterSlash = followsSlash(bytes, cut, this.afterSlash)
    // A copy: the caller may read the next piece into the same memory.
    this.rest = Buffer.from(bytes.subarray(cut))
    return pieces
  }
}

/**
 * Whether the word characters right before `at` come after a slash; `before` says so for the bytes before these. Packing
 * asks the same of a text before it calls it one to relocate.
 */
export function followsSlash(bytes: Buffer, at: number, before: boolean): boolean {
  let start = at
  while (start > 0 && isWordByte(bytes[start - 1] ?? 0)) start--
  return start === 0 ? before : bytes[start - 1] === slash
}

const slash = 0x2f

function endOfPath(bytes: Buffer, from: number): number {
  let end = from
  while (end < bytes.length && (bytes[end] === slash || isWordByte(bytes[end] ?? 0))) end++
  return end
}

/** Python's `[\w\-]` on bytes: ASCII letters, digits, underscore and hyphen. */
function isWordByte(byte: number): boolean {
  return (
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x5f ||
    byte === 0x2d
  )
}
