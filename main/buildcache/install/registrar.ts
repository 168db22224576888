import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { JobContext } from '../../jobs/jobs.ts'
import { sbangPathFits, sbangScript } from '../../relocate/sbang.ts'
import { type NewInstall, registerInstalled } from '../../spack/database/register.ts'
import type { StoreLocks } from '../../spack/locks/store-locks.ts'
import { StrataError, toStrataError } from '../../support/errors.ts'
import { removeStale, temporaryName } from '../../support/temporary.ts'
import { isThere, putInPlace, settle, undo } from './leftovers.ts'
import type { PreparedInstallation } from './prepared.ts'

/** Puts finished packages in place and enters them into the database. */
export interface Registrar {
  /** Resolves once the package is in the database; when that fails nothing of it is left in its prefix. */
  add(install: NewInstall): Promise<void>
  /** Says of packages that were there already that a user has asked for them. */
  markExplicit(hashes: readonly string[]): Promise<void>
}

interface Waiting {
  readonly install: NewInstall
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * The one writer of a run. The database is one file that is written whole: what becomes ready while it is written goes
 * together into the next write, so that a thousand packages do not write it a thousand times.
 */
export function registrar(prepared: PreparedInstallation, locks: StoreLocks, context: JobContext): Registrar {
  const { target, graph, prefixes, databaseVersion } = prepared
  const { paddedRoot, sbangPath } = target.store
  const records = target.database?.records ?? new Map()
  const upstream = new Set([...records.values()].flatMap((one) => (one.upstream && one.installed ? [one.hash] : [])))
  const queue: Waiting[] = []
  let writing = false
  let prepareStore: Promise<void> | undefined

  const onWait = (holder: string): void => context.log(`the database: waiting for ${holder}`)
  const register = (installs: readonly NewInstall[], markExplicit: readonly string[]) =>
    registerInstalled(
      { graph, installs, markExplicit, upstream, prefixOf: (node) => prefixes.get(node.hash) },
      { paddedRoot, locks, newVersion: databaseVersion, signal: context.signal, onWait },
    )
  /** Puts a package in its place; one that cannot be moved fails alone. */
  const place = async ({ install, reject }: Waiting): Promise<boolean> => {
    try {
      await putInPlace(install.prefix)
      return true
    } catch (error) {
      await undo(install.prefix).catch(() => undefined)
      reject(toStrataError(error, `moving ${install.prefix} in place`))
      return false
    }
  }
  /** Enters packages together; when one of them is to blame that this fails, each alone. */
  const enter = async (placed: readonly Waiting[]): Promise<void> => {
    try {
      await register(
        placed.map((one) => one.install),
        [],
      )
    } catch (error) {
      if (placed.length > 1 && isOfOnePackage(error)) {
        for (const one of placed) await enter([one])
        return
      }
      for (const { install, reject } of placed) {
        await undo(install.prefix).catch(() => undefined)
        reject(error)
      }
      return
    }
    for (const { install, resolve } of placed) {
      // It is installed, whatever stays behind: the next run clears it away.
      await settle(install.prefix).catch((error: unknown) => context.log(toStrataError(error).message))
      resolve()
    }
  }
  const write = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      prepareStore ??= ensureSbang(sbangPath)
      await prepareStore
    } catch (error) {
      for (const { reject } of batch) reject(error)
      return
    }
    const placed: Waiting[] = []
    for (const one of batch) if (await place(one)) placed.push(one)
    if (placed.length > 0) await enter(placed)
  }
  const drain = async (): Promise<void> => {
    if (writing) return
    writing = true
    while (queue.length > 0) await write(queue.splice(0))
    writing = false
  }

  return {
    add: (install) =>
      new Promise((resolve, reject) => {
        queue.push({ install, resolve, reject })
        void drain()
      }),
    markExplicit: async (hashes) => {
      const asked = hashes.filter((hash) => records.get(hash)?.explicit !== true)
      if (asked.length > 0) await register([], asked)
    },
  }
}

/** Its spec cannot be entered; others can. */
function isOfOnePackage(error: unknown): boolean {
  return error instanceof StrataError && (error.code === 'spec-too-new' || error.code === 'spec-invalid')
}

/** Scripts with long first lines are run through it; a store that Spack made has one already. */
async function ensureSbang(path: string): Promise<void> {
  if (!sbangPathFits(path) || (await isThere(path))) return
  const temporary = temporaryName(path)
  try {
    await mkdir(dirname(path), { recursive: true })
    await removeStale(dirname(path), [path])
    await writeFile(temporary, sbangScript, { mode: 0o755 })
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw toStrataError(error, `writing ${path}`)
  }
}
