import { access, constants } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { sbangPathFits } from '../../relocate/sbang.ts'
import { StrataError, toStrataError } from '../../support/errors.ts'
import { isWritten } from './decide.ts'
import { isThere } from './leftovers.ts'
import type { PreparedInstallation } from './prepared.ts'
import { lockSettings } from './target.ts'

/** What keeps this user from changing a store: what may not be written there, and a full disk. */

type Intended = Pick<PreparedInstallation, 'target' | 'packages'>

/** A file or folder that an install has to write to and may not, and why not. */
export interface DeniedPlace {
  readonly path: string
  readonly message: string
  readonly hint: string
}

/** Throws `permission-denied` when an install could not be brought to its end: before anything is fetched for it. */
export async function checkWritable(intended: Intended): Promise<void> {
  const [first, ...more] = await deniedPlaces(intended)
  if (!first) return
  const others = more.length > 0 ? `, and ${more.length} more places` : ''
  throw new StrataError('permission-denied', `${first.message}${others}`, {
    hint: first.hint,
    details: { file: first.path },
  })
}

/**
 * Everything in the store that the packages, their locks and the database need written and that this user may not write:
 * files themselves, folders, and for what is not there yet the folder that it would be made in. None for an install that
 * writes nothing.
 */
export async function deniedPlaces({ target, packages }: Intended): Promise<readonly DeniedPlace[]> {
  const prefixes = packages.flatMap((one) => (isWritten(one.action) && one.prefix !== undefined ? [one.prefix] : []))
  if (prefixes.length === 0) return []
  const { paddedRoot, sbangPath } = target.store
  const database = join(paddedRoot, '.spack-db')
  const locks = lockSettings(target).enabled ? ['lock', 'prefix_lock'].map((name) => join(database, name)) : []
  const sbang = sbangPathFits(sbangPath) && !(await isThere(sbangPath)) ? [dirname(sbangPath)] : []
  const wanted = [paddedRoot, database, ...locks, ...sbang, ...prefixes.map((prefix) => dirname(prefix))]
  const places = new Set(await Promise.all([...new Set(wanted)].map(nearest)))
  const denied = await Promise.all([...places].map(deniedAt))
  return denied.filter((one) => one !== undefined)
}

/** `path`, or what is there of the way to it. */
async function nearest(path: string): Promise<string> {
  return (await isThere(path)) || path === dirname(path) ? path : nearest(dirname(path))
}

async function deniedAt(path: string): Promise<DeniedPlace | undefined> {
  try {
    await access(path, constants.W_OK)
    return undefined
  } catch (thrown) {
    const isReadOnly = thrown instanceof Error && 'code' in thrown && thrown.code === 'EROFS'
    return isReadOnly
      ? { path, message: `${path} is on a read-only file system`, hint: 'Install on a machine that may write there.' }
      : {
          path,
          message: `you may not write to ${path}`,
          hint: 'Ask its owner, or install into a store of your own.',
        }
  }
}

/** What to throw for what writing into a store threw; of a full disk it says which one: the blob store may lie on another. */
export function writingFailed(thrown: unknown, root: string): unknown {
  const { code, message } = toStrataError(thrown)
  if (code !== 'disk-full') return thrown
  return new StrataError('disk-full', message, {
    cause: thrown,
    hint: `The disk of ${root} is full, or your quota is used up. Make room there and run it again: what is installed stays.`,
  })
}
