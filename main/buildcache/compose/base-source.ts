import type { BigIntStats } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { absoluteBase, isBasePath } from '../../image/base-path.ts'
import { cancelled } from '../../registry/failure.ts'
import { LayoutRepository } from '../../registry/layout-repository.ts'
import { imageName, type LayoutReference, parseReference, type Reference } from '../../registry/reference.ts'
import type { Repository } from '../../registry/repository.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { assertNever } from '../../support/assert.ts'
import { StrataError, toStrataError } from '../../support/errors.ts'
import type { Connection } from '../connection.ts'
import { shellQuote } from '../push/command.ts'
import { ArchiveFile } from './base-file/archive-file.ts'
import { importDocker } from './base-file/docker.ts'
import { inspectArchive, whatCanBeGiven } from './base-file/inspect.ts'
import { chooseLayoutImage, importOci } from './base-file/oci.ts'
import { importSystem } from './base-file/system.ts'
import type { OnComposeProgress } from './progress.ts'

/** A base image where its blobs can be read; `repository.reference` names it with its tag or digest. */
export interface BaseSource {
  readonly repository: Repository
  /** It came from a file, whose path is nobody's business: the image does not say what it is based on. */
  readonly fromFile: boolean
  /** What people call it: `ubuntu:24.04`, `debian12.tar`. */
  readonly name: string
}

interface OpenBaseOptions {
  readonly connection: Connection
  readonly store: BlobStore
  readonly signal?: AbortSignal
  /** Hears how far the import of a file is, unless it was imported before. */
  readonly onProgress?: OnComposeProgress
}

/** What an import writes: another number, and files are imported anew. */
const importVersion = 1

/**
 * Opens what a composition's `base` names: a reference, or by its absolute path (or file:// URL) an OCI layout folder, an
 * OCI archive, a docker archive or a tar of a root file system, the tars plain or compressed with gzip. What a file is, its
 * content says. Where it holds several images, the path is followed by `:` and a tag or name.
 *
 * A folder is read where it is. A file is made an OCI layout in the blob store once, known by its path, size, time and
 * inode, and opened from there: so whoever reads a base reads a repository.
 *
 * Throws `file-missing`, `archive-invalid`, `layout-invalid` or `digest-mismatch`, in words that name the file, and what
 * `parseReference` throws.
 */
export async function openBase(base: string, options: OpenBaseOptions): Promise<BaseSource> {
  if (!isBasePath(base)) {
    const reference = parseReference(base)
    const repository = await options.connection.open(reference)
    return { repository, fromFile: reference.kind === 'layout', name: nameOfImage(reference) }
  }
  const found = await findBase(absolute(base))
  const { path, name } = found
  const reference = found.stats.isDirectory() ? await inFolder(found) : await inFile(found, options)
  const called = name === undefined ? basename(path) : `${basename(path)}:${name}`
  return { repository: new LayoutRepository(reference, path), fromFile: true, name: called }
}

/** What people call an image: `ubuntu:24.04`. */
export function nameOfImage(reference: Reference): string {
  const name = imageName({ ...reference, digest: undefined })
  return name.slice(name.lastIndexOf('/') + 1)
}

interface FoundBase {
  readonly path: string
  /** Of several images in it, the one that is meant. */
  readonly name: string | undefined
  readonly stats: BigIntStats
}

function absolute(base: string): string {
  if (base.startsWith('/')) return base
  if (base.startsWith('file://')) return absoluteBase(base, { folder: '/', home: '/' })
  throw new StrataError('reference-invalid', `the base image "${base}" is named by a path that is not absolute`)
}

/** The longest part of the text up to a colon that is there; the rest names an image. Files may have colons in their names. */
async function findBase(text: string): Promise<FoundBase> {
  for (let end = text.length; end > 0; end = text.lastIndexOf(':', end - 1)) {
    const path = text.slice(0, end)
    try {
      const stats = await stat(path, { bigint: true })
      return { path, name: end === text.length ? undefined : text.slice(end + 1), stats }
    } catch (thrown) {
      const { code = '' } = thrown as NodeJS.ErrnoException
      if (!['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(code)) throw toStrataError(thrown, `the base image ${text}`)
    }
  }
  throw new StrataError('file-missing', `the base image ${text}: there is no such file or folder`)
}

async function inFolder({ path, name }: FoundBase): Promise<LayoutReference> {
  const names = new Set(await readdir(path))
  if (names.has('oci-layout') || names.has('index.json')) return chooseLayoutImage(path, name, path)
  const isSystem = names.has('usr') || names.has('bin')
  throw new StrataError('layout-invalid', `the folder ${path} is no OCI layout`, {
    hint: isSystem
      ? `It looks like a root file system: make a tar of it with tar -C ${shellQuote(path)} -czf rootfs.tar.gz .`
      : whatCanBeGiven,
  })
}

async function inFile(
  { path: file, name, stats }: FoundBase,
  { store, signal, onProgress }: OpenBaseOptions,
): Promise<LayoutReference> {
  if (!stats.isFile()) throw new StrataError('archive-invalid', `${file} is no ordinary file`, { hint: whatCanBeGiven })
  const { dev, ino, size, mtimeNs } = stats
  const key = ['base', importVersion, file, dev, ino, size, mtimeNs, name ?? ''].join('\n')
  const make = async (folder: string): Promise<void> => {
    const onImport = (done: number, total: number): void =>
      onProgress?.({ what: 'import', done, total, name: basename(file) })
    await importFile(new ArchiveFile(file, Number(size), { signal, onImport }), name, folder)
    const after = await stat(file, { bigint: true })
    if (after.mtimeNs === mtimeNs && after.size === size && after.ino === ino) return
    throw new StrataError('file-changed', `${file} changed while it was read`)
  }
  try {
    // What was imported is the one image that is meant.
    return await chooseLayoutImage(await store.folder(key, make, signal), undefined, file)
  } catch (thrown) {
    if (signal?.aborted) throw cancelled(signal)
    throw named(file, thrown)
  }
}

/** What the readers of layers say does not tell in which file they were. */
function named(file: string, thrown: unknown): StrataError {
  const error = toStrataError(thrown, `the base image ${file}`)
  if (error.message.includes(file)) return error
  const code = error.code === 'layer-invalid' ? 'archive-invalid' : error.code
  return new StrataError(code, `${file}: ${error.message}`, { details: error.details, cause: thrown })
}

async function importFile(archive: ArchiveFile, name: string | undefined, folder: string): Promise<void> {
  const found = await inspectArchive(archive)
  switch (found.kind) {
    case 'docker':
      return importDocker(archive, found, name, folder)
    case 'oci':
      return importOci(archive, name, folder)
    case 'system':
      if (name !== undefined) {
        throw new StrataError('archive-invalid', `${archive.path} is a root file system, which holds no image ${name}`)
      }
      return importSystem(archive, found, folder)
    default:
      return assertNever(found)
  }
}
