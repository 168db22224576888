import {
  createSortedRowModel,
  type RowSelectionState,
  rowSelectionFeature,
  rowSortingFeature,
  type SortingState,
  tableFeatures,
  useTable,
} from '@tanstack/react-table'
import { useMemo, useState } from 'react'
import { columns, type PackageRow } from './columns.ts'

const features = tableFeatures({ rowSortingFeature, rowSelectionFeature, sortedRowModel: createSortedRowModel() })

// Numbers inside names and versions count as numbers: 1.9 stands before 1.10.
const { compare } = new Intl.Collator('en', { numeric: true })

const definitions = columns.map(({ id, value, number }) => ({
  id,
  accessorFn: value,
  sortDescFirst: number === true,
  sortFn: (a: { original: PackageRow }, b: { original: PackageRow }) => {
    const [x, y] = [value(a.original), value(b.original)]
    return typeof x === 'number' && typeof y === 'number' ? x - y : compare(String(x), String(y))
  },
}))

/** Sorting and selection of the package table; what is selected belongs to the caller. */
export function usePackageTable(
  rows: readonly PackageRow[],
  selection: ReadonlySet<string>,
  onSelection: (selection: ReadonlySet<string>) => void,
) {
  const [sorting, setSorting] = useState<SortingState>([{ id: 'name', desc: false }])
  const rowSelection = useMemo<RowSelectionState>(
    () => Object.fromEntries([...selection].map((hash) => [hash, true])),
    [selection],
  )
  return useTable({
    features,
    data: rows,
    columns: definitions,
    getRowId: (row) => row.package.hash,
    state: { sorting, rowSelection },
    onSortingChange: setSorting,
    onRowSelectionChange: (update) => {
      const next = typeof update === 'function' ? update(rowSelection) : update
      onSelection(new Set(Object.keys(next).filter((hash) => next[hash])))
    },
  })
}
