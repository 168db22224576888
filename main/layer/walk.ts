import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readlinkSync } from 'node:fs'
import { StrataError, toStrataError } from '../support/errors.ts'
import { comparePythonOrder } from './python-string.ts'

/** One thing below a prefix, with its path relative to the prefix as bytes; a file comes open. */
export type WalkEntry =
  | { readonly kind: 'directory'; readonly path: Buffer }
  | { readonly kind: 'symlink'; readonly path: Buffer; readonly target: Buffer }
  | { readonly kind: 'file'; readonly path: Buffer; readonly fd: number; readonly stat: FileStat }

/** What tells whether a file is still the one it was, and which names are the same file. */
export interface FileStat {
  readonly identity: string
  readonly regular: boolean
  readonly links: number
  readonly executable: boolean
  readonly size: number
  readonly modified: bigint
  readonly changed: bigint
}

/** Holds the content of the package: Spack writes it into every tar anew, so an older one is left out. */
const binaryDistribution = '.spack/binary_distribution'
const slash = Buffer.from('/')

/**
 * Everything below `root` in the order of Spack's tar (util/archive.py): in each directory its files and links by code
 * point, then its directories likewise, each before its content. Sockets, fifos and devices are left out, so
 * are an older `.spack/binary_distribution` and further names of it. A file is open while its entry is looked at and
 * closed when the walk goes on. Throws `file-unreadable` or `file-changed`, naming the path.
 */
export function* walkPrefix(root: string): Generator<WalkEntry> {
  const base = Buffer.from(`${root}/`)
  const skipped = identityOf(`${root}/${binaryDistribution}`)
  const stack: Buffer[] = [Buffer.alloc(0)]
  for (let folder = stack.pop(); folder !== undefined; folder = stack.pop()) {
    if (folder.length > 0) yield { kind: 'directory', path: folder }
    const folders: Buffer[] = []
    for (const entry of entriesOf(base, folder)) {
      const path = folder.length > 0 ? Buffer.concat([folder, slash, entry.name]) : entry.name
      if (entry.isDirectory()) folders.push(path)
      else if (entry.isSymbolicLink()) {
        const target = reading(path, () => readlinkSync(Buffer.concat([base, path]), 'buffer'))
        yield { kind: 'symlink', path, target }
      } else if (entry.isFile()) yield* openFile(base, path, skipped)
    }
    stack.push(...folders.reverse())
  }
}

function entriesOf(base: Buffer, folder: Buffer) {
  const path = Buffer.concat([base, folder])
  const entries = reading(folder, () => readdirSync(path, { encoding: 'buffer', withFileTypes: true }))
  return entries.sort((a, b) => comparePythonOrder(a.name, b.name))
}

function* openFile(base: Buffer, path: Buffer, skipped: string | undefined): Generator<WalkEntry> {
  // A file that became a link or a fifo since the directory was read must neither be followed nor block.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const fd = reading(path, () => openSync(Buffer.concat([base, path]), flags))
  try {
    const stat = statFile(fd)
    if (!stat.regular) throw changedFile(path.toString('utf8'))
    if (stat.identity !== skipped) yield { kind: 'file', path, fd, stat }
  } finally {
    closeSync(fd)
  }
}

export function statFile(fd: number): FileStat {
  const stat = fstatSync(fd, { bigint: true })
  return {
    identity: `${stat.dev}:${stat.ino}`,
    regular: stat.isFile(),
    links: Number(stat.nlink),
    executable: (stat.mode & 0o100n) !== 0n,
    size: Number(stat.size),
    modified: stat.mtimeNs,
    changed: stat.ctimeNs,
  }
}

function identityOf(path: string): string | undefined {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  return stat && `${stat.dev}:${stat.ino}`
}

/** What opening and reading fails with when a name is no longer what its directory said: gone, a link, a folder, a socket. */
const changedErrnos = new Set(['ENOENT', 'ELOOP', 'ENOTDIR', 'ENXIO'])

/** Runs one read of the file system; its failure says which file of the package it was. */
export function reading<T>(path: Uint8Array, read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    const errno = (thrown as NodeJS.ErrnoException).code
    const name = Buffer.from(path).toString('utf8') || '.'
    if (errno !== undefined && changedErrnos.has(errno)) throw changedFile(name, thrown)
    if (errno === 'EMFILE' || errno === 'ENFILE') throw toStrataError(thrown, name)
    throw new StrataError('file-unreadable', `${name} cannot be read: ${errno ?? String(thrown)}`, {
      hint: 'Check who owns it and its mode; a package is packed whole or not at all.',
      details: { file: name },
      cause: thrown,
    })
  }
}

/** The error for a file that is not what it was when the packing began. */
export function changedFile(name: string, cause?: unknown): StrataError {
  return new StrataError('file-changed', `${name} changed while it was packed`, {
    hint: 'Wait for what writes there (an install, a build) to finish, and run it again.',
    details: { file: name },
    cause,
  })
}
