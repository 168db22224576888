import { type ByteSource, type Edit, type Refusal, readRange, type Scan } from './edits.ts'
import { type Mapping, movePath } from './prefix-map.ts'

/**
 * Mach-O load commands that hold a path: `LC_RPATH`, `LC_ID_DYLIB` and the kinds of `LC_LOAD_DYLIB`. Numbers and
 * structures after <mach-o/loader.h> and <mach-o/fat.h>.
 */
const pathCommands = new Set<number>([
  0x0c, // LC_LOAD_DYLIB
  0x0d, // LC_ID_DYLIB
  0x20, // LC_LAZY_LOAD_DYLIB
  0x80000018, // LC_LOAD_WEAK_DYLIB
  0x8000001c, // LC_RPATH
  0x8000001f, // LC_REEXPORT_DYLIB
  0x80000023, // LC_LOAD_UPWARD_DYLIB
])
const segment32 = 0x01
const segment64 = 0x19
const objectFile = 1

/** One Mach-O image: the whole file, or one architecture of a universal one. */
interface Image {
  /** Of its header in the file; offsets inside the image count from here. */
  readonly start: number
  readonly littleEndian: boolean
  readonly headerLength: 28 | 32
  /** The load commands, without the header. */
  readonly commands: Buffer
}

interface Command {
  readonly at: number
  readonly length: number
  readonly kind: number
}

/**
 * What relocation does to the load commands of a Mach-O file, universal or not: nothing for any other file. A path is
 * replaced in its command's room, else the commands grow into the padding that linkers leave behind them for
 * `install_name_tool`; what does not fit there is refused. On macOS a changed file wants a new signature afterwards.
 */
export function scanMachO(file: ByteSource, mappings: readonly Mapping[]): Scan {
  const scans = imageStarts(file).flatMap((start) => {
    const image = readImage(file, start)
    return image === undefined ? [] : [scanImage(image, mappings)]
  })
  const refusals = scans.flatMap((scan) => (scan.kind === 'refused' ? scan.refusals : []))
  if (refusals.length > 0) return { kind: 'refused', refusals }
  return { kind: 'edits', edits: scans.flatMap((scan) => (scan.kind === 'edits' ? scan.edits : [])) }
}

function imageStarts(file: ByteSource): number[] {
  const header = readRange(file, 0, 8)
  if (header === undefined) return []
  const magic = header.readUInt32BE(0)
  if (magic !== 0xcafebabe && magic !== 0xcafebabf) return [0]
  const wide = magic === 0xcafebabf
  const length = wide ? 32 : 20
  const count = header.readUInt32BE(4)
  // The same magic begins a Java class, whose version stands here; Spack draws the line at 10, too.
  const table = count < 10 ? readRange(file, 8, 8 + count * length) : undefined
  if (table === undefined) return []
  return Array.from({ length: count }, (_, index) =>
    wide ? Number(table.readBigUInt64BE(index * length + 8)) : table.readUInt32BE(index * length + 8),
  )
}

function readImage(file: ByteSource, start: number): Image | undefined {
  const header = readRange(file, start, start + 28)
  if (header === undefined) return undefined
  const magic = header.readUInt32BE(0)
  const littleEndian = magic === 0xcffaedfe || magic === 0xcefaedfe
  if (!littleEndian && magic !== 0xfeedfacf && magic !== 0xfeedface) return undefined
  const wide = magic === 0xcffaedfe || magic === 0xfeedfacf
  const word = (at: number) => (littleEndian ? header.readUInt32LE(at) : header.readUInt32BE(at))
  if (word(12) === objectFile) return undefined
  const headerLength = wide ? 32 : 28
  const begin = start + headerLength
  const commands = readRange(file, begin, begin + word(20))
  return commands && { start, littleEndian, headerLength, commands }
}

function scanImage(image: Image, mappings: readonly Mapping[]): Scan {
  const commands = commandsOf(image)
  const room = commands && roomForCommands(image, commands)
  if (commands === undefined || room === undefined) return { kind: 'edits', edits: [] }
  const changes = commands.map((command) => changedCommand(image, command, mappings))
  if (changes.every((change) => change === undefined)) return { kind: 'edits', edits: [] }
  const rewritten = Buffer.concat(
    commands.map(({ at, length }, index) => changes[index]?.bytes ?? image.commands.subarray(at, at + length)),
  )
  const grown = changes.filter((change) => change !== undefined).filter(({ refusal }) => refusal !== undefined)
  if (rewritten.length > room) return { kind: 'refused', refusals: grown.flatMap(({ refusal }) => refusal ?? []) }
  const begin = image.start + image.headerLength
  const edits: Edit[] = [{ offset: begin, bytes: rewritten }]
  if (rewritten.length !== image.commands.length) {
    edits.unshift({ offset: image.start + 20, bytes: wordBytes(image, rewritten.length) })
  }
  return { kind: 'edits', edits }
}

/** The commands in order; undefined when they do not fill their area as the header says. */
function commandsOf(image: Image): Command[] | undefined {
  const commands: Command[] = []
  let at = 0
  while (at < image.commands.length) {
    if (at + 8 > image.commands.length) return undefined
    const length = word(image, at + 4)
    if (length < 8 || at + length > image.commands.length) return undefined
    commands.push({ at, length, kind: word(image, at) })
    at += length
  }
  return commands
}

/** The bytes that load commands may take: up to the first section's content, or to the first segment that is not at the start. */
function roomForCommands(image: Image, commands: readonly Command[]): number | undefined {
  const contents = commands.flatMap((command) => contentOffsets(image, command)).filter((offset) => offset > 0)
  const first = contents.length === 0 ? image.headerLength + image.commands.length : Math.min(...contents)
  const room = first - image.headerLength
  return room < image.commands.length ? undefined : room
}

function contentOffsets(image: Image, { at, length, kind }: Command): number[] {
  if (kind !== segment32 && kind !== segment64) return []
  const wide = kind === segment64
  const [segmentLength, sectionLength] = wide ? [72, 80] : [56, 68]
  const sectionCount = length < segmentLength ? 0 : word(image, at + (wide ? 64 : 48))
  if (segmentLength + sectionCount * sectionLength > length) return []
  const offsets = Array.from({ length: sectionCount }, (_, index) =>
    word(image, at + segmentLength + index * sectionLength + (wide ? 48 : 40)),
  )
  // No file is so long that the upper half of a 64-bit offset matters here: it is the smallest one that is wanted.
  const ownOffset = wide ? word(image, at + 40 + (image.littleEndian ? 0 : 4)) : word(image, at + 32)
  return [...offsets, ownOffset]
}

interface ChangedCommand {
  readonly bytes: Buffer
  /** What to say when the command had to grow and cannot. */
  readonly refusal: Refusal | undefined
}

function changedCommand(image: Image, command: Command, mappings: readonly Mapping[]): ChangedCommand | undefined {
  if (!pathCommands.has(command.kind) || command.length < 12) return undefined
  const old = image.commands.subarray(command.at, command.at + command.length)
  const pathAt = word(image, command.at + 8)
  if (pathAt < 12 || pathAt >= command.length) return undefined
  const nul = old.indexOf(0, pathAt)
  const was = old.subarray(pathAt, nul === -1 ? old.length : nul)
  const now = movePath(was, mappings)
  if (now === undefined) return undefined
  const grows = pathAt + now.length + 1 > command.length
  const length = grows ? Math.ceil((pathAt + now.length + 1) / 8) * 8 : command.length
  const bytes = Buffer.concat([old.subarray(0, pathAt), now], length)
  wordBytes(image, length).copy(bytes, 4)
  const offset = image.start + image.headerLength + command.at + pathAt
  const [from, to] = [was.toString(), now.toString()]
  return {
    bytes,
    refusal: grows ? { kind: 'cannot-grow', where: 'load-command', offset, from, to, found: from } : undefined,
  }
}

function word(image: Image, at: number): number {
  return image.littleEndian ? image.commands.readUInt32LE(at) : image.commands.readUInt32BE(at)
}

function wordBytes(image: Image, value: number): Buffer {
  const bytes = Buffer.alloc(4)
  if (image.littleEndian) bytes.writeUInt32LE(value)
  else bytes.writeUInt32BE(value)
  return bytes
}
