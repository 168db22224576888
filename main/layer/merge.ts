import { closeSync, openSync, rmSync } from 'node:fs'
import { StrataError, toStrataError } from '../support/errors.ts'
import { defaultLevel } from './deflate.ts'
import { checkDigests } from './extract.ts'
import { type GzipResult, GzipWriter } from './gzip-writer.ts'
import { type LayerDigests, readLayer } from './layer-stream.ts'
import { MergedTree, type Placed, type TreeNode } from './merged-tree.ts'
import type { PackRun } from './pack.ts'
import { paddingAfter, type TarEntry, tarEndLength, tarHeader } from './tar-header.ts'
import { type TarMember, TarReader, type TarSink } from './tar-reader.ts'

/** One layer to merge. */
export interface LayerToMerge {
  /** For messages: `cowsay@3.03`. */
  readonly name: string
  /** A gzip-compressed tar. */
  readonly file: string
  /** What the manifest and the config say of it; what is given is checked. */
  readonly expected?: Partial<LayerDigests>
}

/** Layers to merge, lowest first. */
export interface MergeInput {
  /** For messages. */
  readonly name: string
  readonly layers: readonly LayerToMerge[]
  /** Where the merged layer is written: the blob store's, so that it can be renamed in. */
  readonly spoolFolder: string
  /** The most bytes of each layer's tar. */
  readonly maxUncompressedSize: number
}

/** A merged layer that lies in `spoolFile` and belongs to the caller now. */
export interface MergedLayer extends GzipResult {
  readonly spoolFile: string
  /** Members of its tar. */
  readonly entries: number
}

/**
 * Merges layers, lowest first, into one that unpacks to the same tree as they do one after the other, on whatever lies
 * below them. Like every layer that is packed here it is the same bytes for the same layers: owner 0, time 0, each
 * directory once, and deletions of what lies below first.
 *
 * Each layer is inflated twice: once to learn what is left of it in the end, once to copy that. Nothing but names is kept
 * in memory. `maxUncompressedSize` bounds each layer's tar.
 * Throws `layer-invalid`, `layer-unsafe`, `size-exceeded`, `digest-mismatch`, `disk-full`, naming the layer, and what
 * `onBlock` throws; a merge that fails leaves no file.
 */
export async function mergeLayers(
  layers: readonly LayerToMerge[],
  run: PackRun & { readonly maxUncompressedSize: number },
): Promise<MergedLayer> {
  const tree = new MergedTree()
  const placed: Placed[][] = []
  for (const layer of layers) {
    const members: Placed[] = []
    tree.startLayer()
    const sink = { begin: (member: TarMember) => members.push(tree.add(member)), content: nothing, end: nothing }
    // Nothing is written yet, but who wants to stop need not wait for that.
    await readMembers(layer, run.maxUncompressedSize, sink, () => run.onBlock(0))
    placed.push(members)
  }
  const file = openSync(run.spoolFile, 'wx', 0o644)
  try {
    const writing = new MergeWriter(new GzipWriter(file, { ...run, level: defaultLevel }), tree)
    await writing.writeWhiteouts()
    for (const [i, layer] of layers.entries()) {
      writing.startLayer(placed[i] ?? [])
      await readMembers(layer, run.maxUncompressedSize, writing, () => writing.flush())
    }
    return { ...(await writing.finish()), spoolFile: run.spoolFile, entries: writing.entries }
  } catch (thrown) {
    rmSync(run.spoolFile, { force: true })
    throw thrown
  } finally {
    closeSync(file)
  }
}

const nothing = (): void => undefined

async function readMembers(
  layer: LayerToMerge,
  limit: number,
  sink: TarSink,
  afterChunk: () => void | Promise<void>,
): Promise<void> {
  try {
    const reader = new TarReader(sink)
    const digests = await readLayer(layer.file, limit, (chunk) => {
      reader.push(chunk)
      return afterChunk()
    })
    reader.finish()
    checkDigests(layer.expected ?? {}, digests)
  } catch (thrown) {
    const { code, message, hint, details, retryable } = toStrataError(thrown)
    throw new StrataError(code, `${layer.name}: ${message}`, { hint, details, retryable, cause: thrown })
  }
}

/** The second pass: writes of each layer's members what is left of them in the end. */
class MergeWriter implements TarSink {
  entries = 0
  private readonly writer: GzipWriter
  private readonly tree: MergedTree
  /** Files and links that are written, with the name that they were written under first. */
  private readonly firstNames = new Map<TreeNode, string>()
  private readonly written = new Set<string>()
  /** What the piece of tar at hand gives, until it is written. */
  private readonly waiting: Uint8Array[] = []
  private members: readonly Placed[] = []
  private next = 0
  /** Whether the content at hand is copied; its padding comes after it. */
  private copying = false
  private padding = 0

  constructor(writer: GzipWriter, tree: MergedTree) {
    this.writer = writer
    this.tree = tree
  }

  startLayer(members: readonly Placed[]): void {
    this.members = members
    this.next = 0
  }

  /** First of all, because unpackers delete what they find when they come to one, also what this very layer made. */
  async writeWhiteouts(): Promise<void> {
    for (const path of this.tree.whiteouts) {
      this.writeParents(path)
      this.header({ kind: 'file', mode: 0o644, size: 0 }, path)
    }
    await this.flush()
  }

  begin(member: TarMember): void {
    this.copying = false
    const placed = this.members[this.next++]
    if (!placed) throw new StrataError('file-changed', 'its layer changed while it was read')
    if (placed.kind === 'node') this.writeNode(placed.node, placed.path, member)
    if (placed.kind !== 'outside' || this.written.has(placed.path)) return
    const link = this.tree.outside.get(placed.path)
    if (link) this.header({ kind: 'hardlink', mode: member.mode, size: 0, link }, placed.path)
  }

  content(piece: Buffer): void {
    if (this.copying) this.waiting.push(piece)
  }

  end(): void {
    if (this.copying && this.padding > 0) this.waiting.push(new Uint8Array(this.padding))
    this.copying = false
  }

  /** The pieces of content are only good until the next of the tar is read. */
  async flush(): Promise<void> {
    for (const bytes of this.waiting.splice(0)) await this.writer.write(bytes)
  }

  async finish(): Promise<GzipResult> {
    await this.writer.writeZeros(tarEndLength(this.writer.offset))
    return this.writer.finish()
  }

  /** `member` is the one that brings the node, or a further name of it; undefined for a directory that comes early. */
  private writeNode(node: TreeNode, path: string, member: TarMember | undefined): void {
    const { mode, names } = node
    if (node.kind === 'directory') {
      if (names.has(path) && !this.written.has(path)) this.header({ kind: 'directory', mode, size: 0 }, path)
      return
    }
    const first = this.firstNames.get(node)
    if (first !== undefined) {
      if (!names.has(path) || this.written.has(path)) return
      this.header({ kind: 'hardlink', mode, size: 0, link: Buffer.from(first, 'latin1') }, path)
      return
    }
    // The name that its content came under may be gone, while a hard link to it is still there.
    const [name] = names.has(path) ? [path] : names
    if (name === undefined || !member) return
    this.firstNames.set(node, name)
    if (name !== path) this.writeParents(name)
    if (node.kind === 'symlink') {
      this.header({ kind: 'symlink', mode, size: 0, link: member.link }, name)
      return
    }
    this.header({ kind: 'file', mode, size: member.size }, name)
    this.copying = true
    this.padding = paddingAfter(member.size)
  }

  /** The directories that lead to what is written earlier than its layer had it. */
  private writeParents(path: string): void {
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      const parent = path.slice(0, slash)
      const node = this.tree.at(parent)
      if (node) this.writeNode(node, parent, undefined)
    }
  }

  private header(entry: Omit<TarEntry, 'name'>, path: string): void {
    this.entries++
    this.written.add(path)
    this.waiting.push(tarHeader({ ...entry, name: Buffer.from(path, 'latin1') }))
  }
}
