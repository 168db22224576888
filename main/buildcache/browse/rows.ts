import type { Catalog, CatalogPackage, CatalogRow } from '../../api/catalog.ts'
import { hashInTag } from '../cache-index.ts'
import { INDEX_TAG, isPackageTag } from '../package-tag.ts'
import type { ImageFacts } from './facts.ts'
import { type CachePackages, kindOfTag } from './kind.ts'
import type { IndexFacts } from './memory.ts'
import type { TagReading } from './reading.ts'

/** What is known of a repository's tags while they are read: rows are made of it. */
export interface Known {
  /** Packages of an index that can be read, by DAG hash. */
  readonly indexed: ReadonlyMap<string, CatalogPackage> | undefined
  readonly indexProblem: string | undefined
  readonly readings: ReadonlyMap<string, TagReading>
  readonly packages: CachePackages
}

export function knownOf(
  tags: readonly string[],
  index: IndexFacts | undefined,
  readings: ReadonlyMap<string, TagReading>,
): Known {
  const usable = index?.problem === undefined ? index : undefined
  const indexed = usable && new Map(usable.packages.map((one) => [one.hash, one]))
  const hashes = new Set([...tags.flatMap((tag) => hashInTag(tag) ?? []), ...(indexed?.keys() ?? [])])
  return { indexed, indexProblem: index?.problem, readings, packages: { layers: ownLayers(readings.values()), hashes } }
}

/** Layer digest → DAG hash: a package's own layer is its image's last. */
export function ownLayers(readings: Iterable<TagReading>): ReadonlyMap<string, string> {
  const layers = new Map<string, string>()
  for (const reading of readings) {
    if (reading.kind !== 'read' || reading.facts.kind !== 'package') continue
    const own = reading.facts.layers.at(-1)
    if (own && reading.facts.package) layers.set(own.digest, reading.facts.package.hash)
  }
  return layers
}

/** A tag's row; undefined when it was deleted meanwhile. */
export function rowOf(tag: string, known: Known): CatalogRow | undefined {
  const { indexed, readings } = known
  const reading = readings.get(tag)
  if (!reading) return unreadRow(tag, indexed)
  switch (reading.kind) {
    case 'gone':
      return undefined
    case 'damaged':
      return { tag, kind: 'damaged', read: true, problem: reading.problem }
    case 'refused':
      return { ...unreadRow(tag, indexed), problem: reading.problem }
    case 'read':
      return readRow(tag, reading.facts, known)
  }
}

/** What the tag's name and the index say. */
function unreadRow(tag: string, indexed: Known['indexed']): CatalogRow {
  if (tag === INDEX_TAG) return { tag, kind: 'index', read: false }
  const known = isPackageTag(tag) ? indexed?.get(hashInTag(tag) ?? '') : undefined
  if (known) return { tag, kind: 'package', read: false, package: known, listed: true }
  return { tag, kind: 'unread', read: false }
}

function readRow(tag: string, facts: ImageFacts, { packages, indexed, indexProblem }: Known): CatalogRow {
  const { kind, problem } = kindOfTag(tag, facts, packages)
  const { digest, mediaType, platform, createdAt } = facts
  const isPackage = kind === 'package'
  return {
    tag,
    kind,
    read: true,
    digest,
    mediaType,
    package: isPackage ? facts.package : undefined,
    listed: isPackage && indexed ? indexed.has(facts.package?.hash ?? '') : undefined,
    platform,
    ...(kind !== 'platforms' && { layers: facts.layers.length, bytes: bytesOf(facts.layers) }),
    ownBytes: isPackage ? facts.layers.at(-1)?.bytes : undefined,
    createdAt,
    problem: problem ?? (kind === 'index' ? indexProblem : undefined),
  }
}

/** A layer that is there twice is stored and pulled once. */
export function bytesOf(layers: readonly { readonly digest: string; readonly bytes: number }[]): number {
  const sizes = new Map(layers.map(({ digest, bytes }) => [digest, bytes]))
  return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
}

/** Where tags and index disagree. Of an index that cannot be read nothing is known. */
export function driftOf(
  rows: readonly CatalogRow[],
  tags: readonly string[],
  index: IndexFacts | undefined,
): Pick<Catalog, 'unlisted' | 'gone'> {
  if (!index || index.problem !== undefined) return { unlisted: [], gone: [] }
  const present = new Set(rows.flatMap((row) => (row.kind === 'package' ? (row.package?.hash ?? []) : [])))
  // What nobody has looked at is there by its name.
  for (const tag of tags.filter(isPackageTag)) present.add(hashInTag(tag) ?? '')
  return {
    unlisted: rows
      .filter((row) => row.kind === 'package' && row.listed === false && isPackageTag(row.tag))
      .map((row) => row.tag),
    gone: index.packages
      .filter((one) => !present.has(one.hash))
      .map(({ hash, name, version }) => ({ hash, name, version })),
  }
}
