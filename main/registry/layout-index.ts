import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StrataError, toStrataError } from '../support/errors.ts'
import { abortable } from './abortable.ts'
import { type Digest, isDigest } from './digest.ts'
import { cancelled } from './failure.ts'
import { realSleep } from './host.ts'
import { parseObject } from './media-types.ts'

/** An entry of `index.json`: OCI image specification, "Content Descriptors". Fields we do not know are kept. */
export interface IndexEntry {
  readonly mediaType: string
  readonly digest: Digest
  readonly size: number
  readonly annotations?: Readonly<Record<string, string>>
}

type Change = (entries: readonly IndexEntry[]) => readonly IndexEntry[]

interface IndexDocument {
  readonly entries: readonly IndexEntry[]
  readonly rest: Readonly<Record<string, unknown>>
}

/** The annotation that carries a tag (OCI image specification, "Annotations"; skopeo and podman write it). */
export const refName = 'org.opencontainers.image.ref.name'

/** An index of a hundred thousand tags; larger than this is not ours. */
const maxIndexSize = 64 * 1024 * 1024
/** Writing the index takes milliseconds: whoever has held its lock for so long is gone. */
const staleLock = 30_000

/**
 * The `index.json` of an OCI image layout folder. It is always replaced whole, by rename, so that readers need no lock;
 * writers of all processes take turns by `index.json.lock`.
 */
export class LayoutIndex {
  private readonly path: string
  /** Changes that wait for the writing that runs; one more writing does all of them. */
  private pending: Change[] = []
  private writing: Promise<void> = Promise.resolve()
  /** What was read last, and of which file: a push asks for hundreds of tags of one index. */
  private known: { readonly stamp: string; readonly document: IndexDocument } | undefined

  constructor(path: string) {
    this.path = path
  }

  /** The entries; none when the folder does not exist. @throws StrataError `layout-invalid` */
  async read(): Promise<readonly IndexEntry[]> {
    return (await this.document()).entries
  }

  /** Replaces the entries by what `change` makes of them. Writers of this and of other processes take turns. */
  async update(change: Change, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw cancelled(signal)
    this.pending.push(change)
    if (this.pending.length === 1) this.writing = this.writing.catch(() => undefined).then(() => this.write())
    await abortable(this.writing, signal)
  }

  /**
   * Makes the folder a layout, if it is none yet.
   * @throws StrataError `layout-invalid` when it holds something else: nothing is strewn among a user's files
   */
  async create(): Promise<void> {
    await mkdir(this.path, { recursive: true })
    const names = await readdir(this.path)
    const foreign = names.filter(
      (name) => !name.startsWith('index.json') && !['oci-layout', 'blobs'].includes(name) && !name.startsWith('.'),
    )
    if (!names.includes('oci-layout') && foreign.length > 0) {
      throw new StrataError(
        'layout-invalid',
        `${this.path} is not an OCI layout, and not empty (it holds ${foreign[0]})`,
        {
          hint: 'Name a new or an empty folder.',
        },
      )
    }
    await mkdir(join(this.path, 'blobs', 'sha256'), { recursive: true })
    if (!names.includes('oci-layout')) await this.replace('oci-layout', '{"imageLayoutVersion":"1.0.0"}')
    if (names.includes('index.json')) return
    await this.update((entries) => entries)
  }

  private async write(): Promise<void> {
    const lock = join(this.path, 'index.json.lock')
    try {
      await takeLock(lock)
    } catch (thrown) {
      // Those who asked meanwhile hear of it, too; the next begins anew.
      this.pending = []
      throw thrown
    }
    try {
      const changes = this.pending.splice(0)
      const { entries, rest } = await this.document()
      const manifests = changes.reduce((before, change) => change(before), entries)
      await this.replace('index.json', JSON.stringify({ ...rest, schemaVersion: 2, manifests }))
    } finally {
      await rm(lock, { force: true })
    }
  }

  private async document(): Promise<IndexDocument> {
    const file = join(this.path, 'index.json')
    const found = await stat(file, { bigint: true }).catch(() => undefined)
    if (!found) return { entries: [], rest: {} }
    const stamp = `${found.ino} ${found.size} ${found.mtimeNs}`
    if (this.known?.stamp === stamp) return this.known.document
    if (found.size > maxIndexSize) throw new StrataError('layout-invalid', `${file} has ${found.size} bytes`)
    const document = parseObject(await readFile(file))
    if (!document) throw new StrataError('layout-invalid', `${file} is not a JSON object`)
    const { manifests = [], ...rest } = document
    if (!Array.isArray(manifests) || !manifests.every(isEntry)) {
      throw new StrataError('layout-invalid', `${file}: "manifests" is not a list of descriptors`)
    }
    this.known = { stamp, document: { entries: manifests, rest } }
    return this.known.document
  }

  private async replace(name: string, text: string): Promise<void> {
    const temporary = join(this.path, `.${name}.${randomUUID()}.tmp`)
    try {
      await writeFile(temporary, text, { flag: 'wx' })
      await rename(temporary, join(this.path, name))
    } catch (thrown) {
      await rm(temporary, { force: true })
      throw toStrataError(thrown, `writing ${name} of ${this.path}`)
    }
  }
}

function isEntry(value: unknown): value is IndexEntry {
  if (typeof value !== 'object' || value === null) return false
  const { mediaType, digest, size } = value as Partial<IndexEntry>
  return typeof mediaType === 'string' && isDigest(digest) && typeof size === 'number'
}

/** Creates the lock file, or waits until its owner has removed it or must be dead. */
async function takeLock(lock: string): Promise<void> {
  for (let pause = 2; ; pause = Math.min(50, pause * 2)) {
    try {
      const handle = await open(lock, 'wx')
      await handle.close()
      return
    } catch (thrown) {
      if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST')) throw toStrataError(thrown, lock)
    }
    const held = await stat(lock).catch(() => undefined)
    if (held && Date.now() - held.mtimeMs > staleLock) await rm(lock, { force: true })
    else await realSleep(pause)
  }
}
