import type { RegistrySettings } from '../api/registries.ts'
import type { Keychain } from '../registry/credentials/keychain.ts'
import { type Configuration, readConfiguration } from '../spack/config/configuration.ts'
import { type Store, storeOf } from '../spack/config/store.ts'
import { type Database, databaseFingerprint, readDatabase } from '../spack/database/database.ts'
import { environmentFingerprint, readEnvironment, type SpackEnvironment } from '../spack/environment/environments.ts'
import { findInstances, type Owner, openInstance, type SpackInstance } from '../spack/instances.ts'
import type { SpecGraph } from '../spack/spec/graph.ts'
import { StrataError } from '../support/errors.ts'

/** What this machine says of itself: handed in, so that a test can be another machine. */
export interface Host {
  readonly env: NodeJS.ProcessEnv
  readonly home: string
  /** Spack roots and environment folders that the user opened before. */
  readonly remembered: readonly string[]
  /** The logins that Strata keeps. */
  readonly keychain: Keychain
  /** What the user set for single registries. */
  readonly registries: readonly RegistrySettings[]
}

/** Which environment of which Spack; each part may be left to be found. */
export interface SourceRef {
  readonly spack?: string
  readonly sysroot?: string
  readonly environment?: string
}

/** A Spack instance with its configuration, its store and what is installed there, and perhaps one environment. */
export interface Source {
  /** Absent when there is no Spack on this machine: a lockfile alone still shows. */
  readonly instance: SpackInstance | undefined
  /** Without a Spack what the environment says by itself. */
  readonly configuration: Configuration | undefined
  readonly store: Store | undefined
  readonly database: Database | undefined
  /** Why there is no database, when a store was expected. */
  readonly databaseProblem: StrataError | undefined
  readonly environment: SpackEnvironment | undefined
  /** The environment's concrete specs; without an environment everything that is installed. */
  readonly graph: SpecGraph
  readonly roots: readonly string[]
  /** Changes when anything changed that a plan was made from. */
  readonly fingerprint: string
}

const EMPTY: SpecGraph = { nodes: new Map(), roots: [], specVersion: 4 }

/**
 * Opens what a reference names. Reads files only.
 * Throws `spack-not-found`, `environment-not-found` and what the readers of Spack's files throw; a database that is
 * not there is not an error here (nothing is installed then), one that cannot be read is.
 */
export async function openSource(ref: SourceRef, host: Host): Promise<Source> {
  const instance = await chooseInstance(ref, host)
  const environment = ref.environment === undefined ? undefined : await readEnvironment(instance, ref.environment)
  const configuration = await readConfiguration(ownerOf(instance, ref, host), environment)
  const store = instance && (await storeOf(configuration, instance))
  const { database, problem } = await readInstalled(instance, store)
  const graph = environment ? (environment.lock?.graph ?? EMPTY) : (database?.graph ?? EMPTY)
  return {
    instance,
    configuration,
    store,
    database,
    databaseProblem: problem,
    environment,
    graph,
    roots: environment?.lock?.roots.map((root) => root.hash) ?? [],
    fingerprint: fingerprintOf(environment?.manifestFingerprint, database?.fingerprint),
  }
}

/**
 * The instance that was named, else the one that has the environment, else the first that is found. Throws
 * `spack-not-found` where neither an instance nor an environment is to be had.
 */
export async function chooseInstance(ref: SourceRef, host: Host): Promise<SpackInstance | undefined> {
  if (ref.spack !== undefined) return openInstance(ref.spack, { sysroot: ref.sysroot, env: host.env })
  const found = await findInstances({ ...host, sysroot: ref.sysroot })
  const name = ref.environment
  if (found.length === 0 && name === undefined) {
    throw new StrataError('spack-not-found', 'no Spack was found on this machine', {
      hint: 'Say where it is with --spack DIR, or set SPACK_ROOT.',
    })
  }
  if (name === undefined || name.includes('/')) return found[0]
  for (const instance of found) {
    const has = await readEnvironment(instance, name).then(
      () => true,
      (error: unknown) => !(error instanceof StrataError && error.code === 'environment-not-found'),
    )
    if (has) return instance
  }
  return found[0]
}

/** Whose configuration it is, where there is perhaps no Spack. */
export function ownerOf(instance: SpackInstance | undefined, { sysroot }: SourceRef, { env, home }: Host): Owner {
  return instance ?? { sysroot, env, home }
}

async function readInstalled(
  instance: SpackInstance | undefined,
  store: Store | undefined,
): Promise<{ database?: Database; problem?: StrataError }> {
  if (!instance || !store) return {}
  try {
    return { database: await readDatabase(instance, store) }
  } catch (error) {
    if (error instanceof StrataError && error.code === 'database-missing') return { problem: error }
    throw error
  }
}

/** The fingerprint as it would be now: whether what was read still holds. */
export async function currentFingerprint(source: Source): Promise<string> {
  const { instance, store, environment, database } = source
  const again = environment && (await environmentFingerprint(instance, environment.folder))
  const installed = instance && store && database && (await databaseFingerprint(instance, store))
  return fingerprintOf(again, installed)
}

function fingerprintOf(environment: string | undefined, database: string | undefined): string {
  return [environment, database].join('\n')
}
