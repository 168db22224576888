import { useMemo, useState } from 'react'
import { countFound } from '../../../main/api/format.ts'
import type { PaddingReport } from '../../../main/api/spack-files.ts'
import { replaceRoute } from '../../app/use-route.ts'
import { Grid, type Sorting } from '../../ui/grid/Grid.tsx'
import { SearchField } from '../../ui/SearchField.tsx'
import type { OneEnvironment } from '../environments/room.ts'
import css from './padding.module.css'
import { columnsFor, filterRows, inNameOrder, type PaddingRow, sortRows } from './rows.ts'

interface TableProps {
  readonly report: PaddingReport
  /** Whether the report says what fits into another store. */
  readonly hasTarget: boolean
  readonly route: OneEnvironment
}

const leastRoom: Sorting = { column: 'root', descending: false }
const leastFitting: Sorting = { column: 'by', descending: true }

/** Every installed package with its length: the one with the least room first. */
export function RoomTable({ report, hasTarget, route }: TableProps) {
  const [chosen, setChosen] = useState<Sorting>()
  const [typed, setTyped] = useState('')
  const columns = columnsFor(hasTarget)
  const isShown = chosen !== undefined && columns.some(({ id }) => id === chosen.column)
  const sorting = isShown ? chosen : hasTarget ? leastFitting : leastRoom
  const { packages } = report
  const named = useMemo(() => inNameOrder(packages), [packages])
  const sorted = useMemo(() => sortRows(named, sorting), [named, sorting])
  const rows = useMemo(() => filterRows(sorted, typed), [sorted, typed])
  return (
    <div className={css.right}>
      <div className={css.tools}>
        <SearchField
          className={css.filter}
          label="Filter packages"
          placeholder="Filter by name, version or hash"
          value={typed}
          onChange={setTyped}
        />
        <span className={css.dim} role="status">
          {countFound(rows.length, packages.length, 'package')}
        </span>
      </div>
      <Grid
        label="Installed packages"
        columns={columns}
        rows={rows}
        rowId={hashOf}
        sorting={sorting}
        onSort={(column) =>
          setChosen({ column, descending: sorting.column === column ? !sorting.descending : column === 'by' })
        }
        onOpen={({ hash }) => replaceRoute({ ...route, view: 'table', package: hash })}
        className={css.grid}
        cellClass={css.cell}
      >
        {packages.length === 0
          ? 'Nothing of this environment is installed in this store. What is built from now on gets the length that is set.'
          : 'No package is called so.'}
      </Grid>
    </div>
  )
}

function hashOf({ hash }: PaddingRow): string {
  return hash
}
