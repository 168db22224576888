import { constants } from 'node:os'
import { StrataError } from '../../support/errors.ts'

export type LockMode = 'shared' | 'exclusive'

/** Bytes of a file; a `length` of 0 reaches to its end, however far that moves. */
export interface ByteRange {
  readonly start: bigint
  readonly length: bigint
}

/**
 * POSIX record locks (`fcntl`), which Python's `fcntl.lockf` and so Spack takes. They belong to the process: it holds each
 * byte once whatever the thread, and loses all of them on a file when it closes any descriptor of that file.
 */
export interface PosixLocks {
  /** Takes, changes or (`undefined`) gives back a lock without waiting. False: another process is in the way. */
  set(fd: number, range: ByteRange, mode: LockMode | undefined): boolean
  /** The process that is in the way, when the system can tell: over NFS it often cannot. */
  holder(fd: number, range: ByteRange, mode: LockMode): number | undefined
}

/** `struct flock` and its constants, from the system's <fcntl.h>. All our platforms are 64-bit and little-endian. */
interface FlockLayout {
  readonly size: number
  readonly type: number
  readonly start: number
  readonly length: number
  readonly pid: number
  readonly readLock: number
  readonly writeLock: number
  readonly unlock: number
  readonly getCommand: number
  readonly setCommand: number
}

const layouts: Partial<Record<NodeJS.Platform, FlockLayout>> = {
  // glibc and musl, x86_64 and aarch64: {short type, short whence, pad, off_t start, off_t len, pid_t pid}
  linux: {
    size: 32,
    type: 0,
    start: 8,
    length: 16,
    pid: 24,
    readLock: 0,
    writeLock: 1,
    unlock: 2,
    getCommand: 5,
    setCommand: 6,
  },
  // {off_t start, off_t len, pid_t pid, short type, short whence}
  darwin: {
    size: 24,
    type: 20,
    start: 0,
    length: 8,
    pid: 16,
    readLock: 1,
    writeLock: 3,
    unlock: 2,
    getCommand: 7,
    setCommand: 8,
  },
}

let loaded: Promise<PosixLocks> | undefined

/** Loads the system's `fcntl`, once. Throws `locks-unavailable` where it cannot be had. */
export function loadPosixLocks(): Promise<PosixLocks> {
  loaded ??= load()
  return loaded
}

async function load(): Promise<PosixLocks> {
  const layout = layouts[process.platform]
  if (layout === undefined) throw unavailable(`not known for ${process.platform}`)
  try {
    // Only an install needs it: nothing else must fail, or get slower, for the want of a native module.
    const { default: koffi } = await import('koffi')
    // No library: the symbols of this process, whose C library is glibc, musl or libSystem.
    const call = koffi.load(null).func('int fcntl(int fd, int command, ...)')
    const fcntl = (fd: number, command: number, flock: Buffer): number =>
      call(fd, command, 'void *', flock) === -1 ? koffi.errno() : 0
    return posixLocks(layout, fcntl)
  } catch (cause) {
    throw unavailable(cause instanceof Error ? cause.message : String(cause), cause)
  }
}

function posixLocks(layout: FlockLayout, fcntl: (fd: number, command: number, flock: Buffer) => number): PosixLocks {
  const { EAGAIN, EACCES } = constants.errno
  const typeOf = (mode: LockMode | undefined) =>
    mode === undefined ? layout.unlock : mode === 'shared' ? layout.readLock : layout.writeLock
  const flockOf = (range: ByteRange, mode: LockMode | undefined): Buffer => {
    // The offset counts from the file's start: SEEK_SET is 0.
    const flock = Buffer.alloc(layout.size)
    flock.writeInt16LE(typeOf(mode), layout.type)
    flock.writeBigInt64LE(range.start, layout.start)
    flock.writeBigInt64LE(range.length, layout.length)
    return flock
  }
  return {
    set: (fd, range, mode) => {
      const errno = fcntl(fd, layout.setCommand, flockOf(range, mode))
      if (errno === 0) return true
      if (errno === EAGAIN || errno === EACCES) return false
      throw failed(errno)
    },
    holder: (fd, range, mode) => {
      const flock = flockOf(range, mode)
      if (fcntl(fd, layout.getCommand, flock) !== 0) return undefined
      const pid = flock.readInt32LE(layout.pid)
      return flock.readInt16LE(layout.type) === layout.unlock || pid <= 0 ? undefined : pid
    },
  }
}

function failed(errno: number): StrataError {
  const name = Object.entries(constants.errno).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`
  // NFS without its lock daemon and some parallel file systems say ENOLCK, ENOSYS or EOPNOTSUPP.
  return new StrataError('locks-unavailable', `the file system gives no locks (${name})`, {
    hint: 'Put the store where locks work, or set config:locks:false in Spack and let nobody else use the store meanwhile.',
  })
}

function unavailable(why: string, cause?: unknown): StrataError {
  return new StrataError('locks-unavailable', `this machine's file locks cannot be used: ${why}`, {
    cause,
    hint: "Without Spack's locks a store cannot be changed safely. With config:locks:false Strata goes on without them.",
  })
}
