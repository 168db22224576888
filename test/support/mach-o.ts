/** Numbers of <mach-o/loader.h>. */
export const loadCommands = { loadDylib: 0x0c, idDylib: 0x0d, weakDylib: 0x80000018, rpath: 0x8000001c, uuid: 0x1b }

export interface MachOParts {
  readonly wide: boolean
  readonly littleEndian: boolean
  /** Kind of command and its path, in order. */
  readonly paths: readonly (readonly [number, string])[]
  /** Bytes between the load commands and the first section's content. */
  readonly padding: number
  /** The first section's content. */
  readonly content?: string
  readonly fileType?: number
}

/** A dynamic library with one segment of one section, put together field by field. */
export function makeMachO(parts: MachOParts): Buffer {
  const { wide, littleEndian } = parts
  const int = (value: number): Buffer => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return littleEndian ? bytes.reverse() : bytes
  }
  const long = (value: number): Buffer => {
    if (!wide) return int(value)
    return Buffer.concat(littleEndian ? [int(value), int(0)] : [int(0), int(value)])
  }
  const align = wide ? 8 : 4
  const command = (kind: number, ...fields: Buffer[]): Buffer => {
    const body = Buffer.concat(fields)
    const length = Math.ceil((8 + body.length) / align) * align
    return Buffer.concat([int(kind), int(length), body], length)
  }
  const paths = parts.paths.map(([kind, path]) => {
    const text = Buffer.from(`${path}\0`)
    // A dylib has a time and two versions before its name.
    return kind === loadCommands.rpath
      ? command(kind, int(12), text)
      : command(kind, int(24), int(2), int(0x10000), int(0x10000), text)
  })
  const content = Buffer.from(parts.content ?? 'code')
  const headerLength = wide ? 32 : 28
  const segmentLength = (wide ? 72 : 56) + (wide ? 80 : 68)
  const uuid = command(loadCommands.uuid, Buffer.alloc(16, 7))
  const size = segmentLength + uuid.length + paths.reduce((sum, { length }) => sum + length, 0)
  const offset = headerLength + size + parts.padding
  const name = (text: string) => Buffer.concat([Buffer.from(text)], 16)
  const section = [
    name('__text'),
    name('__TEXT'),
    long(offset),
    long(content.length),
    int(offset),
    ...Array<Buffer>(wide ? 7 : 6).fill(int(0)),
  ]
  const segment = command(
    wide ? 0x19 : 0x01,
    name('__TEXT'),
    ...[0, offset + content.length, 0, offset + content.length].map(long),
    ...[5, 5, 1, 0].map(int),
    ...section,
  )
  const magic = wide ? 0xfeedfacf : 0xfeedface
  const header = [magic, 0x01000007, 3, parts.fileType ?? 6, 2 + paths.length, size, 0x85].map(int)
  const commands = Buffer.concat([
    ...header,
    ...(wide ? [int(0)] : []),
    segment,
    ...paths.slice(0, 1),
    uuid,
    ...paths.slice(1),
  ])
  return Buffer.concat([commands, Buffer.alloc(parts.padding), content])
}

/** The files as the architectures of one universal binary, each on a page of its own. */
export function makeUniversal(images: readonly Buffer[], wide = false): Buffer {
  const page = 4096
  const header = Buffer.alloc(8 + images.length * (wide ? 32 : 20))
  header.writeUInt32BE(wide ? 0xcafebabf : 0xcafebabe, 0)
  header.writeUInt32BE(images.length, 4)
  const pieces: Buffer[] = []
  let offset = page
  for (const [index, image] of images.entries()) {
    const at = 8 + index * (wide ? 32 : 20)
    if (wide) {
      header.writeBigUInt64BE(BigInt(offset), at + 8)
      header.writeBigUInt64BE(BigInt(image.length), at + 16)
    } else {
      header.writeUInt32BE(offset, at + 8)
      header.writeUInt32BE(image.length, at + 12)
    }
    const room = Math.ceil(image.length / page) * page
    pieces.push(Buffer.concat([image], room))
    offset += room
  }
  return Buffer.concat([Buffer.concat([header], page), ...pieces])
}

/** The paths that the load commands of the image at `start` name, and where its first section lies, read back on their own. */
export function readMachO(file: Buffer, start = 0): { paths: string[]; sectionOffset: number; commandsEnd: number } {
  const littleEndian = file[start] === 0xcf || file[start] === 0xce
  const wide = file[start] === 0xcf || file[start + 3] === 0xcf
  const int = (at: number) => (littleEndian ? file.readUInt32LE(at) : file.readUInt32BE(at))
  const paths: string[] = []
  let at = start + (wide ? 32 : 28)
  const end = at + int(start + 20)
  let sectionOffset = 0
  for (let index = 0; index < int(start + 16); index++) {
    const [kind, length] = [int(at), int(at + 4)]
    if (kind === 0x19) sectionOffset = int(at + 72 + 48)
    else if (kind === 0x01) sectionOffset = int(at + 56 + 40)
    else if (kind !== loadCommands.uuid) {
      const text = file.subarray(at + int(at + 8), at + length)
      paths.push(text.subarray(0, text.indexOf(0)).toString())
    }
    at += length
  }
  if (at !== end) throw new Error('the commands do not fill their area')
  return { paths, sectionOffset, commandsEnd: end - start }
}
