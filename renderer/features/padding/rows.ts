import type { PaddingReport } from '../../../main/api/spack-files.ts'
import type { GridColumn } from '../../ui/grid/column.ts'
import type { Sorting } from '../../ui/grid/Grid.tsx'

export type PaddingRow = PaddingReport['packages'][number]

const own: readonly GridColumn<PaddingRow>[] = [
  {
    id: 'name',
    title: 'Package',
    track: 'minmax(140px, 2fr)',
    text: ({ name, version }) => `${name}@${version}`,
    hint: ({ hash }) => hash,
  },
  { id: 'prefix', title: 'Prefix', track: '72px', number: true, text: ({ prefixLength }) => String(prefixLength) },
  { id: 'root', title: 'Longest root', track: '108px', number: true, text: ({ longestRoot }) => String(longestRoot) },
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
    track: 'minmax(96px, 1fr)',
    text: ({ name, tooLong }) => (tooLong === undefined ? '' : tooLong.because === name ? 'itself' : tooLong.because),
  },
]

const both: readonly GridColumn<PaddingRow>[] = [...own, ...ofTarget]

/** What is shown of each package; with a target also whether it fits there. */
export function columnsFor(hasTarget: boolean): readonly GridColumn<PaddingRow>[] {
  return hasTarget ? both : own
}

const byName = new Intl.Collator('en', { numeric: true }).compare

/** By a column; the same in it by name. What does not fit counts as the longest. */
export function sortRows(rows: readonly PaddingRow[], { column, descending }: Sorting): readonly PaddingRow[] {
  const value = ({ prefixLength, longestRoot, tooLong }: PaddingRow): number => {
    if (column === 'prefix') return prefixLength
    if (column === 'root') return longestRoot
    return column === 'by' ? (tooLong?.by ?? 0) : 0
  }
  const because = (row: PaddingRow): string => (column === 'because' ? (row.tooLong?.because ?? '') : '')
  const sign = descending ? -1 : 1
  return rows.toSorted(
    (a, b) =>
      sign *
        (value(a) - value(b) || byName(because(a), because(b)) || (column === 'name' ? byName(a.name, b.name) : 0)) ||
      byName(a.name, b.name),
  )
}

/** Those whose name, version or hash begins or contains what was typed. */
export function filterRows(rows: readonly PaddingRow[], typed: string): readonly PaddingRow[] {
  const words = typed.trim().toLowerCase().replace(/^\//, '')
  if (words === '') return rows
  return rows.filter(({ name, version, hash }) => `${name}@${version}`.includes(words) || hash.startsWith(words))
}
