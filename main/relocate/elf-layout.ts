/**
 * Where the fields of ELF's structures lie and how wide they are, for both classes and both byte orders.
 * After the System V ABI, chapters 4 and 5: https://gabi.xinuos.com
 */
export interface ElfLayout {
  readonly wide: boolean
  readonly littleEndian: boolean
}

/** Offset and width of a field. */
interface Field {
  readonly at: number
  readonly width: 2 | 4 | 8
}

type Fields<Name extends string> = { readonly length: number } & { readonly [name in Name]: Field }

const field = (at: number, width: 2 | 4 | 8): Field => ({ at, width })

type HeaderField =
  | 'type'
  | 'machine'
  | 'programHeaders'
  | 'sectionHeaders'
  | 'programHeaderLength'
  | 'programHeaderCount'
  | 'sectionHeaderLength'
  | 'sectionHeaderCount'
type SegmentField = 'type' | 'flags' | 'offset' | 'address' | 'physicalAddress' | 'fileSize' | 'memorySize' | 'align'
type SectionField = 'type' | 'flags' | 'address' | 'offset' | 'size' | 'info'
type DynamicField = 'tag' | 'value'
type SymbolField = 'name'

interface Structures {
  readonly header: Fields<HeaderField>
  readonly segment: Fields<SegmentField>
  readonly section: Fields<SectionField>
  readonly dynamic: Fields<DynamicField>
  readonly symbol: Fields<SymbolField>
}

const narrow: Structures = {
  header: {
    length: 52,
    type: field(16, 2),
    machine: field(18, 2),
    programHeaders: field(28, 4),
    sectionHeaders: field(32, 4),
    programHeaderLength: field(42, 2),
    programHeaderCount: field(44, 2),
    sectionHeaderLength: field(46, 2),
    sectionHeaderCount: field(48, 2),
  },
  segment: {
    length: 32,
    type: field(0, 4),
    offset: field(4, 4),
    address: field(8, 4),
    physicalAddress: field(12, 4),
    fileSize: field(16, 4),
    memorySize: field(20, 4),
    flags: field(24, 4),
    align: field(28, 4),
  },
  section: {
    length: 40,
    type: field(4, 4),
    flags: field(8, 4),
    address: field(12, 4),
    offset: field(16, 4),
    size: field(20, 4),
    info: field(28, 4),
  },
  dynamic: { length: 8, tag: field(0, 4), value: field(4, 4) },
  symbol: { length: 16, name: field(0, 4) },
}

const wide: Structures = {
  header: {
    length: 64,
    type: field(16, 2),
    machine: field(18, 2),
    programHeaders: field(32, 8),
    sectionHeaders: field(40, 8),
    programHeaderLength: field(54, 2),
    programHeaderCount: field(56, 2),
    sectionHeaderLength: field(58, 2),
    sectionHeaderCount: field(60, 2),
  },
  segment: {
    length: 56,
    type: field(0, 4),
    flags: field(4, 4),
    offset: field(8, 8),
    address: field(16, 8),
    physicalAddress: field(24, 8),
    fileSize: field(32, 8),
    memorySize: field(40, 8),
    align: field(48, 8),
  },
  section: {
    length: 64,
    type: field(4, 4),
    flags: field(8, 8),
    address: field(16, 8),
    offset: field(24, 8),
    size: field(32, 8),
    info: field(44, 4),
  },
  dynamic: { length: 16, tag: field(0, 8), value: field(8, 8) },
  symbol: { length: 24, name: field(0, 4) },
}

export function structuresOf(layout: ElfLayout): Structures {
  return layout.wide ? wide : narrow
}

/**
 * The unsigned value of a field of the structure that begins at `base`. A value beyond 2^53 loses its lowest bits: such a
 * value is no offset or address in a user's program, and is only ever compared.
 */
export function readField(layout: ElfLayout, bytes: Buffer, base: number, { at, width }: Field): number {
  const where = base + at
  switch (width) {
    case 2:
      return layout.littleEndian ? bytes.readUInt16LE(where) : bytes.readUInt16BE(where)
    case 4:
      return layout.littleEndian ? bytes.readUInt32LE(where) : bytes.readUInt32BE(where)
    case 8:
      return Number(layout.littleEndian ? bytes.readBigUInt64LE(where) : bytes.readBigUInt64BE(where))
  }
}

export function writeField(layout: ElfLayout, bytes: Buffer, base: number, field: Field, value: number): void {
  encodeField(layout, field, value).copy(bytes, base + field.at)
}

export function encodeField(layout: ElfLayout, { width }: Field, value: number): Buffer {
  const bytes = Buffer.alloc(width)
  switch (width) {
    case 2:
      bytes.writeUInt16BE(value)
      break
    case 4:
      bytes.writeUInt32BE(value)
      break
    case 8:
      bytes.writeBigUInt64BE(BigInt(value))
      break
  }
  return layout.littleEndian ? bytes.reverse() : bytes
}
