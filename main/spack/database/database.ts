import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { StrataError } from '../../support/errors.ts'
import type { Store } from '../config/store.ts'
import { onDisk, parseJson, readTextIfThere } from '../files.ts'
import type { SpackInstance } from '../instances.ts'
import { asObject, asString, asVersionNumber, type JsonObject } from '../json.ts'
import type { SpecGraph, SpecNode } from '../spec/graph.ts'
import { readNodes } from '../spec/read-nodes.ts'

/** What a store knows of one spec. */
export interface InstallRecord {
  readonly hash: string
  /** The prefix, logical. Absent for an external without one and for what was never here. */
  readonly path?: string
  readonly installed: boolean
  /** Asked for by a user, not only pulled in as a dependency. */
  readonly explicit: boolean
  /** Seconds since 1970. */
  readonly installationTime: number
  readonly refCount: number
  /** The root of the upstream store that holds it, when it is not in the instance's own. */
  readonly upstream?: string
}

/** The installed specs of a store and of its upstreams. */
export interface Database {
  /** Absent while the store itself has none, and only its upstreams do. */
  readonly version: number | undefined
  /** The index file of the store itself, logical. */
  readonly path: string
  /** Changes whenever Spack writes the database, upstreams included. */
  readonly fingerprint: string
  readonly records: ReadonlyMap<string, InstallRecord>
  readonly graph: SpecGraph
}

/** Which spec version a database's version holds (Spack's `database.py`, `reader`). */
const specVersions: ReadonlyMap<number, number> = new Map([
  [6, 3],
  [7, 4],
  [8, 5],
  [9, 6],
])
const newest = Math.max(...specVersions.keys())

/**
 * Reads `<padded root>/.spack-db/index.json` and, below it, those of the upstreams; a hash in both is the store's own
 * when it is installed there. Takes no lock: Spack replaces the file whole. An upstream without one counts as empty, as it
 * does for Spack, and so does a store that builds on others.
 *
 * Throws `database-missing`, `database-invalid` and `database-too-new`, naming the file.
 */
export async function readDatabase(instance: SpackInstance, store: Store): Promise<Database> {
  const { paddedRoot } = store
  const found = await Promise.all(
    store.upstreams.map(async (root) => ({ root, index: await readIndexIfThere(root, instance.sysroot) })),
  )
  const upstreams = found.flatMap(({ root, index }) => (index ? [{ root, index }] : []))
  // Without upstreams a store that has no database is an error, so that its reason can be said.
  const own =
    upstreams.length === 0
      ? await readIndex(paddedRoot, instance.sysroot)
      : ((await readIndexIfThere(paddedRoot, instance.sysroot)) ?? noIndex(paddedRoot))
  const records = new Map(own.records)
  const nodes = new Map(own.graph.nodes)
  for (const { root, index } of upstreams) {
    for (const [hash, record] of index.records) {
      if (records.get(hash)?.installed) continue
      if (records.has(hash) && !record.installed) continue
      records.set(hash, { ...record, upstream: root })
      const node = index.graph.nodes.get(hash)
      if (node && !nodes.has(hash)) nodes.set(hash, node)
    }
  }
  const indexes = [own, ...found.map(({ index }) => index)]
  const specVersion = Math.max(...indexes.map((index) => index?.graph.specVersion ?? 0))
  return {
    ...own,
    records,
    graph: { ...own.graph, nodes, specVersion },
    fingerprint: indexes.map((index) => index?.fingerprint ?? absent).join(' '),
  }
}

/** The fingerprint alone, without reading the index: cheap enough to ask before every use of what was read. */
export async function databaseFingerprint(instance: SpackInstance, store: Store): Promise<string> {
  const roots = [store.paddedRoot, ...store.upstreams]
  return (await Promise.all(roots.map((root) => fingerprintOf(root, instance.sysroot)))).join(' ')
}

/** The fingerprint of an index that is not there. */
const absent = 'none'

async function readIndexIfThere(root: string, sysroot: string | undefined): Promise<Database | undefined> {
  return readIndex(root, sysroot).catch((error: unknown) => {
    if (error instanceof StrataError && error.code === 'database-missing') return undefined
    throw error
  })
}

function noIndex(root: string): Database {
  const graph = { nodes: new Map(), roots: [], specVersion: 0 }
  return { version: undefined, path: indexPath(root), fingerprint: absent, records: new Map(), graph }
}

function indexPath(root: string): string {
  return join(root, '.spack-db/index.json')
}

async function readIndex(root: string, sysroot: string | undefined): Promise<Database> {
  const path = indexPath(root)
  // The fingerprint first: a write in between makes it stale, never wrongly fresh.
  const fingerprint = await fingerprintOf(root, sysroot)
  const database = asObject(asObject(parseJson(await readIndexText(path, sysroot), path, 'database-invalid'))?.database)
  const version = asVersionNumber(database?.version)
  const installs = asObject(database?.installs)
  if (version === undefined || installs === undefined) {
    throw new StrataError('database-invalid', `${path} is not a Spack database`, { details: { file: path } })
  }
  const specVersion = specVersionOf(version, path)
  const records = new Map<string, InstallRecord>()
  const specs: (readonly [string, unknown])[] = []
  for (const [hash, value] of Object.entries(installs)) {
    const record = asObject(value)
    if (record === undefined) throw invalidRecord(path, hash)
    specs.push([hash, record.spec])
    records.set(hash, readRecord(hash, record))
  }
  const nodes = databaseNodes(specs, path, specVersion)
  return { version, path, fingerprint, records, graph: { nodes, roots: [], specVersion } }
}

function databaseNodes(
  specs: readonly (readonly [string, unknown])[],
  path: string,
  specVersion: number,
): ReadonlyMap<string, SpecNode> {
  const { nodes, hashOfKey } = readNodes(specs, path, () => specVersion)
  // A record belongs to the spec of its key; another hash inside means that the file was edited.
  for (const [key, hash] of hashOfKey) if (key !== hash) throw invalidRecord(path, key)
  return nodes
}

function readRecord(hash: string, record: JsonObject): InstallRecord {
  const path = asString(record.path)
  return {
    hash,
    path: path === 'None' ? undefined : path, // as old versions wrote an absent one
    installed: record.installed === true,
    explicit: record.explicit === true,
    installationTime: typeof record.installation_time === 'number' ? record.installation_time : 0,
    refCount: asVersionNumber(record.ref_count) ?? 0,
  }
}

/** The version of the specs that a database of this version holds. Throws `database-too-new`, `database-invalid`. */
export function specVersionOf(version: number, file: string): number {
  const specVersion = specVersions.get(version)
  if (specVersion !== undefined) return specVersion
  const details = { file, version, supported: newest }
  if (version > newest) {
    throw new StrataError(
      'database-too-new',
      `${file} is a database of version ${version}; Strata knows versions up to ${newest}`,
      { hint: 'Update Strata.', details },
    )
  }
  throw new StrataError(
    'database-invalid',
    `${file} is a database of version ${version}; Strata reads 6 to ${newest}`,
    {
      hint: 'Let a newer Spack migrate it: `spack reindex`.',
      details,
    },
  )
}

async function readIndexText(path: string, sysroot: string | undefined): Promise<string> {
  const text = await readTextIfThere(path, sysroot)
  if (text !== undefined) return text
  throw new StrataError('database-missing', `there is no database of installed packages at ${path}`, {
    hint: 'Nothing is installed there yet, or config:install_tree:root names another store.',
    details: { file: path },
  })
}

async function fingerprintOf(root: string, sysroot: string | undefined): Promise<string> {
  const folder = onDisk(join(root, '.spack-db'), sysroot)
  const verifier = await readFile(join(folder, 'index_verifier'), 'utf8').catch(() => '')
  const index = await stat(join(folder, 'index.json')).catch(() => undefined)
  return index === undefined ? absent : `${index.size}:${index.mtimeMs}:${verifier.trim()}`
}

function invalidRecord(file: string, hash: string): StrataError {
  return new StrataError('database-invalid', `${file}: the record ${hash} cannot be read`, { details: { file, hash } })
}
