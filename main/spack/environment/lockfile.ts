import { StrataError } from '../../support/errors.ts'
import { parseJson } from '../files.ts'
import { asObject, asString, asVersionNumber, isObject, type JsonObject } from '../json.ts'
import type { SpecGraph } from '../spec/graph.ts'
import { checkSpecVersion, readNodes } from '../spec/read-nodes.ts'

export interface LockRoot {
  readonly hash: string
  /** The abstract spec that was asked for. */
  readonly spec: string
  /** The group of specs that it belongs to (Spack 1.2 and later). */
  readonly group?: string
}

/** What an environment was concretized to. */
export interface Lockfile {
  readonly version: number
  /** Logical. */
  readonly path: string
  /** Its `roots` are in the order in which Spack pushes them: the environment's own, then those of included ones, each once. */
  readonly graph: SpecGraph
  /** As written, included environments' after the environment's own; a hash may stand here more than once. */
  readonly roots: readonly LockRoot[]
}

/** Which spec version a lockfile's version holds (Spack's `environment.py`, `READER_CLS`). */
const specVersions: readonly number[] = [0, 1, 1, 2, 3, 4, 5, 5, 6]
const newest = specVersions.length - 1

/**
 * A lockfile's text; `path` is for messages. Lockfiles of version 1 to 4 may key their specs by other hashes than the DAG
 * hash; what is returned knows DAG hashes only. Throws `lockfile-invalid`, `lockfile-too-new`, `spec-invalid`,
 * `spec-too-new`, naming the file.
 */
export function parseLockfile(text: string, path: string): Lockfile {
  const data = asObject(parseJson(text, path, 'lockfile-invalid'))
  const meta = asObject(data?._meta)
  const version = asVersionNumber(meta?.['lockfile-version'])
  if (data === undefined || version === undefined) throw invalid(path, 'it has no version')
  const specVersion = specVersionOf(version, meta, path)
  const parts = partsOf(data, path)
  const { nodes, hashOfKey } = readNodes(entriesInOrder(parts), path, () => specVersion)
  const roots = parts
    .flatMap((part) => part.roots)
    .map((root) => ({ ...root, hash: hashOfKey.get(root.hash) ?? root.hash }))
  for (const root of roots) {
    if (!nodes.has(root.hash)) throw invalid(path, `the root ${root.spec} has no spec ${root.hash}`)
  }
  const graphRoots = [...new Set(roots.map((root) => root.hash))]
  return { version, path, roots, graph: { nodes, roots: graphRoots, specVersion } }
}

interface LockPart {
  readonly roots: readonly LockRoot[]
  readonly specs: JsonObject
}

/** The lockfile itself, then the environments that it includes, each before those that it includes in turn. */
function partsOf(data: JsonObject, path: string): readonly LockPart[] {
  const specs = asObject(data.concrete_specs) ?? {}
  if (!Array.isArray(data.roots)) throw invalid(path, 'it has no roots')
  const roots = data.roots.map((value: unknown) => {
    const root = asObject(value)
    const hash = asString(root?.hash)
    if (hash === undefined) throw invalid(path, 'a root has no hash')
    return { hash, spec: asString(root?.spec) ?? '', group: asString(root?.group) }
  })
  const included = Object.values(asObject(data.include_concrete) ?? {}).filter((value) => isObject(value))
  return [{ roots, specs }, ...included.flatMap((part) => partsOf(part, path))]
}

/** All specs, the roots' first and in their order: where an old lockfile holds two of one DAG hash, the root's own counts. */
function entriesInOrder(parts: readonly LockPart[]): Iterable<readonly [string, unknown]> {
  const all = new Map<string, unknown>()
  for (const { specs } of parts) for (const [key, spec] of Object.entries(specs)) if (!all.has(key)) all.set(key, spec)
  const ordered = new Map<string, unknown>()
  for (const { hash } of parts.flatMap((part) => part.roots)) if (all.has(hash)) ordered.set(hash, all.get(hash))
  for (const [key, spec] of all) if (!ordered.has(key)) ordered.set(key, spec)
  return ordered
}

function specVersionOf(version: number, meta: JsonObject | undefined, file: string): number {
  const specVersion = specVersions[version]
  if (version > newest) {
    throw new StrataError(
      'lockfile-too-new',
      `${file} is a lockfile of version ${version}; Strata knows versions up to ${newest}`,
      { hint: 'Update Strata.', details: { file, version, supported: newest } },
    )
  }
  if (version < 1 || specVersion === undefined) throw invalid(file, `its version is ${version}`)
  const written = asVersionNumber(meta?.['specfile-version']) ?? specVersion
  checkSpecVersion(written, file)
  return specVersion
}

function invalid(file: string, why: string): StrataError {
  return new StrataError('lockfile-invalid', `${file} is not a Spack lockfile: ${why}`, {
    hint: 'Concretize the environment again: `spack concretize --force`.',
    details: { file },
  })
}
