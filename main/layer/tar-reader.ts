import { StrataError } from '../support/errors.ts'
import { paddingAfter, tarBlockSize } from './tar-header.ts'

export type TarMemberKind = 'file' | 'directory' | 'symlink' | 'hardlink' | 'device' | 'fifo'

/** What the headers of one member say, extended headers applied. Nothing in it is checked against a policy. */
export interface TarMember {
  readonly kind: TarMemberKind
  /** The path as the bytes that the archive has, a directory's trailing slash included. */
  readonly name: Buffer
  /** Twelve bits: permissions, sticky, set-group-id, set-user-id. */
  readonly mode: number
  /** Bytes of content that follow; 0 for everything but a file. */
  readonly size: number
  /** Seconds since 1970. */
  readonly mtime: number
  /** Target of a link; empty for everything else. */
  readonly link: Buffer
}

/** Hears of the members in order: `begin`, then a file's content in pieces of any size, then `end`. */
export interface TarSink {
  begin(member: TarMember): void
  content(piece: Buffer): void
  end(): void
}

/** What an extended header may hold of names: far more than any file system takes. */
const metadataLimit = 1 << 20

/** Values that extended headers set for the member after them. */
interface Extensions {
  name?: Buffer
  link?: Buffer
  size?: number
  mtime?: number
}

type Phase =
  | { readonly kind: 'header' }
  /** The body of an extended header is collected. */
  | { readonly kind: 'metadata'; readonly type: string; readonly length: number }
  | { readonly kind: 'content'; left: number; readonly padding: number }
  | { readonly kind: 'padding'; left: number }
  /** After the first empty block. */
  | { readonly kind: 'end' }

/**
 * Reads a tar stream (POSIX.1-2001 ustar and pax, GNU long names, the forms that Python's `tarfile` writes) that is
 * pushed in pieces of any size; memory is bounded whatever the stream holds. Throws `layer-invalid` for what is not such
 * a stream: a wrong checksum, an impossible number, a member type that nobody writes for packages, a stream that ends too
 * early or goes on after its end.
 */
export class TarReader {
  private readonly sink: TarSink
  private phase: Phase = { kind: 'header' }
  private readonly block = Buffer.alloc(tarBlockSize)
  private metadata = Buffer.alloc(0)
  private filled = 0
  private extensions: Extensions = {}
  private offset = 0

  constructor(sink: TarSink) {
    this.sink = sink
  }

  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      const used = this.take(at === 0 ? chunk : chunk.subarray(at))
      at += used
      this.offset += used
    }
  }

  /** The stream is over. */
  finish(): void {
    if (this.phase.kind === 'end') return
    throw invalid(`the archive is cut off after ${this.offset} bytes`)
  }

  /** Consumes the start of `bytes`, which is not empty; returns how much. */
  private take(bytes: Buffer): number {
    const { phase } = this
    switch (phase.kind) {
      case 'header': {
        const used = this.collect(bytes, this.block, tarBlockSize)
        if (this.filled === tarBlockSize) this.readHeader()
        return used
      }
      case 'metadata': {
        const used = this.collect(bytes, this.metadata, phase.length)
        if (this.filled === phase.length) this.readMetadata(phase.type)
        return used
      }
      case 'content': {
        const piece = bytes.length > phase.left ? bytes.subarray(0, phase.left) : bytes
        this.sink.content(piece)
        phase.left -= piece.length
        if (phase.left === 0) {
          this.sink.end()
          this.skip(phase.padding)
        }
        return piece.length
      }
      case 'padding': {
        const used = Math.min(bytes.length, phase.left)
        phase.left -= used
        if (phase.left === 0) this.start({ kind: 'header' })
        return used
      }
      case 'end':
        if (isZero(bytes)) return bytes.length
        throw invalid(`there is something after the end of the archive, near byte ${this.offset}`)
    }
  }

  private start(phase: Phase): void {
    this.phase = phase
    this.filled = 0
  }

  private skip(padding: number): void {
    this.start(padding === 0 ? { kind: 'header' } : { kind: 'padding', left: padding })
  }

  private collect(bytes: Buffer, into: Buffer, length: number): number {
    const used = Math.min(bytes.length, length - this.filled)
    bytes.copy(into, this.filled, 0, used)
    this.filled += used
    return used
  }

  private readHeader(): void {
    const { block } = this
    if (isZero(block)) {
      this.start({ kind: 'end' })
      return
    }
    if (checksum(block) !== octal(block, 148, 8, 'checksum')) {
      throw invalid(`the header that ends near byte ${this.offset + tarBlockSize} has a wrong checksum`)
    }
    const type = String.fromCharCode(block[156] ?? 0)
    const size = number(block, 124, 12, 'size')
    if ('xgLK'.includes(type)) this.startMetadata(type, size)
    else this.startMember(type, size)
  }

  private startMetadata(type: string, size: number): void {
    if (size === 0 || size > metadataLimit) throw invalid(`an extended header claims to have ${size} bytes`)
    this.metadata = Buffer.alloc(size)
    this.start({ kind: 'metadata', type, length: size })
  }

  private readMetadata(type: string): void {
    const { metadata } = this
    // A long name of GNU tar ends with a NUL.
    if (type === 'L') this.extensions.name = cString(metadata)
    else if (type === 'K') this.extensions.link = cString(metadata)
    else if (type === 'x') this.extensions = { ...this.extensions, ...readPax(metadata) }
    else if (Object.keys(readPax(metadata)).length > 0) throw invalid('a global header renames or resizes every member')
    this.skip(paddingAfter(metadata.length))
  }

  private startMember(type: string, headerSize: number): void {
    const { block, extensions } = this
    this.extensions = {}
    const name = extensions.name ?? headerName(block)
    const kind = memberKind(type, name)
    // Only a file has content: what the other types say of their size is not followed, as in Python.
    const size = kind === 'file' ? (extensions.size ?? headerSize) : 0
    this.sink.begin({
      kind,
      name,
      mode: number(block, 100, 8, 'mode') & 0o7777,
      size,
      mtime: extensions.mtime ?? number(block, 136, 12, 'mtime'),
      link:
        kind === 'symlink' || kind === 'hardlink'
          ? (extensions.link ?? Buffer.from(cString(block.subarray(157, 257))))
          : empty,
    })
    if (size > 0) {
      this.start({ kind: 'content', left: size, padding: paddingAfter(size) })
      return
    }
    this.sink.end()
    this.start({ kind: 'header' })
  }
}

const empty = Buffer.alloc(0)

function memberKind(type: string, name: Buffer): TarMemberKind {
  switch (type) {
    case '\0': // before ustar, a directory was known by its slash alone
      return name.at(-1) === 0x2f ? 'directory' : 'file'
    case '0':
    case '7':
      return 'file'
    case '1':
      return 'hardlink'
    case '2':
      return 'symlink'
    case '3':
    case '4':
      return 'device'
    case '5':
      return 'directory'
    case '6':
      return 'fifo'
    default:
      throw invalid(`${shown(name)} is of the unknown type ${JSON.stringify(type)}`)
  }
}

/** The name of a ustar header is its prefix field, a slash, and its name field; GNU's header has no such prefix. */
function headerName(block: Buffer): Buffer {
  const name = Buffer.from(cString(block.subarray(0, 100)))
  const isUstar = block.toString('latin1', 257, 263) === 'ustar\0'
  const prefix = isUstar ? cString(block.subarray(345, 500)) : empty
  return prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name])
}

/** `<length> <key>=<value>\n`, again and again. What we do not need (owners, comments, ACLs) is passed over. */
function readPax(body: Buffer): Extensions {
  const found: Extensions = {}
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at)
    const digits = space === -1 ? '' : body.toString('latin1', at, space)
    const end = at + Number(digits)
    const equals = body.indexOf(0x3d, space)
    const whole = /^[1-9]\d{0,6}$/.test(digits) && end <= body.length && body[end - 1] === 0x0a
    if (!whole || equals === -1 || equals >= end) throw invalid('an extended header is garbled')
    const value = Buffer.from(body.subarray(equals + 1, end - 1))
    setExtension(found, body.toString('latin1', space + 1, equals), value)
    at = end
  }
  return found
}

function setExtension(found: Extensions, key: string, value: Buffer): void {
  if (key === 'path') found.name = value
  else if (key === 'linkpath') found.link = value
  else if (key === 'size') found.size = decimal(value, /^\d{1,15}$/, key)
  else if (key === 'mtime') found.mtime = decimal(value, /^-?\d{1,12}(?:\.\d*)?$/, key)
  else if (key.startsWith('GNU.sparse')) throw invalid('it holds a sparse file, which no package does')
}

function decimal(value: Buffer, form: RegExp, key: string): number {
  const text = value.toString('latin1')
  if (!form.test(text)) throw invalid(`an extended header has the ${key} ${JSON.stringify(text.slice(0, 40))}`)
  return Number(text)
}

/** Octal digits, or in GNU's form a big-endian number after a first byte of 0x80. */
function number(block: Buffer, at: number, length: number, field: string): number {
  if (block[at] !== 0x80) return octal(block, at, length, field)
  const value = BigInt(`0x${block.toString('hex', at + 1, at + length)}`)
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw invalid(`a header has an impossible ${field}`)
  return Number(value)
}

function octal(block: Buffer, at: number, length: number, field: string): number {
  let value = 0
  let end = at
  while (end < at + length && block[end] === 0x20) end++
  for (; end < at + length; end++) {
    const digit = (block[end] ?? 0) - 0x30
    if (digit < 0 || digit > 7) break
    value = value * 8 + digit
  }
  const stop = end < at + length ? block[end] : 0
  if (stop !== 0 && stop !== 0x20) throw invalid(`a header has an impossible ${field}`)
  return value
}

/** The sum of the header's bytes, where its own field counts as spaces. */
function checksum(block: Buffer): number {
  let sum = 8 * 0x20
  for (let at = 0; at < tarBlockSize; at++) if (at < 148 || at >= 156) sum += block[at] ?? 0
  return sum
}

/** The bytes before the first NUL. */
function cString(field: Buffer): Buffer {
  const end = field.indexOf(0)
  return end === -1 ? field : field.subarray(0, end)
}

function isZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at++) if (bytes[at] !== 0) return false
  return true
}

/** A name for a message. */
function shown(name: Buffer): string {
  return JSON.stringify(name.toString('utf8').slice(0, 200))
}

function invalid(message: string): StrataError {
  return new StrataError('layer-invalid', message)
}
