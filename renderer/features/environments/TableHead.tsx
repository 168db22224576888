import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import grid from '../../ui/grid/grid.module.css'
import { columns, packageTracks } from './columns.ts'
import css from './table.module.css'
import type { usePackageTable } from './use-package-table.ts'

/** The head of the package table: select all, and a button a column that sorts by it. */
export function TableHead({ table }: { readonly table: ReturnType<typeof usePackageTable> }) {
  const all = table.getIsAllRowsSelected()
  const some = table.getIsSomeRowsSelected()
  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtual table has no thead
    // biome-ignore lint/a11y/useFocusableInteractive: its buttons are
    <div className={grid.head} role="row" aria-rowindex={1} style={{ gridTemplateColumns: packageTracks }}>
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: as above */}
      <div role="columnheader" className={css.check}>
        <input
          type="checkbox"
          aria-label="Select all packages shown"
          checked={all}
          ref={(input) => {
            if (input) input.indeterminate = some && !all
          }}
          onChange={() => table.toggleAllRowsSelected(!all)}
        />
      </div>
      {columns.map(({ id, title, number }) => {
        const column = table.getColumn(id)
        const sorted = column?.getIsSorted() ?? false
        return (
          // biome-ignore lint/a11y/useSemanticElements: as above
          // biome-ignore lint/a11y/useFocusableInteractive: as above
          <div
            key={id}
            role="columnheader"
            aria-sort={sorted === 'asc' ? 'ascending' : sorted === 'desc' ? 'descending' : 'none'}
            className={`${grid.headCell} ${css.headCell}`}
            data-number={number || undefined}
          >
            <button type="button" onClick={() => column?.toggleSorting()}>
              {title}
              {sorted === 'asc' && <IconArrowUp size={13} aria-hidden />}
              {sorted === 'desc' && <IconArrowDown size={13} aria-hidden />}
            </button>
          </div>
        )
      })}
    </div>
  )
}
