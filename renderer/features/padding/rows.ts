import type { PaddingReport } from '../../../main/api/spack-files.ts'
import type { GridColumn } from '../../ui/grid/column.ts'
import type { Sorting } from '../../ui/grid/Grid.tsx'

export type PaddingRow = PaddingReport['packages'][number]

const own: readonly GridColumn<PaddingRow>[] = [
  {
    id: 'name',
    title: 'Package',
    track: 'minmax(120px, 2fr)',
    text: ({ name, version }) => `${name}@${version}`,
    hint: ({ hash }) => hash,
  },
  { id: 'prefix', title: 'Prefix', track: '60px', number: true, text: ({ prefixLength }) => String(prefixLength) },
  { id: 'root', title: 'Longest root', track: '104px', number: true, text: ({ longestRoot }) => String(longestRoot) },
]

const ofTarget: readonly GridColumn<PaddingRow>[] = [
  {
    id: 'by',
    title: 'Too long by',
    track: '104px',
    number: true,
    text: ({ tooLong }) => (tooLong ? String(tooLong.by) : 'fits'),
    hue: ({ tooLong }) => (tooLong ? 'problem' : 'fits'),
  },
  {
    id: 'because',
    title: 'Because of',
    track: 'minmax(80px, 1fr)',
    text: ({ name, tooLong }) => (tooLong === undefined ? '' : tooLong.because === name ? 'itself' : tooLong.because),
  },
]

const both: readonly GridColumn<PaddingRow>[] = [...own, ...ofTarget]

/** What is shown of each package; with a target also whether it fits there. */
export function columnsFor(hasTarget: boolean): readonly GridColumn<PaddingRow>[] {
  return hasTarget ? both : own
}

const byName = new Intl.Collator('en', { numeric: true }).compare

/** The rows by name: what the other orders fall back to, made once since names are slow to compare. */
export function inNameOrder(rows: readonly PaddingRow[]): readonly PaddingRow[] {
  return rows.toSorted((a, b) => byName(a.name, b.name))
}

/** Rows that are in the order of their names by a column. What does not fit counts as the longest. */
export function sortRows(rows: readonly PaddingRow[], { column, descending }: Sorting): readonly PaddingRow[] {
  const sign = descending ? -1 : 1
  switch (column) {
    case 'prefix':
      return rows.toSorted((a, b) => sign * (a.prefixLength - b.prefixLength))
    case 'root':
      return rows.toSorted((a, b) => sign * (a.longestRoot - b.longestRoot))
    case 'by':
      return rows.toSorted((a, b) => sign * ((a.tooLong?.by ?? 0) - (b.tooLong?.by ?? 0)))
    case 'because': {
      const because = (row: PaddingRow): string => row.tooLong?.because ?? ''
      return rows.toSorted((a, b) => (because(a) === because(b) ? 0 : sign * byName(because(a), because(b))))
    }
    default:
      return descending ? rows.toReversed() : rows
  }
}

/** Those whose name, version or hash begins or contains what was typed. */
export function filterRows(rows: readonly PaddingRow[], typed: string): readonly PaddingRow[] {
  const words = typed.trim().toLowerCase().replace(/^\//, '')
  if (words === '') return rows
  return rows.filter(({ name, version, hash }) => `${name}@${version}`.includes(words) || hash.startsWith(words))
}
