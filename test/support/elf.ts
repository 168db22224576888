/** What a hand-made ELF file holds. */
export interface ElfParts {
  readonly wide: boolean
  readonly littleEndian: boolean
  /** `e_machine`; the page size that the file's segments are aligned to follows from nothing else. */
  readonly machine: number
  readonly interpreter?: string
  /** Bytes of a note behind the program headers, or behind the interpreter's name. */
  readonly note?: boolean
  readonly dynamic?: {
    readonly rpath?: string
    readonly runpath?: string
    readonly needed?: readonly string[]
    readonly soname?: string
    /** Versions that it needs of libraries. */
    readonly versions?: readonly { readonly library: string; readonly versions: readonly string[] }[]
    /** Versions of symbols that it defines, the first of which is its own name by custom. */
    readonly defines?: readonly string[]
    /** Names of dynamic symbols. A name that a run path ends with shares its bytes, as linkers do it. */
    readonly symbols?: readonly string[]
  }
  /** `e_type`; a shared object unless given. */
  readonly type?: number
  /** Leaves the section headers out. */
  readonly stripped?: boolean
}

interface Piece {
  readonly name: string
  readonly type: number
  readonly flags: number
  readonly bytes: Buffer
  readonly align: number
  readonly link?: string
  readonly info?: number
  readonly entry?: number
}

const base = 0x10000

/**
 * A small shared object, assembled field by field, that `readelf` reads without a complaint: program headers, then the
 * interpreter's name, a note, symbols, strings and the dynamic section in one writable segment, then section headers.
 * It does not run; it is for the classes and byte orders that the machine at hand does not have.
 */
export function makeElf(parts: ElfParts): Buffer {
  const { wide, littleEndian } = parts
  const word = (value: number, width: number): Buffer => {
    const bytes = Buffer.alloc(width)
    if (width === 8) bytes.writeBigUInt64BE(BigInt(value))
    else if (width === 4) bytes.writeUInt32BE(value)
    else bytes.writeUInt16BE(value)
    return littleEndian ? bytes.reverse() : bytes
  }
  const half = (value: number) => word(value, 2)
  const int = (value: number) => word(value, 4)
  const long = (value: number) => word(value, wide ? 8 : 4)
  const strings = stringTable(parts)
  const [headerLength, segmentLength, sectionLength] = wide ? [64, 56, 64] : [52, 32, 40]
  const segmentCount = 2 + (parts.interpreter === undefined ? 0 : 1) + (parts.note ? 1 : 0) + (parts.dynamic ? 1 : 0)

  const symbol = (name: number) =>
    wide
      ? Buffer.concat([int(name), Buffer.from([0x12, 0]), half(0), long(0), long(0)])
      : Buffer.concat([int(name), long(0), long(0), Buffer.from([0x12, 0]), half(0)])
  const dynamicEntries: [number, number | string][] = [
    ...(parts.dynamic?.needed ?? []).map((name): [number, number] => [1, strings.offset(name)]),
    ...(parts.dynamic?.soname === undefined ? [] : [[14, strings.offset(parts.dynamic.soname)] as [number, number]]),
    ...(parts.dynamic?.versions === undefined
      ? []
      : ([
          [0x6ffffffe, '.gnu.version_r'],
          [0x6fffffff, parts.dynamic.versions.length],
        ] as [number, number | string][])),
    ...(parts.dynamic?.defines === undefined
      ? []
      : ([
          [0x6ffffffc, '.gnu.version_d'],
          [0x6ffffffd, parts.dynamic.defines.length],
        ] as [number, number | string][])),
    ...(parts.dynamic?.rpath === undefined ? [] : [[15, strings.offset(parts.dynamic.rpath)] as [number, number]]),
    ...(parts.dynamic?.runpath === undefined ? [] : [[29, strings.offset(parts.dynamic.runpath)] as [number, number]]),
    [5, '.dynstr'],
    [6, '.dynsym'],
    [10, strings.bytes.length],
    [11, wide ? 24 : 16],
    [0, 0],
  ]
  /** `Elf_Verneed` records, each followed by its `Elf_Vernaux` records. */
  const versionNeeds = (needs: NonNullable<NonNullable<ElfParts['dynamic']>['versions']>): Buffer =>
    Buffer.concat(
      needs.flatMap(({ library, versions }, record) => [
        ...[half(1), half(versions.length), int(strings.offset(library)), int(16)],
        int(record === needs.length - 1 ? 0 : 16 + 16 * versions.length),
        ...versions.flatMap((version, i) => [
          ...[int(0), half(0), half(2 + i), int(strings.offset(version))],
          int(i === versions.length - 1 ? 0 : 16),
        ]),
      ]),
    )
  /** `Elf_Verdef` records, each followed by its `Elf_Verdaux` records: its own name, and the version before it. */
  const versionDefinitions = (names: readonly string[]): Buffer =>
    Buffer.concat(
      names.flatMap((name, record) => {
        const parents = record < 2 ? [] : names.slice(record - 1, record)
        return [
          ...[half(1), half(record === 0 ? 1 : 0), half(1 + record), half(1 + parents.length), int(0), int(20)],
          int(record === names.length - 1 ? 0 : 20 + 8 * (1 + parents.length)),
          ...[name, ...parents].flatMap((one, i) => [int(strings.offset(one)), int(i === parents.length ? 0 : 8)]),
        ]
      }),
    )
  const pieces: Piece[] = []
  if (parts.interpreter !== undefined) {
    pieces.push({ name: '.interp', type: 1, flags: 2, align: 1, bytes: Buffer.from(`${parts.interpreter}\0`) })
  }
  if (parts.note) {
    const bytes = Buffer.concat([int(4), int(8), int(3), Buffer.from('GNU\0'), Buffer.from('deadbeef')])
    pieces.push({ name: '.note.gnu.build-id', type: 7, flags: 2, align: 4, bytes })
  }
  if (parts.dynamic) {
    const names = ['', ...(parts.dynamic.symbols ?? [])].map((name) => symbol(strings.offset(name)))
    pieces.push(
      {
        name: '.dynsym',
        type: 11,
        flags: 2,
        align: 8,
        bytes: Buffer.concat(names),
        link: '.dynstr',
        info: 1,
        entry: wide ? 24 : 16,
      },
      { name: '.dynstr', type: 3, flags: 2, align: 1, bytes: strings.bytes },
      ...(parts.dynamic.versions === undefined
        ? []
        : [
            {
              name: '.gnu.version_r',
              type: 0x6ffffffe,
              flags: 2,
              align: 8,
              link: '.dynstr',
              info: parts.dynamic.versions.length,
              bytes: versionNeeds(parts.dynamic.versions),
            },
          ]),
      ...(parts.dynamic.defines === undefined
        ? []
        : [
            {
              name: '.gnu.version_d',
              type: 0x6ffffffd,
              flags: 2,
              align: 8,
              link: '.dynstr',
              info: parts.dynamic.defines.length,
              bytes: versionDefinitions(parts.dynamic.defines),
            },
          ]),
      {
        name: '.dynamic',
        type: 6,
        flags: 3,
        align: 8,
        bytes: Buffer.alloc(dynamicEntries.length * (wide ? 16 : 8)),
        link: '.dynstr',
        entry: wide ? 16 : 8,
      },
    )
  }
  const sectionNames = Buffer.from(`\0${pieces.map(({ name }) => `${name}\0`).join('')}.shstrtab\0`)

  let end = headerLength + segmentCount * segmentLength
  const placed = pieces.map((piece) => {
    const offset = Math.ceil(end / piece.align) * piece.align
    end = offset + piece.bytes.length
    return { ...piece, offset }
  })
  const at = (name: string) => placed.find((piece) => piece.name === name)
  const dynamic = at('.dynamic')
  dynamic?.bytes.set(
    Buffer.concat(
      dynamicEntries.map(([tag, value]) =>
        Buffer.concat([long(tag), long(typeof value === 'number' ? value : base + (at(value)?.offset ?? 0))]),
      ),
    ),
  )

  const segment = (type: number, flags: number, offset: number, size: number, align: number) => {
    const address = base + offset
    return wide
      ? Buffer.concat([int(type), int(flags), ...[offset, address, address, size, size, align].map(long)])
      : Buffer.concat([int(type), ...[offset, address, address, size, size].map(long), int(flags), int(align)])
  }
  const of = (piece: (typeof placed)[number] | undefined, type: number, flags: number) =>
    piece === undefined ? [] : [segment(type, flags, piece.offset, piece.bytes.length, piece.align)]
  const segments = [
    segment(6, 4, headerLength, segmentCount * segmentLength, 8),
    ...of(at('.interp'), 3, 4),
    segment(1, 6, 0, end, 0x10000),
    ...of(dynamic, 2, 6),
    ...of(at('.note.gnu.build-id'), 4, 4),
  ]

  const namesAt = end
  const sectionsAt = Math.ceil((namesAt + sectionNames.length) / 8) * 8
  const section = (piece: Piece & { offset: number }, address: number) => {
    const link = 1 + placed.findIndex(({ name }) => name === piece.link)
    return Buffer.concat([
      int(sectionNames.indexOf(`${piece.name}\0`)),
      int(piece.type),
      ...[piece.flags, address, piece.offset, piece.bytes.length].map(long),
      int(link),
      int(piece.info ?? 0),
      ...[piece.align, piece.entry ?? 0].map(long),
    ])
  }
  const names: Piece & { offset: number } = {
    name: '.shstrtab',
    type: 3,
    flags: 0,
    align: 1,
    bytes: sectionNames,
    offset: namesAt,
  }
  const sections = [
    Buffer.alloc(sectionLength),
    ...placed.map((piece) => section(piece, base + piece.offset)),
    section(names, 0),
  ]
  const sectionCount = parts.stripped ? 0 : sections.length
  const header = Buffer.concat([
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, littleEndian ? 1 : 2, 1]),
    Buffer.alloc(9),
    half(parts.type ?? 3),
    half(parts.machine),
    int(1),
    ...[0, headerLength, parts.stripped ? 0 : sectionsAt].map(long),
    int(0),
    ...[headerLength, segmentLength, segmentCount, sectionLength, sectionCount, Math.max(0, sectionCount - 1)].map(
      half,
    ),
  ])
  const file = Buffer.alloc(parts.stripped ? end : sectionsAt + sections.length * sectionLength)
  Buffer.concat([header, ...segments]).copy(file)
  for (const piece of placed) piece.bytes.copy(file, piece.offset)
  if (parts.stripped) return file
  sectionNames.copy(file, namesAt)
  Buffer.concat(sections).copy(file, sectionsAt)
  return file
}

function stringTable({ dynamic }: ElfParts): { bytes: Buffer; offset: (text: string) => number } {
  const needs = (dynamic?.versions ?? []).flatMap(({ library, versions }) => [library, ...versions])
  const versioned = [...needs, ...(dynamic?.defines ?? [])]
  const paths = [dynamic?.rpath ?? '', dynamic?.runpath ?? '', dynamic?.soname ?? '']
  const long = [...new Set([...(dynamic?.needed ?? []), ...paths, ...versioned])]
  const symbols = (dynamic?.symbols ?? []).filter((name) => !long.some((text) => text.endsWith(name)))
  const bytes = Buffer.from(
    `\0${[...long, ...symbols]
      .filter((text) => text !== '')
      .map((text) => `${text}\0`)
      .join('')}`,
  )
  return { bytes, offset: (text) => (text === '' ? 0 : bytes.indexOf(`${text}\0`)) }
}
