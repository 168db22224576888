import { isAscii, isUtf8 } from 'node:buffer'
import { StrataError } from '../support/errors.ts'
import { pythonCodePoints } from './python-string.ts'

/** Tar streams are made of blocks of this size (POSIX.1-2001, ustar interchange format). */
export const tarBlockSize = 512
/** Python's tarfile, and so Spack, fills the stream up to a multiple of this. */
const recordSize = 10_240
/** What the 11 octal digits of the ustar size field cannot hold goes into a pax record: 8 GiB and more. */
const sizeLimit = 8 ** 11
const nameRoom = 100

export interface TarEntry {
  readonly kind: 'file' | 'directory' | 'symlink' | 'hardlink'
  /** Path without a leading slash, as the bytes the file system has. */
  readonly name: Uint8Array
  readonly mode: number
  /** Bytes of content that follow the header; 0 for everything but a file. */
  readonly size: number
  /** Target of a link, verbatim. */
  readonly link?: Uint8Array
}

/**
 * The header blocks of one entry, byte for byte what Python's `tarfile` writes in its default PAX format, so that an
 * equal tree gives the stream that Spack makes: owner 0, mtime 0, and a pax header before it when the name or the link
 * target is longer than 100 characters or not ASCII, or the size is 8 GiB or more. Names that are not UTF-8 keep
 * their bytes (`hdrcharset=BINARY`). Throws `tar-unrepresentable` for what no tar can hold.
 */
export function tarHeader(entry: TarEntry): Buffer {
  const name = entry.kind === 'directory' ? Buffer.concat([entry.name, Buffer.from('/')]) : entry.name
  const link = entry.link ?? new Uint8Array(0)
  if (entry.name.length === 0 || entry.name.includes(0) || link.includes(0)) {
    throw new StrataError('tar-unrepresentable', 'a file name is empty or holds a NUL byte: no tar can carry it')
  }
  const records: [string, Uint8Array][] = []
  if (needsPax(name)) records.push(['path', name])
  if (needsPax(link)) records.push(['linkpath', link])
  const large = entry.size >= sizeLimit
  if (large) records.push(['size', Buffer.from(String(entry.size))])
  const header = ustarHeader(name, entry.mode, large ? 0 : entry.size, typeFlags[entry.kind], link)
  return records.length === 0 ? header : Buffer.concat([paxHeader(records), header])
}

const typeFlags = { file: '0', hardlink: '1', symlink: '2', directory: '5' } as const

function needsPax(value: Uint8Array): boolean {
  return value.length > nameRoom || !isAscii(value)
}

function paxHeader(records: readonly (readonly [string, Uint8Array])[]): Buffer {
  const parts = records.map(([key, value]) => paxRecord(key, value))
  if (records.some(([, value]) => !isUtf8(value))) parts.unshift(paxRecord('hdrcharset', Buffer.from('BINARY')))
  const body = Buffer.concat(parts)
  const header = ustarHeader(Buffer.from('././@PaxHeader'), 0, body.length, 'x', new Uint8Array(0))
  return Buffer.concat([header, body, Buffer.alloc(paddingAfter(body.length))])
}

/** `<length> <key>=<value>\n`, where the length counts its own digits. */
function paxRecord(key: string, value: Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')])
  let length = rest.length
  while (rest.length + String(length).length !== length) length = rest.length + String(length).length
  return Buffer.concat([Buffer.from(String(length)), rest])
}

function ustarHeader(name: Uint8Array, mode: number, size: number, type: string, link: Uint8Array): Buffer {
  const header = Buffer.from(blankHeader)
  header.set(shortForm(name), 0)
  putOctal(header, 100, 7, mode)
  putOctal(header, 124, 11, size)
  header.write(type, 156, 'latin1')
  header.set(shortForm(link), 157)
  let sum = 0
  for (let at = 0; at < tarBlockSize; at++) sum += header[at] ?? 0
  putOctal(header, 148, 6, sum)
  header[154] = 0
  return header
}

/** What all headers have in common. The checksum counts its own field as the spaces that stand here. */
const blankHeader = (() => {
  const header = Buffer.alloc(tarBlockSize)
  putOctal(header, 108, 7, 0) // uid
  putOctal(header, 116, 7, 0) // gid
  putOctal(header, 136, 11, 0) // mtime
  header.write('        ', 148, 'latin1')
  header.write('ustar\x0000', 257, 'latin1')
  return header
})()

/** Digit by digit: a store has a hundred thousand entries, and strings for each field took longer than all the rest. */
function putOctal(header: Buffer, offset: number, digits: number, value: number): void {
  let left = value
  for (let at = offset + digits - 1; at >= offset; at--) {
    header[at] = 0x30 + (left % 8)
    left = Math.floor(left / 8)
  }
}

/** What fits of a name into its ustar field, as Python cuts it: 100 characters, `?` for what is not ASCII. */
function shortForm(value: Uint8Array): Uint8Array {
  if (isAscii(value)) return value.subarray(0, nameRoom)
  const points = pythonCodePoints(value).slice(0, nameRoom)
  return Uint8Array.from(points, (point) => (point < 0x80 ? point : 0x3f))
}

/** Zero bytes that fill content of this size up to a whole tar block. */
export function paddingAfter(size: number): number {
  return (tarBlockSize - (size % tarBlockSize)) % tarBlockSize
}

/** Zero bytes that end a stream of `offset` bytes: two empty blocks, then up to a whole record as Python does. */
export function tarEndLength(offset: number): number {
  const end = offset + 2 * tarBlockSize
  return Math.ceil(end / recordSize) * recordSize - offset
}
