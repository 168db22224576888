import { isUtf8 } from 'node:buffer'
import { closeSync, openSync, readSync, rmSync, statSync } from 'node:fs'
import { StrataError, toStrataError } from '../support/errors.ts'
import { type BuildInfo, binaryDistribution, relocatablePrefixes } from './build-info.ts'
import { type Classifier, createClassifiers } from './classify.ts'
import { defaultLevel } from './deflate.ts'
import { type Deflate, GzipWriter } from './gzip-writer.ts'
import { paddingAfter, type TarEntry, tarEndLength, tarHeader } from './tar-header.ts'
import { changedFile, reading, statFile, type WalkEntry, walkPrefix } from './walk.ts'

export type { BuildInfo } from './build-info.ts'

/** Part of every layer key: raised when the same prefix would give other bytes than before. */
export const packFormatVersion = 1

/** One installed package to pack. */
export interface PackInput {
  /** For messages: `cowsay@3.03/37rvtkm`. */
  readonly name: string
  /** The prefix as Spack knows it. */
  readonly prefix: string
  /** The folder that stands for `/`, when that is not `/` itself. */
  readonly sysroot?: string
  readonly buildInfo: BuildInfo
  /** Where the compressed layer is written: the blob store's, so that it can be renamed in. */
  readonly spoolFolder: string
  /** zlib level. */
  readonly level?: number
}

/** A layer that lies in `spoolFile` and belongs to the caller now. */
export interface PackedLayer {
  /** Of the compressed form, as the manifest names it. */
  readonly digest: `sha256:${string}`
  readonly size: number
  /** Of the tar, as the config's `rootfs.diff_ids` names it. */
  readonly diffId: `sha256:${string}`
  readonly uncompressedSize: number
  readonly spoolFile: string
  /** Members of the tar, parent directories and `binary_distribution` counted. */
  readonly entries: number
}

/** How one packing runs: where it writes, who deflates, what it reports. */
export interface PackRun {
  readonly spoolFile: string
  readonly deflate: Deflate
  /** Blocks that may be deflated or wait for their turn at once. */
  readonly maxPending: number
  /** Hears of the tar bytes so far; throws to stop the packing. */
  readonly onBlock: (bytesDone: number) => void
}

/**
 * Packs one prefix into a gzip-compressed tar, entry for entry Spack's (`_do_create_tarball`), reading every file once:
 * the same pass lays out, classifies, hashes and compresses. Throws `prefix-missing`, `file-unreadable`, `file-changed`,
 * `tar-unrepresentable`, `disk-full`; a packing that fails leaves no file.
 */
export async function packLayer(input: PackInput, run: PackRun): Promise<PackedLayer> {
  const root = `${input.sysroot ?? ''}${input.prefix}`
  checkPrefix(input, root)
  try {
    const file = openSync(run.spoolFile, 'wx', 0o644)
    try {
      const writer = new GzipWriter(file, { ...run, level: input.level ?? defaultLevel })
      const packing = new Packing(writer, input)
      await packing.run(root)
      return { ...(await writer.finish()), spoolFile: run.spoolFile, entries: packing.entries }
    } finally {
      closeSync(file)
    }
  } catch (thrown) {
    rmSync(run.spoolFile, { force: true })
    throw named(input, thrown)
  }
}

function checkPrefix(input: PackInput, root: string): void {
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory()) return
  throw new StrataError('prefix-missing', `${input.name}: its prefix ${root} is not there`, {
    hint: 'The database names a prefix that is gone: run `spack reindex`, or install the package again.',
    details: { prefix: root },
  })
}

/** The same error, with the package's name before it. */
function named(input: PackInput, thrown: unknown): StrataError {
  const error = toStrataError(thrown)
  const { hint, details, retryable } = error
  return new StrataError(error.code, `${input.name}: ${error.message}`, { hint, details, retryable, cause: thrown })
}

/** The layout of one tar, and what is learned on the way. */
class Packing {
  entries = 0
  private readonly writer: GzipWriter
  private readonly input: PackInput
  private readonly prefixName: string
  private readonly prefixes: readonly Buffer[]
  private readonly classifier: () => Classifier
  private readonly firstNames = new Map<string, Buffer>()
  private readonly textFiles: string[] = []
  private readonly binaries: string[] = []
  private readonly links: string[] = []

  constructor(writer: GzipWriter, input: PackInput) {
    this.writer = writer
    this.input = input
    this.prefixName = input.prefix.split('/').filter(Boolean).join('/')
    const prefixes = relocatablePrefixes(input.buildInfo)
    this.prefixes = prefixes.map((prefix) => Buffer.from(prefix))
    this.classifier = createClassifiers(prefixes)
  }

  async run(root: string): Promise<void> {
    const parts = this.prefixName.split('/')
    for (let depth = 1; depth <= parts.length; depth++) {
      await this.header({ kind: 'directory', name: Buffer.from(parts.slice(0, depth).join('/')), mode: 0o755, size: 0 })
    }
    for (const entry of walkPrefix(root)) await this.add(entry)
    const lists = { textFiles: this.textFiles, binaries: this.binaries, links: this.links }
    const info = Buffer.from(binaryDistribution(this.input.buildInfo, this.input.prefix, lists))
    const name = this.nameOf(Buffer.from('.spack/binary_distribution'))
    await this.header({ kind: 'file', name, mode: 0o644, size: info.length })
    await this.writer.write(info)
    await this.writer.writeZeros(paddingAfter(info.length))
    await this.writer.writeZeros(tarEndLength(this.writer.offset))
  }

  private async add(entry: WalkEntry): Promise<void> {
    const name = this.nameOf(entry.path)
    if (entry.kind === 'directory') return this.header({ kind: 'directory', name, mode: 0o755, size: 0 })
    if (entry.kind === 'symlink') {
      // Spack's expression, matched at the start of the target: a known prefix, whatever follows it.
      if (this.prefixes.some((prefix) => startsWith(entry.target, prefix))) this.links.push(listed(entry.path))
      return this.header({ kind: 'symlink', name, mode: 0o755, size: 0, link: entry.target })
    }
    const mode = entry.stat.executable ? 0o755 : 0o644
    if (entry.stat.links > 1) {
      const first = this.firstNames.get(entry.stat.identity)
      if (first) return this.header({ kind: 'hardlink', name, mode, size: 0, link: first })
      this.firstNames.set(entry.stat.identity, name)
    }
    await this.header({ kind: 'file', name, mode, size: entry.stat.size })
    await this.content(entry)
  }

  /** A file's bytes, read straight into the block they are deflated from. */
  private async content(entry: WalkEntry & { kind: 'file' }): Promise<void> {
    const { path, fd, stat } = entry
    // Nothing in `.spack` is ever relocated.
    const classifier = startsWith(path, spackFolder) ? undefined : this.classifier()
    for (let left = stat.size; left > 0; ) {
      const room = this.writer.room.subarray(0, left)
      const count = reading(path, () => readSync(fd, room))
      if (count === 0) throw changedFile(path.toString('utf8'))
      classifier?.update(room.subarray(0, count))
      left -= count
      await this.writer.advance(count)
    }
    const after = statFile(fd)
    if (after.size !== stat.size || after.modified !== stat.modified || after.changed !== stat.changed) {
      throw changedFile(path.toString('utf8'))
    }
    await this.writer.writeZeros(paddingAfter(stat.size))
    const found = classifier?.end()
    if (found === 'binary') this.binaries.push(listed(path))
    else if (found === 'text') this.textFiles.push(listed(path))
  }

  private async header(entry: TarEntry): Promise<void> {
    this.entries++
    await this.writer.write(tarHeader(entry))
  }

  private nameOf(path: Buffer): Buffer {
    return Buffer.concat([Buffer.from(`${this.prefixName}/`), path])
  }
}

const spackFolder = Buffer.from('.spack/')

function startsWith(bytes: Buffer, start: Buffer): boolean {
  return bytes.subarray(0, start.length).equals(start)
}

/** A path as `binary_distribution` lists it. YAML is UTF-8, so a file to relocate needs a name that is. */
function listed(path: Buffer): string {
  if (isUtf8(path)) return path.toString('utf8')
  const name = path.toString('latin1')
  throw new StrataError('tar-unrepresentable', `${name} has to be relocated, but its name is not UTF-8`, {
    hint: 'Rename the file; binary_distribution cannot name it, and Spack cannot either.',
  })
}
