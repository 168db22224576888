import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { StrataError } from '../../support/errors.ts'
import { type Attempt, LockTable } from './lock-table.ts'
import { type ByteRange, type LockMode, loadPosixLocks } from './posix-lock.ts'

export interface HeldLock {
  /** Gives it back; again does nothing. */
  release(): void
}

export interface WaitOptions {
  readonly signal?: AbortSignal
  /** Milliseconds to wait at most; without it as long as it takes. 0: one try. */
  readonly timeout?: number
  /** Hears once, when it has to wait, who is in the way. */
  readonly onWait?: (holder: string) => void
}

/** A lock that Spack would take too. */
export interface WantedLock {
  /** The lock file, which is made when it is not there; its folder has to be. */
  readonly path: string
  readonly range: ByteRange
  readonly mode: LockMode
  /** What is locked, in words. */
  readonly what: string
  /** What stays done when it cannot be had, in words. */
  readonly meanwhile: string
}

export const wholeFile: ByteRange = { start: 0n, length: 0n }

/** One table for the process, whatever it works on: two paths may lead to one file. */
let table: Promise<LockTable> | undefined

/**
 * Takes a lock that Spack honours, and waits for it where somebody else has it. Throws `lock-timeout`, `cancelled`,
 * `permission-denied` and `locks-unavailable`.
 */
export async function acquireLock(wanted: WantedLock, options: WaitOptions): Promise<HeldLock> {
  table ??= loadPosixLocks().then((system) => new LockTable(system))
  const locks = await table
  return waitFor(() => locks.attempt(wanted.path, wanted.range, wanted.mode), wanted, options)
}

/**
 * Tries until it is there: a lock that we could sleep on (F_SETLKW) could not be given up, and would block a thread. Spack
 * asks every 0.1 to 0.5 s; asking somewhat more often lets short reads between us pass unnoticed.
 */
async function waitFor(attempt: () => Attempt, wanted: WantedLock, options: WaitOptions): Promise<HeldLock> {
  const { signal, timeout = Number.POSITIVE_INFINITY, onWait } = options
  let told = false
  for (let waited = 0; ; ) {
    if (signal?.aborted) throw cancelled(wanted)
    const result = attempt()
    if ('release' in result) return result
    if (waited >= timeout) throw await timedOut(wanted, result.holder, waited)
    if (!told) onWait?.(await nameOf(result.holder))
    told = true
    const pause = Math.min(waited < 1000 ? 20 : waited < 10_000 ? 100 : 500, timeout - waited)
    await sleep(pause, undefined, { signal }).catch(() => undefined)
    waited += pause
  }
}

async function timedOut(
  { what, meanwhile }: WantedLock,
  holder: number | undefined,
  waited: number,
): Promise<StrataError> {
  const seconds = Math.round(waited / 100) / 10
  const who = await nameOf(holder)
  return new StrataError('lock-timeout', `${what} is still locked by ${who} after ${seconds} s`, {
    hint: `Let the other finish, or end it if it hangs, and run this again: ${meanwhile}.`,
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

function cancelled({ what }: WantedLock): StrataError {
  return new StrataError('cancelled', `cancelled while waiting for ${what}`)
}
