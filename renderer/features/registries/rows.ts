import type { CatalogRow } from '../../../main/api/catalog.ts'
import { shortTag } from '../../../main/api/format.ts'
import { kinds } from './kinds.ts'

export const facetKeys = ['kind', 'name', 'target', 'compiler', 'age', 'size'] as const
export type FacetKey = (typeof facetKeys)[number]

/** A tag as the table shows it: what filters and sorts it is made once. */
export interface TagRow {
  readonly row: CatalogRow
  readonly name: string
  /** Bytes that are its own: of a package its layer, of an image all layers. */
  readonly bytes: number | undefined
  /** Lower case, for the search. */
  readonly text: string
  /** Sorts by name, then version, numbers as numbers. */
  readonly order: string
  readonly values: Readonly<Record<FacetKey, string>>
}

/** The value of a facet that nobody knows yet, or that means nothing for such a tag. */
export const unknown = '–'

const day = 24 * 3600 * 1000
const MiB = 1024 ** 2

/** From the newest on; each holds what is younger than so many days. */
export const ages = [
  { word: 'Last week', days: 7 },
  { word: 'Last month', days: 31 },
  { word: 'Last year', days: 366 },
  { word: 'Older', days: Number.POSITIVE_INFINITY },
] as const

/** From the smallest on; each holds what is below so many bytes. */
export const bytesSteps = [
  { word: 'Below 1 MiB', below: MiB },
  { word: '1–10 MiB', below: 10 * MiB },
  { word: '10–100 MiB', below: 100 * MiB },
  { word: '100 MiB–1 GiB', below: 1024 * MiB },
  { word: '1 GiB and more', below: Number.POSITIVE_INFINITY },
] as const

const made = new WeakMap<CatalogRow, TagRow>()

/** Rows of the table for these rows of the catalogue; one that is the same object as before costs nothing. */
export function tagRows(rows: readonly CatalogRow[], now: number): readonly TagRow[] {
  return rows.map((row) => {
    const known = made.get(row)
    if (known) return known
    const fresh = tagRow(row, now)
    made.set(row, fresh)
    return fresh
  })
}

function tagRow(row: CatalogRow, now: number): TagRow {
  const { package: about, tag, kind } = row
  const name = about?.name ?? shortTag(tag)
  const bytes = row.ownBytes ?? row.bytes
  const words = about
    ? `${about.name}@${about.version} ${about.variants} ${about.compiler ?? ''} ${about.target} ${about.os} /${about.hash}`
    : (row.platform ?? '')
  return {
    row,
    name,
    bytes,
    text: `${tag} ${words} ${kinds[kind].word}`.toLowerCase(),
    order: sortable(`${name} ${about?.version ?? ''}`),
    values: {
      kind,
      name: about?.name ?? unknown,
      target: about?.target ?? row.platform ?? unknown,
      compiler: about?.compiler ?? unknown,
      age: ageOf(row.createdAt, now),
      size: sizeOf(bytes),
    },
  }
}

function ageOf(createdAt: number | undefined, now: number): string {
  // Images that are built the same every time say 1970: that is no age.
  if (createdAt === undefined || createdAt < day) return unknown
  return ages.find(({ days }) => now - createdAt < days * day)?.word ?? unknown
}

function sizeOf(bytes: number | undefined): string {
  return (bytes === undefined ? undefined : bytesSteps.find(({ below }) => bytes < below)?.word) ?? unknown
}

/** Text that plain comparison sorts as people do: 1.9 before 1.10, whatever the case. Collating 10,000 rows would take 100 ms. */
export function sortable(text: string): string {
  return text.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(9, '0'))
}
