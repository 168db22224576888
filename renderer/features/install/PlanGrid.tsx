import { useDeferredValue, useMemo, useState } from 'react'
import { countFound, formatCount } from '../../../main/api/format.ts'
import type { PlannedInstall } from '../../../main/api/install.ts'
import { Grid } from '../../ui/grid/Grid.tsx'
import { SearchField } from '../../ui/SearchField.tsx'
import page from '../planning/page.module.css'
import { columns } from './columns.ts'
import css from './install.module.css'
import { filterRows, planRows } from './model.ts'

// Below this one sees all of it at a glance.
const worthFiltering = 12

const rowId = ({ hash }: PlannedInstall): string => hash

interface GridProps {
  readonly packages: readonly PlannedInstall[]
  readonly shown: string | undefined
  readonly onShow: (hash: string) => void
}

/** What happens to each package: one tab stop, arrows move the row, Enter tells more. Only the visible rows exist. */
export function PlanGrid({ packages, shown, onShow }: GridProps) {
  const [query, setQuery] = useState('')
  const deferred = useDeferredValue(query)
  const sorted = useMemo(() => planRows(packages), [packages])
  const rows = useMemo(() => filterRows(sorted, deferred), [sorted, deferred])
  return (
    <div className={`${page.picture} ${css.frame}`}>
      {packages.length > worthFiltering && (
        <div className={css.tools}>
          <SearchField
            className={css.filter}
            label="Filter packages"
            placeholder="Filter by name, hash, action, paths"
            value={query}
            onChange={setQuery}
          />
          <span className={page.note} role="status">
            {countFound(rows.length, packages.length, 'package')}
          </span>
        </div>
      )}
      <Grid
        label="Packages of the plan"
        columns={columns}
        rows={rows}
        rowId={rowId}
        shown={shown}
        onOpen={({ hash }) => onShow(hash)}
        className={css.grid}
        cellClass={css.cell}
      >
        None of {formatCount(packages.length)} packages matches.
      </Grid>
    </div>
  )
}
