import { statfs } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { InstallTarget } from '../../api/install.ts'
import type { TreePermissions } from '../../layer/extraction.ts'
import { type Configuration, readConfiguration } from '../../spack/config/configuration.ts'
import { groupId, packagePermissions } from '../../spack/config/permissions.ts'
import { sections } from '../../spack/config/scopes.ts'
import { type Store, storeOf } from '../../spack/config/store.ts'
import { type Database, databaseFingerprint, type InstallRecord, readDatabase } from '../../spack/database/database.ts'
import { openInstance, type SpackInstance } from '../../spack/instances.ts'
import type { StoreLockSettings } from '../../spack/locks/store-locks.ts'
import { readableFormats } from '../../spack/releases.ts'
import { StrataError } from '../../support/errors.ts'
import type { Host } from '../source.ts'

/** Where packages are installed, and what is there. */
export interface Target {
  /** What its files are read with: the instance itself, or for a folder one that has nothing but the user's own side. */
  readonly reader: SpackInstance
  readonly instance: SpackInstance | undefined
  readonly configuration: Configuration | undefined
  readonly store: Store
  /** Undefined while nothing was ever installed there, nor in a store that it builds on. */
  readonly database: Database | undefined
}

/**
 * The store that `into` names: a Spack installation's own, as its configuration has it, or the folder itself.
 * Throws what reading Spack's files throws; that there is no database yet is no error.
 */
export async function openTarget(into: string, host: Host): Promise<Target> {
  const path = resolve(into.replace(/^~(?=\/|$)/, host.home))
  const instance = await openInstance(path, host).catch((error: unknown) => {
    if (error instanceof StrataError && error.code === 'spack-not-found') return undefined
    throw error
  })
  const configuration = instance && (await readConfiguration(instance, undefined, [...sections, 'packages']))
  const store = instance && configuration ? await storeOf(configuration, instance) : folderStore(path)
  const reader = instance ?? { root: store.root, foundBy: 'given', env: host.env, home: host.home }
  return { reader, instance, configuration, store, database: await readIfThere(reader, store) }
}

/** A folder without a Spack: no padding, no upstreams. */
function folderStore(root: string): Store {
  return { root, paddedRoot: root, sbangPath: join(root, 'bin/sbang'), upstreams: [] }
}

async function readIfThere(reader: SpackInstance, store: Store): Promise<Database | undefined> {
  try {
    return await readDatabase(reader, store)
  } catch (error) {
    if (error instanceof StrataError && error.code === 'database-missing') return undefined
    throw error
  }
}

const latest = new WeakMap<Target, Database | undefined>()

/** What the target's database and its upstreams say now; read again only when they were written since. */
export async function currentRecords(target: Target): Promise<ReadonlyMap<string, InstallRecord>> {
  const { reader, store } = target
  const known = latest.get(target) ?? target.database
  const current =
    known?.fingerprint === (await databaseFingerprint(reader, store)) ? known : await readIfThere(reader, store)
  latest.set(target, current)
  return current?.records ?? new Map()
}

/** Whether the store itself, not one of its upstreams, has a package installed now. */
export async function isInstalledNow(target: Target, hash: string): Promise<boolean> {
  const record = (await currentRecords(target)).get(hash)
  return record?.installed === true && record.upstream === undefined
}

/** What the store's Spack says of its locks. */
export function lockSettings({ configuration, store }: Target): StoreLockSettings {
  const setting = (name: string): unknown => configuration?.get(['config', name])
  const seconds = (name: string): number | undefined => {
    const value = setting(name)
    return typeof value === 'number' ? value : undefined
  }
  return {
    paddedRoot: store.paddedRoot,
    enabled: setting('locks') !== false,
    databaseTimeout: seconds('db_lock_timeout'),
    packageTimeout: seconds('package_lock_timeout'),
  }
}

/**
 * The version of a target's database: that of the one that is there; for a new one what its Spack writes, and in a
 * plain folder what holds specs of this version.
 */
export function databaseVersionOf(target: Target, specVersion: number): number {
  const written = target.database?.version
  if (written !== undefined) return written
  const version = target.instance?.version
  if (version === undefined) return Math.max(7, specVersion + 3)
  return readableFormats(version)?.database ?? 7
}

export async function describeTarget(target: Target, databaseVersion: number): Promise<InstallTarget> {
  const { instance, store, database } = target
  return {
    kind: instance ? 'spack' : 'folder',
    spack: instance && { root: instance.root, version: instance.version },
    root: store.root,
    paddedRoot: store.paddedRoot,
    databaseVersion,
    exists: database?.version !== undefined,
    freeBytes: await freeBytes(store.paddedRoot),
  }
}

/** Bytes that this user may still write where `path` is or will be; undefined where nobody can say. */
async function freeBytes(path: string): Promise<number | undefined> {
  for (let at = path; ; at = dirname(at)) {
    const found = await statfs(at).catch(() => undefined)
    if (found) return found.bavail * found.bsize
    if (at === dirname(at)) return undefined
  }
}

/** The modes and the group that the target's Spack gives a package. Throws `config-invalid`. */
export async function permissionsFor({ configuration }: Target, name: string): Promise<TreePermissions> {
  const { directory, file, group } = packagePermissions(configuration, name)
  return { directory, file, group: group === undefined ? undefined : await groupId(group) }
}
