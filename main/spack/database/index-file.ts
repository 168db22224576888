import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { StrataError, toStrataError } from '../../support/errors.ts'
import { removeStale, temporaryName } from '../../support/temporary.ts'
import { onDisk, parseJson, readTextIfThere } from '../files.ts'
import { asObject, asVersionNumber, type JsonObject } from '../json.ts'
import { specVersionOf } from './database.ts'

/** `index.json` as it is stored, to be changed and written back. The caller holds the database's exclusive lock. */
export interface IndexFile {
  /** As Spack calls it. */
  readonly path: string
  readonly version: number
  /** The version of the specs in it. */
  readonly specVersion: number
  /** Records by DAG hash, in the file's order; what we do not know in them is kept as it is. */
  readonly installs: Map<string, JsonObject>
}

/** The first version whose records Strata can write: Spack 0.2x. */
const oldestWritable = 7

/**
 * Reads the database of the store at `paddedRoot`; where there is none it is empty and of `newVersion`.
 * Throws `database-invalid`, `database-too-new`, naming the file.
 */
export async function readIndexFile(
  paddedRoot: string,
  sysroot: string | undefined,
  newVersion: number,
): Promise<IndexFile> {
  const path = join(paddedRoot, '.spack-db/index.json')
  const text = await readTextIfThere(path, sysroot)
  if (text === undefined) {
    return { path, version: newVersion, specVersion: specVersionOf(newVersion, path), installs: new Map() }
  }
  const database = asObject(asObject(parseJson(text, path, 'database-invalid'))?.database)
  const version = asVersionNumber(database?.version)
  const installs = asObject(database?.installs)
  if (version === undefined || installs === undefined) throw invalid(path, 'is not a Spack database')
  const specVersion = specVersionOf(version, path)
  if (version < oldestWritable) {
    throw invalid(
      path,
      `is of version ${version}; Strata writes ${oldestWritable} and later`,
      'Let Spack migrate it: `spack reindex`.',
    )
  }
  const records = Object.entries(installs).map(([hash, value]) => {
    const record = asObject(value)
    if (record === undefined) throw invalid(path, `has a record ${hash} that is none`)
    return [hash, record] as const
  })
  return { path, version, specVersion, installs: new Map(records) }
}

/**
 * Writes the database as Spack does (`Database._write`): compact JSON without any character beyond ASCII, to a temporary
 * file that replaces the old one, and a fresh `index_verifier` that tells every Spack to read again.
 */
export async function writeIndexFile(index: IndexFile, sysroot: string | undefined): Promise<void> {
  const { path, version, installs } = index
  const target = onDisk(path, sysroot)
  const verifier = join(dirname(target), 'index_verifier')
  try {
    await mkdir(dirname(target), { recursive: true })
    await removeStale(dirname(target), [target, verifier])
    const database = { version: String(version), installs: Object.fromEntries(installs) }
    await writeDurably(temporaryName(target), toAscii(JSON.stringify({ database })))
    // Beside it first: once the database has changed, a full disk must not make this look as if it had not.
    await writeFile(temporaryName(verifier), randomUUID())
    await rename(temporaryName(target), target)
    await rename(temporaryName(verifier), verifier)
  } catch (thrown) {
    for (const file of [target, verifier]) await rm(temporaryName(file), { force: true }).catch(() => undefined)
    throw toStrataError(thrown, `writing ${path}`)
  }
}

/** On the disk before it replaces the old one: a machine that loses power must not lose its database. */
async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w')
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Python's `json.dump` escapes everything else, and its reader need not be told an encoding. */
function toAscii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function invalid(path: string, why: string, hint?: string): StrataError {
  return new StrataError('database-invalid', `${path} ${why}`, { hint, details: { file: path } })
}
