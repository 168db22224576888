import { closeSync, constants, fstatSync, openSync, type Stats, statSync } from 'node:fs'
import { StrataError, toStrataError } from '../../support/errors.ts'
import type { ByteRange, LockMode, PosixLocks } from './posix-lock.ts'

/** One descriptor per file: closing a second one would take this process's locks away. */
interface OpenFile {
  readonly identity: string
  readonly fd: number
  /** Locks that are held, and calls that look at the file now. */
  users: number
  /** What this process holds, by range: the system does not keep its own threads and jobs apart. */
  readonly held: Map<string, { readonly mode: LockMode; count: number }>
}

/** A lock, or the lack of one: whose is it then. */
export type Attempt = { readonly release: () => void } | { readonly holder: number | undefined }

/**
 * The locks of this process. Readers share within the process as they do between processes; a writer excludes both.
 * Nothing here waits.
 */
export class LockTable {
  private readonly system: PosixLocks
  private readonly files = new Map<string, OpenFile>()

  constructor(system: PosixLocks) {
    this.system = system
  }

  /**
   * Tries to lock a range of a file, which is made when it is not there. `release` may be called more than once. Throws
   * `permission-denied` when the file may not be opened (a writer must be able to write), `locks-unavailable`.
   */
  attempt(path: string, range: ByteRange, mode: LockMode): Attempt {
    const file = this.open(path, mode)
    file.users++
    try {
      const taken = this.take(file, range, mode)
      if (taken) file.users++
      return taken ? { release: once(() => this.release(file, range)) } : { holder: this.holder(file, range, mode) }
    } finally {
      this.leave(file)
    }
  }

  private take(file: OpenFile, range: ByteRange, mode: LockMode): boolean {
    const key = keyOf(range)
    const held = file.held.get(key)
    if (held !== undefined) {
      if (held.mode === 'exclusive' || mode === 'exclusive') return false
      held.count++
      return true
    }
    if (!this.system.set(file.fd, range, mode)) return false
    file.held.set(key, { mode, count: 1 })
    return true
  }

  private holder(file: OpenFile, range: ByteRange, mode: LockMode): number | undefined {
    return file.held.has(keyOf(range)) ? process.pid : this.system.holder(file.fd, range, mode)
  }

  private release(file: OpenFile, range: ByteRange): void {
    const key = keyOf(range)
    const held = file.held.get(key)
    if (held !== undefined && --held.count === 0) {
      file.held.delete(key)
      this.system.set(file.fd, range, undefined)
    }
    this.leave(file)
  }

  private leave(file: OpenFile): void {
    if (--file.users > 0) return
    this.files.delete(file.identity)
    closeSync(file.fd)
  }

  private open(path: string, mode: LockMode): OpenFile {
    // Looked up before it is opened: opening and closing it again is what must not happen.
    const before = statSync(path, { throwIfNoEntry: false })
    const known = before && this.files.get(identityOf(before))
    if (known) return known
    const fd = openLockFile(path, mode)
    const file: OpenFile = { identity: identityOf(fstatSync(fd)), fd, users: 0, held: new Map() }
    this.files.set(file.identity, file)
    return file
  }
}

/** As Spack opens its lock files: for writing even to read, so that a lock can be upgraded; read-only where it must. */
function openLockFile(path: string, mode: LockMode): number {
  try {
    return openSync(path, constants.O_RDWR | constants.O_CREAT, 0o777)
  } catch (thrown) {
    const denied = thrown instanceof Error && 'code' in thrown && /^(EACCES|EROFS|EPERM)$/.test(String(thrown.code))
    if (denied && mode === 'shared' && statSync(path, { throwIfNoEntry: false }))
      return openSync(path, constants.O_RDONLY)
    if (!denied) throw toStrataError(thrown, `opening ${path}`)
    throw new StrataError('permission-denied', `${path} cannot be locked: ${(thrown as Error).message}`, {
      cause: thrown,
      hint: 'Only who may write to a store can change it. Ask its owner, or install into a store of your own.',
      details: { file: path },
    })
  }
}

function identityOf(stats: Stats): string {
  return `${stats.dev}:${stats.ino}`
}

function keyOf(range: ByteRange): string {
  return `${range.start}+${range.length}`
}

function once(call: () => void): () => void {
  let done = false
  return () => {
    if (done) return
    done = true
    call()
  }
}
