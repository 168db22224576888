import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { formatCount } from '../../../main/api/format.ts'
import type { EnvironmentDetail } from '../../../main/api/models.ts'
import grid from '../../ui/grid/grid.module.css'
import { useGridKeys } from '../../ui/grid/use-grid-keys.ts'
import { type Facet, filterRows, packageRows } from './rows.ts'
import { TableBody } from './TableBody.tsx'
import { TableHead } from './TableHead.tsx'
import { TableTools } from './TableTools.tsx'
import css from './table.module.css'
import { useCached } from './use-cached.ts'
import { usePackageTable } from './use-package-table.ts'

interface TableProps {
  readonly environment: EnvironmentDetail
  readonly sizes: Readonly<Record<string, number>> | undefined
  readonly shown: string | undefined
  readonly onShow: (hash: string) => void
  readonly selection: ReadonlySet<string>
  readonly onSelection: (selection: ReadonlySet<string>) => void
}

/**
 * The packages of an environment. One tab stop: arrows move the row, Space selects it, Enter shows it. Only the
 * visible rows exist, so fifty thousand cost no more than fifty.
 */
export function PackageTable({ environment, sizes, shown, onShow, selection, onSelection }: TableProps) {
  const [query, setQuery] = useState('')
  const [facet, setFacet] = useState<Facet>('all')
  const deferred = useDeferredValue(query)
  const cached = useCached(environment)
  const all = useMemo(() => packageRows(environment, sizes, cached.hashes), [environment, sizes, cached.hashes])
  const filtered = useMemo(() => filterRows(all, deferred, facet), [all, deferred, facet])
  const table = usePackageTable(filtered, selection, onSelection)
  const { rows } = table.getRowModel()
  const scroller = useRef<HTMLDivElement>(null)
  const chosen = useRef(selection)
  chosen.current = selection
  const toggle = useCallback(
    (hash: string) => {
      const next = new Set(chosen.current)
      if (!next.delete(hash)) next.add(hash)
      onSelection(next)
    },
    [onSelection],
  )

  const { active, setActive, onKeyDown } = useGridKeys({
    count: rows.length,
    scroller,
    onOpen: (index) => rows[index] && onShow(rows[index].id),
    onToggle: (index) => rows[index] && toggle(rows[index].id),
  })
  useRevealShown(shown, rows, setActive)
  const choose = useCallback(
    (index: number) => {
      const row = rows[index]
      setActive(index)
      if (row) onShow(row.id)
    },
    [rows, onShow, setActive],
  )
  return (
    <div className={css.frame}>
      <TableTools
        query={query}
        onQuery={setQuery}
        facet={facet}
        onFacet={setFacet}
        found={rows.length}
        of={all.length}
        cached={cached}
      />
      {/* biome-ignore lint/a11y/useSemanticElements: a table element cannot hold virtual rows */}
      <div
        ref={scroller}
        className={`${grid.scroller} ${css.grid}`}
        role="grid"
        aria-label={`Packages of ${environment.name}`}
        aria-rowcount={rows.length + 1}
        aria-multiselectable
        aria-activedescendant={rows[active] && `row-${rows[active].id}`}
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        <TableHead table={table} />
        <TableBody
          rows={rows}
          selection={selection}
          scroller={scroller}
          active={active}
          shown={shown}
          onToggle={toggle}
          onChoose={choose}
        />
        {rows.length === 0 && <p className={grid.none}>None of {formatCount(all.length)} packages matches.</p>}
      </div>
    </div>
  )
}

/** Scrolls to a package that was opened from elsewhere: the search, the stack, a link in the panel. */
function useRevealShown(shown: string | undefined, rows: readonly { id: string }[], reveal: (index: number) => void) {
  const last = useRef<string>(undefined)
  useEffect(() => {
    if (shown === last.current) return
    last.current = shown
    const index = rows.findIndex((r) => r.id === shown)
    if (index !== -1) reveal(index)
  })
}
