import type { Catalog, CatalogProgress, CatalogRow } from '../../api/catalog.ts'
import type { Parsed } from '../../api/contract.ts'
import { formatReference } from '../../registry/reference.ts'
import { StrataError } from '../../support/errors.ts'
import { hashInTag } from '../cache-index.ts'
import { packageTag } from '../package-tag.ts'
import type { Browsed } from './browsed.ts'
import { browseCommand } from './command.ts'
import { readIndexFacts } from './index-facts.ts'
import type { IndexFacts } from './memory.ts'
import { batches, type OnProgress } from './progress.ts'
import { believed, readTags, type TagReading } from './reading.ts'
import { driftOf, type Known, knownOf, rowOf } from './rows.ts'

/**
 * What a repository holds. The tag list is asked for every time and has the last word on what is there; what `index.spack`
 * knows is not read tag by tag unless `detail` is `all`; what was read before is not read again (`believed`).
 *
 * A registry that does not list tags to this login still shows what its index speaks of, and `problem` says so.
 * Throws what the registry answers.
 */
export async function readCatalogRows(
  browsed: Browsed,
  input: Parsed<'catalog.read'>,
  onProgress: OnProgress,
): Promise<Catalog> {
  const { memory, repository } = browsed
  const indexing = readIndexFacts(browsed)
  // It may fail while the tags are still waited for.
  indexing.catch(() => undefined)
  const { tags, problem } = await listTags(browsed, indexing)
  try {
    const readings = problem === undefined ? recall(browsed, tags) : new Map<string, TagReading>()
    onProgress(snapshot(tags, knownOf(tags, memory.indexOf(), readings)))
    const index = await indexing
    if (index !== memory.indexOf()) onProgress(snapshot(tags, knownOf(tags, index, readings)))
    memory.learnIndex(index)
    if (problem === undefined) {
      memory.retain(new Set(tags))
      const known = knownOf(tags, index, readings)
      const isIndexed = (tag: string): boolean => known.indexed?.has(hashInTag(tag) ?? '') ?? false
      const wanted = tags.filter((tag) => !readings.has(tag) && (input.detail === 'all' || !isIndexed(tag)))
      await readInto(browsed, wanted, { known, readings, total: tags.length, onProgress })
    }
    const known = knownOf(tags, index, readings)
    const rows = rowsOf(tags, known)
    return {
      repository: formatReference(repository.reference),
      rows,
      index: index && describeIndex(index),
      ...driftOf(rows, tags, index),
      problem,
      command: browseCommand(['list', input.repository], input),
    }
  } finally {
    // What was read of a catalogue that was left is read.
    await memory.save()
  }
}

/** The rows of these tags as the registry has them now, those that are still there. */
export async function readRows(browsed: Browsed, tags: readonly string[]): Promise<CatalogRow[]> {
  const { memory } = browsed
  const readings = await readTags(browsed, [...new Set(tags)])
  await memory.save()
  // The kind of an image depends on the packages beside it.
  const remembered = memory.entries().map(([tag, facts]): TagReading => ({ kind: 'read', tag, facts }))
  const all = new Map([...remembered, ...readings].map((one) => [one.tag, one]))
  return rowsOf([...new Set(tags)], knownOf([...all.keys()], memory.indexOf(), all))
}

/** The tags; where they are not listed those of the index's packages, and why. */
async function listTags(
  { repository, signal }: Browsed,
  indexing: Promise<IndexFacts | undefined>,
): Promise<{ readonly tags: readonly string[]; readonly problem?: string }> {
  try {
    return { tags: await repository.tags({ signal }) }
  } catch (error) {
    if (!isListRefused(error)) throw error
    const index = await indexing.catch(() => undefined)
    if (!index || index.problem !== undefined) throw error
    return { tags: index.packages.map(packageTag).sort(), problem: error.message }
  }
}

/** Whether a registry gives images, and no list of them. */
export function isListRefused(error: unknown): error is StrataError {
  return error instanceof StrataError && listRefusals.has(error.code)
}

const listRefusals: ReadonlySet<string> = new Set(['registry-denied', 'registry-auth', 'registry-unsupported'])

/** What need not be asked for. */
export function recall(browsed: Browsed, tags: readonly string[]): Map<string, TagReading> {
  return new Map(
    tags.flatMap((tag) => {
      const facts = believed(browsed, tag)
      return facts ? [[tag, { kind: 'read', tag, facts }] as const] : []
    }),
  )
}

/** Reads tags one by one into `readings`, and tells of them in batches. */
export async function readInto(
  browsed: Browsed,
  wanted: readonly string[],
  to: {
    readonly known: Known
    readonly readings: Map<string, TagReading>
    readonly total: number
    readonly onProgress: OnProgress
  },
): Promise<void> {
  const before = to.total - wanted.length
  const batch = batches<TagReading>(browsed.now, (read, fresh) => {
    const known = { ...to.known, readings: new Map(fresh.map((one) => [one.tag, one])) }
    to.onProgress({ read: before + read, total: to.total, rows: rowsOf([...known.readings.keys()], known) })
  })
  await readTags(browsed, wanted, (reading) => {
    to.readings.set(reading.tag, reading)
    batch.add(reading)
  })
  batch.flush()
}

function snapshot(tags: readonly string[], known: Known): Omit<CatalogProgress, 'run'> {
  return { read: known.readings.size, total: tags.length, rows: rowsOf(tags, known) }
}

function rowsOf(tags: readonly string[], known: Known): CatalogRow[] {
  return tags.flatMap((tag) => rowOf(tag, known) ?? [])
}

function describeIndex({ digest, version, problem, packages }: IndexFacts): NonNullable<Catalog['index']> {
  return problem === undefined ? { digest, version, packages: packages.length } : { digest, problem }
}
