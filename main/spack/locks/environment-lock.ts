import { join } from 'node:path'
import { StrataError } from '../../support/errors.ts'
import { kindOf, onDisk } from '../files.ts'
import { acquireLock, type HeldLock, type WaitOptions, wholeFile } from './acquire.ts'

/**
 * The lock that Spack holds while it concretizes, adds or removes in the environment of `folder` (logical):
 * `.spack-env/transaction_lock` as a whole (`Environment.txlock`; `config:locks` does not count for it). With it nobody
 * writes a spack.yaml that a Spack has read and is about to write back.
 *
 * Nothing is locked where there is no `.spack-env`, which each Spack makes before it reads, or where the file system has no
 * locks: a manifest, unlike a store, is a file that people change with an editor. Throws `lock-timeout`, naming the holder.
 */
export async function lockEnvironment(
  folder: string,
  sysroot: string | undefined,
  options: WaitOptions,
): Promise<HeldLock> {
  const own = join(folder, '.spack-env')
  if (process.platform === 'win32' || (await kindOf(own, sysroot)) !== 'folder') return nothing
  const wanted = {
    path: join(onDisk(own, sysroot), 'transaction_lock'),
    range: wholeFile,
    what: `the environment ${folder}`,
    meanwhile: 'nothing was written',
  }
  try {
    return await acquireLock({ ...wanted, mode: 'exclusive' }, options)
  } catch (thrown) {
    if (!hasCode(thrown, 'permission-denied')) return orNothing(thrown)
  }
  // Where another made it, a lock that may only be read keeps that one's Spack out as well.
  return acquireLock({ ...wanted, mode: 'shared' }, options).catch(orNothing)
}

const nothing: HeldLock = { release: () => undefined }

/** What may not be locked at all is refused, if at all, where it is written, with the folder that it is about. */
function orNothing(thrown: unknown): HeldLock {
  if (hasCode(thrown, 'locks-unavailable') || hasCode(thrown, 'permission-denied')) return nothing
  throw thrown
}

function hasCode(thrown: unknown, code: string): boolean {
  return thrown instanceof StrataError && thrown.code === code
}
