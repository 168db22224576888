import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Configuration, readConfiguration } from '../../../../main/spack/config/configuration.ts'
import { type Store, storeOf } from '../../../../main/spack/config/store.ts'
import { readEnvironment, type SpackEnvironment } from '../../../../main/spack/environment/environments.ts'
import { openInstance } from '../../../../main/spack/instances.ts'
import { sampleSpack } from '../../sample.ts'
import { fail } from './words.ts'

/** A package's node in a database of version 7, as far as it is looked at. */
export interface StoredNode {
  readonly name: string
  readonly version: string
  readonly hash: string
  readonly parameters: { readonly build_system: string }
  readonly dependencies?: readonly {
    readonly hash: string
    readonly parameters: { readonly deptypes: readonly string[] }
  }[]
}

export interface StoredRecord {
  readonly spec: StoredNode
  readonly path: string
  readonly installed: boolean
  readonly explicit: boolean
  readonly ref_count: number
}

export interface Lockfile {
  readonly roots: readonly { readonly hash: string; readonly spec: string }[]
}

/** The packages that there are: those of the sample, as they lie below a folder that stands for `/`. */
export interface World {
  readonly sources: string
  /** The store that they were built in. */
  readonly built: Store
  readonly packages: Readonly<Record<string, StoredRecord>>
}

export async function readWorld(sources: string): Promise<World> {
  const instance = await openInstance(sampleSpack, { env: {}, sysroot: sources })
  const built = await storeOf(await readConfiguration(instance), instance)
  return { sources, built, packages: recordsOf(join(sources, built.paddedRoot)) }
}

/** This Spack, in one of its environments or in none. */
export interface Session {
  readonly world: World
  readonly store: Store
  readonly configuration: Configuration
  readonly environment: SpackEnvironment | undefined
}

export async function openSession(root: string, sources: string, folder: string | undefined): Promise<Session> {
  const instance = await openInstance(root, { env: process.env })
  const environment = folder === undefined ? undefined : await readEnvironment(instance, folder)
  const configuration = await readConfiguration(instance, environment)
  return {
    world: await readWorld(sources),
    store: await storeOf(configuration, instance),
    configuration,
    environment,
  }
}

export function nodeOf({ packages }: World, hash: string): StoredNode {
  return packages[hash]?.spec ?? fail(`No spec with hash ${hash}`)
}

/** The DAG hash of what a spec asks for: a name, perhaps with a version. */
export function concreteHash({ packages }: World, spec: string): string {
  const [name = ''] = /^[\w-]+/.exec(spec) ?? []
  const found = Object.values(packages).find((record) => record.spec.name === name)?.spec
  const version = /@=?([\w.]+)/.exec(spec)?.[1]
  if (found && (version === undefined || version === found.version)) return found.hash
  return fail(found ? `Cannot satisfy '${name}@${version}'` : `Package '${name}' not found.`)
}

export function needsOf(node: StoredNode, types: readonly string[] = ['build', 'link', 'run']): readonly string[] {
  const edges = (node.dependencies ?? []).filter(({ parameters }) => parameters.deptypes.some((t) => types.includes(t)))
  return edges.map((edge) => edge.hash)
}

/** Dependencies first, each once. */
export function closureOf(world: World, hashes: readonly string[], types?: readonly string[]): readonly StoredNode[] {
  const found = new Map<string, StoredNode>()
  const visit = (hash: string): void => {
    if (found.has(hash)) return
    const node = nodeOf(world, hash)
    for (const one of needsOf(node, types)) visit(one)
    found.set(hash, node)
  }
  for (const hash of hashes) visit(hash)
  return [...found.values()]
}

export function rootsOf(folder: string): Lockfile['roots'] {
  const lock = join(folder, 'spack.lock')
  return existsSync(lock) ? readJson<Lockfile>(lock).roots : []
}

/** What a store's database holds, by DAG hash. */
export function recordsOf(paddedRoot: string): Readonly<Record<string, StoredRecord>> {
  const file = join(paddedRoot, '.spack-db/index.json')
  if (!existsSync(file)) return {}
  return readJson<{ database: { installs: Record<string, StoredRecord> } }>(file).database.installs
}

/** Writes a store's database anew, with every package's dependents counted. */
export function writeRecords(paddedRoot: string, records: Readonly<Record<string, StoredRecord>>): void {
  const all = Object.values(records)
  const installs = Object.entries(records).map(([hash, record]) => {
    return [hash, { ...record, ref_count: all.filter(({ spec }) => needsOf(spec).includes(hash)).length }]
  })
  writeJson(join(paddedRoot, '.spack-db/index.json'), {
    database: { version: '7', installs: Object.fromEntries(installs) },
  })
}

/** Written beside it and renamed, as Spack does. */
export function writeJson(file: string, content: object): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.tmp`, JSON.stringify(content))
  renameSync(`${file}.tmp`, file)
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T
}
