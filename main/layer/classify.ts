import { isAscii, isUtf8 } from 'node:buffer'
import { fewestNeedles } from '../relocate/prefix-search.ts'
import { followsSlash } from '../relocate/text.ts'

/** What relocation has to do with a file when it is installed elsewhere: edit it as a binary, as text, or not at all. */
export type FileClass = 'binary' | 'text' | 'other'

/** Decides one file's class from its content, read in order in pieces of any size. */
export interface Classifier {
  update(piece: Buffer): void
  /** The class, once the whole file went through `update`. */
  end(): FileClass
}

const magicLength = 8

/**
 * Classifiers for the files of one package, by the rule of Spack 1.x (`file_type` and `file_matches` in
 * binary_distribution.py): shorter than 8 bytes is *other*; ELF or Mach-O magic is *binary*; valid UTF-8, or Latin-1
 * without NUL, DEL and C1 control bytes, that holds one of `knownPrefixes` is *text*. The answer does not depend on how
 * the content is cut into pieces.
 */
export function createClassifiers(knownPrefixes: readonly string[]): () => Classifier {
  const needles = fewestNeedles(knownPrefixes.filter((prefix) => prefix !== '').map((prefix) => Buffer.from(prefix)))
  return () => new ContentClassifier(needles)
}

class ContentClassifier implements Classifier {
  private length = 0
  private magic = Buffer.alloc(0)
  private binary = false
  private readonly utf8 = new Utf8Check()
  private latin1 = true
  private readonly search: PrefixSearch

  constructor(needles: readonly Buffer[]) {
    this.search = new PrefixSearch(needles)
  }

  update(piece: Buffer): void {
    if (piece.length === 0 || this.settled()) return
    this.length += piece.length
    if (this.magic.length < magicLength) {
      this.magic = Buffer.concat([this.magic, piece.subarray(0, magicLength - this.magic.length)])
      this.binary = isExecutableMagic(this.magic)
      if (this.binary) return
    }
    this.utf8.update(piece)
    if (this.latin1) this.latin1 = isLatin1Text(piece)
    if (this.utf8.valid || this.latin1) this.search.update(piece)
  }

  end(): FileClass {
    if (this.binary) return 'binary'
    if (this.length < magicLength) return 'other'
    return (this.utf8.end() || this.latin1) && this.search.found ? 'text' : 'other'
  }

  private settled(): boolean {
    return this.binary || (this.magic.length === magicLength && !this.utf8.valid && !this.latin1)
  }
}

/**
 * The text that a file begins with, by the same rule, and how many of the bytes it is; undefined when they are no text. A
 * NUL, which valid UTF-8 may hold, is in no text that is worth showing. `whole`: nothing follows; else a sequence that the
 * end cuts off is left out.
 */
export function readText(start: Buffer, whole: boolean): { readonly text: string; readonly bytes: number } | undefined {
  const complete = whole ? start : start.subarray(0, start.length - incompleteTail(start))
  if (isUtf8(complete) && !complete.includes(0)) return { text: complete.toString('utf8'), bytes: complete.length }
  return isLatin1Text(start) ? { text: start.toString('latin1'), bytes: start.length } : undefined
}

/** ELF, or Mach-O in either byte order and width; Spack's `is_elf_magic` and `is_macho_magic`. */
export function isExecutableMagic(magic: Buffer): boolean {
  if (magic.length < magicLength) return false
  switch (magic.readUInt32BE(0)) {
    case 0x7f454c46: // ELF
    case 0xcffaedfe:
    case 0xfeedfacf:
    case 0xcefaedfe:
    case 0xfeedface:
      return true
    case 0xcafebabe: // a universal binary, or a Java class: there the next word is a version, never below 10
      return magic.readUInt32BE(4) < 10
    case 0xbebafeca:
      return magic.readUInt32LE(4) < 10
    default:
      return false
  }
}

/** UTF-8 validity of a stream: a sequence that a piece cuts off is kept for the next. */
class Utf8Check {
  valid = true
  private rest: Buffer = Buffer.alloc(0)

  update(piece: Buffer): void {
    if (!this.valid) return
    let body = piece
    if (this.rest.length > 0) {
      // Joins only the cut sequence and what can belong to it, not the whole piece.
      const join = Buffer.concat([this.rest, piece.subarray(0, 4)])
      const used = firstSequence(join)
      if (used === 0) {
        if (join.length < 4 && piece.length < 4 && couldContinue(join)) this.rest = join
        else this.valid = false
        return
      }
      body = piece.subarray(used - this.rest.length)
    }
    const cut = body.length - incompleteTail(body)
    this.rest = Buffer.from(body.subarray(cut))
    this.valid = isUtf8(body.subarray(0, cut))
  }

  end(): boolean {
    return this.valid && this.rest.length === 0
  }
}

/** Bytes of the complete sequence that `bytes` begins with, 0 when there is none. */
function firstSequence(bytes: Buffer): number {
  const length = sequenceLengthOf(bytes[0] ?? 0)
  return length > 0 && bytes.length >= length && isUtf8(bytes.subarray(0, length)) ? length : 0
}

function couldContinue(bytes: Buffer): boolean {
  return incompleteTail(bytes) === bytes.length
}

/** How many bytes at the end are the beginning of a longer sequence: 0 to 3. */
function incompleteTail(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return sequenceLengthOf(byte) > back ? back : 0
  }
  return 0
}

function sequenceLengthOf(lead: number): number {
  if (lead < 0x80) return 1
  if (lead >= 0xf0) return lead <= 0xf4 ? 4 : 0
  if (lead >= 0xe0) return 3
  return lead >= 0xc2 ? 2 : 0
}

/** Without NUL, DEL and the C1 controls; other control characters may be, as in Spack's `NOT_ISO8859_1_TEXT`. */
function isLatin1Text(piece: Buffer): boolean {
  if (piece.includes(0)) return false
  if (isAscii(piece)) return !piece.includes(0x7f)
  for (const byte of piece) if (byte >= 0x7f && byte <= 0x9f) return false
  return true
}

/**
 * Finds a known prefix where Spack's expression does, `(?<![\w\-_/])([\w\-_]*?)(PREFIX)`: the run of word characters
 * before it must not follow a slash. Keeps the end of each piece, so that a cut through a prefix does not hide it.
 */
class PrefixSearch {
  found = false
  private readonly needles: readonly Buffer[]
  private readonly overlap: number
  private tail: Buffer = Buffer.alloc(0)
  /** Whether a prefix that starts where `tail` starts would follow a slash. */
  private blockedBeforeTail = false

  constructor(needles: readonly Buffer[]) {
    this.needles = needles
    this.overlap = Math.max(0, ...needles.map((needle) => needle.length - 1))
  }

  update(piece: Buffer): void {
    if (this.found) return
    if (this.tail.length > 0) {
      const seam = Buffer.concat([this.tail, piece.subarray(0, this.overlap)])
      this.found = this.holdsPrefix(seam, this.blockedBeforeTail)
      if (this.found) return
    }
    const blockedBeforePiece = followsSlash(this.tail, this.tail.length, this.blockedBeforeTail)
    this.found = this.holdsPrefix(piece, blockedBeforePiece)
    this.keepTail(piece, blockedBeforePiece)
  }

  private keepTail(piece: Buffer, blockedBeforePiece: boolean): void {
    const whole = piece.length >= this.overlap ? piece : Buffer.concat([this.tail, piece])
    const blockedBeforeWhole = whole === piece ? blockedBeforePiece : this.blockedBeforeTail
    const start = Math.max(0, whole.length - this.overlap)
    this.blockedBeforeTail = followsSlash(whole, start, blockedBeforeWhole)
    this.tail = Buffer.from(whole.subarray(start))
  }

  private holdsPrefix(bytes: Buffer, blockedBefore: boolean): boolean {
    for (const needle of this.needles) {
      for (let at = bytes.indexOf(needle); at !== -1; at = bytes.indexOf(needle, at + 1)) {
        if (!followsSlash(bytes, at, blockedBefore)) return true
      }
    }
    return false
  }
}
