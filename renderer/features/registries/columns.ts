import { formatBytes, formatCount, formatRelative, shortHash } from '../../../main/api/format.ts'
import type { GridColumn } from '../../ui/grid/column.ts'
import type { Sorting } from '../../ui/grid/Grid.tsx'
import { kinds } from './kinds.ts'
import { sortable, type TagRow, unknown } from './rows.ts'

/** A column of the tags, and what it sorts by. */
interface TagColumn extends GridColumn<TagRow> {
  readonly value: (row: TagRow) => string | number
}

export const columns: readonly TagColumn[] = [
  {
    id: 'kind',
    title: 'Kind',
    track: '110px',
    value: (r) => kinds[r.row.kind].word,
    text: (r) => kinds[r.row.kind].word,
    hint: (r) => r.row.problem,
    hue: (r) => r.row.kind,
  },
  {
    id: 'name',
    title: 'Name',
    track: 'minmax(104px, 1.4fr)',
    value: (r) => r.order,
    text: (r) => r.name,
    hint: (r) => r.row.problem ?? r.row.tag,
    hue: (r) => r.row.kind,
  },
  {
    id: 'version',
    title: 'Version',
    track: '72px',
    value: (r) => sortable(r.row.package?.version ?? ''),
    text: (r) => r.row.package?.version ?? '',
    hint: (r) => r.row.package?.version,
  },
  {
    id: 'size',
    title: 'Size',
    track: '74px',
    number: true,
    value: (r) => r.bytes ?? -1,
    text: (r) => (r.bytes === undefined ? unknown : formatBytes(r.bytes)),
    hint: sizeHint,
  },
  {
    id: 'target',
    title: 'Target',
    track: 'minmax(84px, 0.5fr)',
    value: (r) => r.values.target,
    text: (r) => r.row.package?.target ?? r.row.platform ?? '',
    hint: (r) => r.row.package?.target ?? r.row.platform,
  },
  {
    id: 'compiler',
    title: 'Compiler',
    track: '90px',
    value: (r) => sortable(r.row.package?.compiler ?? ''),
    text: (r) => r.row.package?.compiler ?? '',
    hint: (r) => r.row.package?.compiler,
  },
  {
    id: 'os',
    title: 'OS',
    track: '88px',
    value: (r) => r.row.package?.os ?? '',
    text: (r) => r.row.package?.os ?? '',
    hint: (r) => r.row.package?.os,
  },
  {
    id: 'age',
    title: 'Age',
    track: '92px',
    value: (r) => -(r.row.createdAt ?? 0),
    text: (r) => (r.values.age === unknown ? unknown : formatRelative(r.row.createdAt ?? 0, Date.now())),
    hint: (r) => (r.values.age === unknown ? undefined : new Date(r.row.createdAt ?? 0).toLocaleString()),
  },
  {
    id: 'listed',
    title: 'In index',
    track: '64px',
    value: (r) => (r.row.listed === undefined ? 0 : r.row.listed ? 2 : 1),
    text: (r) => (r.row.listed === undefined ? '' : r.row.listed ? 'yes' : 'no'),
    hint: (r) => (r.row.listed === false ? 'Spack does not see it until the index is updated' : undefined),
    hue: (r) => (r.row.listed === false ? 'warning' : undefined),
  },
  {
    id: 'hash',
    title: 'Hash',
    track: '70px',
    value: (r) => r.row.package?.hash ?? '',
    text: (r) => (r.row.package ? shortHash(r.row.package.hash) : ''),
    hint: (r) => r.row.package?.hash,
  },
]

function sizeHint({ row, bytes }: TagRow): string | undefined {
  if (bytes === undefined) return 'Not read yet: “Read all details” asks the registry'
  if (row.ownBytes === undefined) return `${formatCount(bytes)} bytes, compressed`
  return `${formatCount(row.ownBytes)} bytes of its own, compressed; ${formatBytes(row.bytes ?? 0)} with all it needs`
}

/** In the order of a column; equal ones stay as they are. */
export function sortTags(rows: readonly TagRow[], { column, descending }: Sorting): readonly TagRow[] {
  const value = columns.find(({ id }) => id === column)?.value
  if (!value) return rows
  const sign = descending ? -1 : 1
  // Each key is made once: comparing asks for it fourteen times a row.
  const keyed = rows.map((row) => ({ row, key: value(row) }))
  keyed.sort((a, b) => (a.key < b.key ? -sign : a.key > b.key ? sign : 0))
  return keyed.map(({ row }) => row)
}

/** Another column, or the same the other way round. Numbers begin with the largest. */
export function nextSorting(old: Sorting, column: string): Sorting {
  if (old.column === column) return { column, descending: !old.descending }
  return { column, descending: columns.find(({ id }) => id === column)?.number === true }
}
