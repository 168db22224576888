import { CloseButton, TextInput } from '@mantine/core'
import { IconFilter } from '@tabler/icons-react'
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { formatCount, plural } from '../../../main/api/format.ts'
import type { PlannedInstall } from '../../../main/api/install.ts'
import grid from '../../ui/grid/grid.module.css'
import { useGridKeys } from '../../ui/grid/use-grid-keys.ts'
import { useVirtualRows } from '../../ui/grid/use-virtual-rows.ts'
import page from '../planning/page.module.css'
import { columns, planTracks } from './columns.ts'
import css from './install.module.css'
import { filterRows, planRows } from './model.ts'
import { PlanRow } from './PlanRow.tsx'

// Below this one sees all of it at a glance.
const worthFiltering = 12

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
  const scroller = useRef<HTMLDivElement>(null)
  const { active, setActive, onKeyDown } = useGridKeys({
    count: rows.length,
    scroller,
    onOpen: (index) => rows[index] && onShow(rows[index].hash),
  })
  const { items, height, slot } = useVirtualRows({ count: rows.length, active, scroller })
  const choose = useCallback(
    (index: number) => {
      const row = rows[index]
      setActive(index)
      if (row) onShow(row.hash)
    },
    [rows, onShow, setActive],
  )
  // Opened from a finding: the keyboard goes on from there.
  useEffect(() => {
    const index = rows.findIndex((row) => row.hash === shown)
    if (index !== -1) setActive(index)
  }, [shown, rows, setActive])
  return (
    <div className={`${page.picture} ${css.frame}`}>
      {packages.length > worthFiltering && (
        <div className={css.tools}>
          <TextInput
            className={css.filter}
            aria-label="Filter packages"
            placeholder="Filter by name, hash, action, paths"
            leftSection={<IconFilter size={14} />}
            value={query}
            onChange={(event) => setQuery(event.currentTarget.value)}
            rightSection={
              query !== '' && <CloseButton size="xs" aria-label="Clear filter" onClick={() => setQuery('')} />
            }
            spellCheck={false}
          />
          <span className={page.note} role="status">
            {rows.length === packages.length
              ? plural(packages.length, 'package')
              : `${formatCount(rows.length)} of ${plural(packages.length, 'package')}`}
          </span>
        </div>
      )}
      {/* biome-ignore lint/a11y/useSemanticElements: a table element cannot hold virtual rows */}
      <div
        ref={scroller}
        className={`${grid.scroller} ${css.grid}`}
        role="grid"
        aria-label="Packages of the plan"
        aria-rowcount={rows.length + 1}
        aria-activedescendant={rows[active] && `planned-${rows[active].hash}`}
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        <Head />
        {/* biome-ignore lint/a11y/useSemanticElements: as above */}
        <div className={grid.rows} role="rowgroup" style={{ height }}>
          {items.map((item) => {
            const row = rows[item.index]
            return (
              row && (
                <PlanRow
                  key={slot(item)}
                  row={row}
                  index={item.index}
                  top={item.start}
                  active={item.index === active}
                  shown={row.hash === shown}
                  onChoose={choose}
                />
              )
            )
          })}
        </div>
        {rows.length === 0 && <p className={grid.none}>None of {formatCount(packages.length)} packages matches.</p>}
      </div>
    </div>
  )
}

function Head() {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtual table has no thead
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus
    <div className={grid.head} role="row" aria-rowindex={1} style={{ gridTemplateColumns: planTracks }}>
      {columns.map(({ id, title, number }) => (
        // biome-ignore lint/a11y/useSemanticElements: as above
        // biome-ignore lint/a11y/useFocusableInteractive: as above
        <div
          key={id}
          role="columnheader"
          className={`${grid.headCell} ${css.headCell}`}
          data-number={number || undefined}
        >
          {title}
        </div>
      ))}
    </div>
  )
}
