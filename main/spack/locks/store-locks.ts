import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { StrataError, toStrataError } from '../../support/errors.ts'
import { type Attempt, LockTable } from './lock-table.ts'
import { type ByteRange, type LockMode, loadPosixLocks } from './posix-lock.ts'

export interface HeldLock {
  /** Gives it back; again does nothing. */
  release(): void
}

export interface WaitOptions {
  readonly signal?: AbortSignal
  /** Milliseconds to wait at most; without it the store's own time-out counts. 0: one try. */
  readonly timeout?: number
  /** Hears once, when it has to wait, who is in the way. */
  readonly onWait?: (holder: string) => void
}

/** Spack's own locks of one store: what Spack holds, we wait for, and the other way round. */
export interface StoreLocks {
  /** The database: `shared` to read it, `exclusive` to change it. */
  database(mode: LockMode, options?: WaitOptions): Promise<HeldLock>
  /** One prefix: `exclusive` while it is made or removed, `shared` while something is built on it. */
  prefix(hash: string, mode: LockMode, options?: WaitOptions): Promise<HeldLock>
}

export interface StoreLockSettings {
  /** The store's root with its padding. */
  readonly paddedRoot: string
  /** `config:locks`; Spack takes none on Windows, and neither do we. */
  readonly enabled?: boolean
  /** `config:db_lock_timeout` in seconds. */
  readonly databaseTimeout?: number
  /** `config:package_lock_timeout` in seconds; without it a package is waited for as long as it takes. */
  readonly packageTimeout?: number
}

/** Spack's default of `config:db_lock_timeout`, in seconds. */
const defaultDatabaseTimeout = 60

const wholeFile: ByteRange = { start: 0n, length: 0n }

/** One table for the process, whatever stores it works on: two paths may lead to one file. */
let table: Promise<LockTable> | undefined

/**
 * The locks of the store at `paddedRoot`: `.spack-db/lock` as a whole and one byte of `.spack-db/prefix_lock` for each
 * package (Spack's `database.py` and `SpecLocker`). Their functions throw `lock-timeout`, `cancelled`, `permission-denied`
 * and `locks-unavailable`.
 */
export function storeLocks(settings: StoreLockSettings): StoreLocks {
  const folder = join(settings.paddedRoot, '.spack-db')
  const enabled = (settings.enabled ?? true) && process.platform !== 'win32'
  const acquire = async (file: string, range: ByteRange, mode: LockMode, what: string, options: WaitOptions) => {
    if (!enabled) return { release: () => undefined }
    table ??= loadPosixLocks().then((system) => new LockTable(system))
    const locks = await table
    await mkdir(folder, { recursive: true }).catch((thrown: unknown) => {
      throw toStrataError(thrown, `making ${folder}`)
    })
    return waitFor(() => locks.attempt(join(folder, file), range, mode), what, options)
  }
  const milliseconds = (seconds: number | undefined) => (seconds === undefined ? undefined : seconds * 1000)
  return {
    database: (mode, options) =>
      acquire('lock', wholeFile, mode, `the database of ${settings.paddedRoot}`, {
        ...options,
        timeout: options?.timeout ?? milliseconds(settings.databaseTimeout ?? defaultDatabaseTimeout),
      }),
    prefix: async (hash, mode, options) =>
      acquire('prefix_lock', prefixRange(hash), mode, `the package /${hash.slice(0, 7)} in ${settings.paddedRoot}`, {
        ...options,
        timeout: options?.timeout ?? milliseconds(settings.packageTimeout),
      }),
  }
}

/**
 * The byte that stands for a package: the first 63 bits of its DAG hash, which is base32 (Spack's `base32_prefix_bits`
 * with the bits of `sys.maxsize`). Throws `spec-invalid` for what is no DAG hash.
 */
export function prefixRange(hash: string): ByteRange {
  const letters = 'abcdefghijklmnopqrstuvwxyz234567'
  const digits = [...hash.toLowerCase().slice(0, 13)].map((letter) => letters.indexOf(letter))
  if (digits.length < 13 || digits.includes(-1)) throw new StrataError('spec-invalid', `${hash} is not a DAG hash`)
  const bits = digits.reduce((value, digit) => (value << 5n) | BigInt(digit), 0n)
  return { start: bits >> 2n, length: 1n }
}

/**
 * Tries until it is there: a lock that we could sleep on (F_SETLKW) could not be given up, and would block a thread. Spack
 * asks every 0.1 to 0.5 s; asking somewhat more often lets short reads between us pass unnoticed.
 */
async function waitFor(attempt: () => Attempt, what: string, options: WaitOptions): Promise<HeldLock> {
  const { signal, timeout = Number.POSITIVE_INFINITY, onWait } = options
  let told = false
  for (let waited = 0; ; ) {
    if (signal?.aborted) throw cancelled(what)
    const result = attempt()
    if ('release' in result) return result
    if (waited >= timeout) throw await timedOut(what, result.holder, waited)
    if (!told) onWait?.(await nameOf(result.holder))
    told = true
    const pause = Math.min(waited < 1000 ? 20 : waited < 10_000 ? 100 : 500, timeout - waited)
    await sleep(pause, undefined, { signal }).catch(() => undefined)
    waited += pause
  }
}

async function timedOut(what: string, holder: number | undefined, waited: number): Promise<StrataError> {
  const seconds = Math.round(waited / 100) / 10
  const who = await nameOf(holder)
  return new StrataError('lock-timeout', `${what} is still locked by ${who} after ${seconds} s`, {
    hint: 'Let the other finish, or end it if it hangs, and run this again: what is done already is kept.',
    details: { seconds, ...(holder !== undefined && { pid: holder }) },
    retryable: true,
  })
}

/** The holder in words, as far as this machine can tell. */
async function nameOf(pid: number | undefined): Promise<string> {
  if (pid === undefined) return 'another program, perhaps on another machine'
  if (pid === process.pid) return 'another job of Strata'
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  const words = command
    .replace(/[\s\0]+/g, ' ')
    .trim()
    .slice(0, 120)
  return words === '' ? `the process ${pid}` : `the process ${pid} (${words})`
}

function cancelled(what: string): StrataError {
  return new StrataError('cancelled', `cancelled while waiting for ${what}`)
}
