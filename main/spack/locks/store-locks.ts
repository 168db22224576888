import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { StrataError, toStrataError } from '../../support/errors.ts'
import { acquireLock, type HeldLock, type WaitOptions, wholeFile } from './acquire.ts'
import type { ByteRange, LockMode } from './posix-lock.ts'

/**
 * Spack's own locks of one store: what Spack holds, we wait for, and the other way round. Without a timeout of the caller's
 * the store's own counts.
 */
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
    await mkdir(folder, { recursive: true }).catch((thrown: unknown) => {
      throw toStrataError(thrown, `making ${folder}`)
    })
    const meanwhile = 'what is done already is kept'
    return acquireLock({ path: join(folder, file), range, mode, what, meanwhile }, options)
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
