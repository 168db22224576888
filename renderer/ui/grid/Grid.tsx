import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import { type ReactNode, useCallback, useEffect, useRef } from 'react'
import { type GridColumn, gridTracks } from './column.ts'
import { GridRow } from './GridRow.tsx'
import grid from './grid.module.css'
import { useGridKeys } from './use-grid-keys.ts'
import { useVirtualRows } from './use-virtual-rows.ts'

/** By which column rows are sorted. */
export interface Sorting {
  readonly column: string
  readonly descending: boolean
}

export interface Branch {
  /** From 1. */
  readonly level: number
  readonly expanded?: boolean
}

interface GridProps<Row> {
  readonly label: string
  /** In their order; the same object from one render to the next. */
  readonly columns: readonly GridColumn<Row>[]
  readonly rows: readonly Row[]
  /** The same function from one render to the next. */
  readonly rowId: (row: Row) => string
  /** What a screen reader says of a row's box to select it with. */
  readonly rowName?: (row: Row) => string
  /** Id of the row that is told about elsewhere. */
  readonly shown?: string
  readonly onOpen?: (row: Row) => void
  readonly selection?: ReadonlySet<string>
  readonly onSelection?: (selection: ReadonlySet<string>) => void
  readonly sorting?: Sorting
  readonly onSort?: (column: string) => void
  /** The rows that can be seen, whenever they change. */
  readonly onVisible?: (rows: readonly Row[]) => void
  /** Of a tree: how deep a row stands, and of a branch whether it is open. */
  readonly branch?: (row: Row) => Branch
  readonly onFold?: (row: Row, expanded: boolean) => void
  readonly onRemove?: (row: Row) => void
  /** Says what is dragged when a row is; false for a row that is not. */
  readonly onDrag?: (row: Row, data: DataTransfer) => boolean
  readonly className?: string
  readonly cellClass?: string
  /** What stands there without rows. */
  readonly children?: ReactNode
}

const box = '32px'

/**
 * A long table of plain text. One tab stop: arrows move the row, Enter opens it, Space selects it. Only the rows that can
 * be seen exist, so that ten thousand cost no more than fifty.
 */
export function Grid<Row>(props: GridProps<Row>) {
  const { label, columns, rows, rowId, rowName, shown, onOpen, selection, onSelection, onVisible } = props
  const scroller = useRef<HTMLDivElement>(null)
  // What rows call stays the same from one render to the next, or every row is rendered anew.
  const { branch, onFold, onRemove, onDrag } = props
  const now = useRef({ rows, onOpen, selection, onSelection, onDrag })
  now.current = { rows, onOpen, selection, onSelection, onDrag }
  const toggle = useCallback((id: string) => {
    const { selection: old, onSelection: change } = now.current
    const next = new Set(old)
    if (!next.delete(id)) next.add(id)
    change?.(next)
  }, [])
  const { active, setActive, onKeyDown } = useGridKeys({
    count: rows.length,
    scroller,
    onOpen: (index) => rows[index] && onOpen?.(rows[index]),
    onToggle: selection && ((index) => rows[index] && toggle(rowId(rows[index]))),
    onFold: onFold && ((index, expanded) => rows[index] && onFold(rows[index], expanded)),
    onRemove: onRemove && ((index) => rows[index] && onRemove(rows[index])),
  })
  const choose = useCallback(
    (index: number) => {
      setActive(index)
      const row = now.current.rows[index]
      if (row) now.current.onOpen?.(row)
    },
    [setActive],
  )
  const drag = useCallback((index: number, data: DataTransfer) => {
    const row = now.current.rows[index]
    return row !== undefined && now.current.onDrag?.(row, data) === true
  }, [])
  const { items, height, slot } = useVirtualRows({ count: rows.length, active, scroller })
  // Opened from elsewhere: the keyboard goes on from there.
  useEffect(() => {
    const index = shown === undefined ? -1 : now.current.rows.findIndex((row) => rowId(row) === shown)
    if (index !== -1) setActive(index)
  }, [shown, rowId, setActive])
  const [first, last] = [items[0]?.index ?? 0, (items.at(-1)?.index ?? -1) + 1]
  useEffect(() => onVisible?.(rows.slice(first, last)), [rows, first, last, onVisible])
  const tracks = (selection ? `${box} ` : '') + gridTracks(columns)
  const activeRow = rows[active]
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: its role is that of a grid, or of a tree of rows
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: as above
    <div
      ref={scroller}
      className={`${grid.scroller} ${props.className ?? ''}`}
      role={branch ? 'treegrid' : 'grid'}
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-multiselectable={selection ? true : undefined}
      aria-activedescendant={activeRow && `${label} ${rowId(activeRow)}`.replace(/\s/g, '-')}
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      <GridHead {...props} tracks={tracks} />
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <div className={grid.rows} role="rowgroup" style={{ height }}>
        {items.map((item) => {
          const row = rows[item.index]
          if (!row) return undefined
          const id = rowId(row)
          const { level, expanded } = branch?.(row) ?? {}
          return (
            <GridRow
              key={slot(item)}
              domId={`${label} ${id}`.replace(/\s/g, '-')}
              row={row}
              id={id}
              columns={columns}
              tracks={tracks}
              cellClass={props.cellClass}
              name={selection && (rowName?.(row) ?? id)}
              index={item.index}
              top={item.start}
              active={item.index === active}
              shown={id === shown}
              selected={selection?.has(id)}
              opens={onOpen !== undefined}
              onChoose={choose}
              onToggle={toggle}
              level={level}
              expanded={expanded}
              onDrag={onDrag && drag}
            />
          )
        })}
      </div>
      {rows.length === 0 && <div className={grid.none}>{props.children}</div>}
    </div>
  )
}

function GridHead<Row>(props: GridProps<Row> & { readonly tracks: string }) {
  const { columns, rows, rowId, selection, onSelection, sorting, onSort, tracks } = props
  const all =
    selection !== undefined &&
    rows.length > 0 &&
    selection.size >= rows.length &&
    rows.every((row) => selection.has(rowId(row)))
  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtual table has no thead
    // biome-ignore lint/a11y/useFocusableInteractive: its buttons are
    <div className={grid.head} role="row" aria-rowindex={1} style={{ gridTemplateColumns: tracks }}>
      {selection && (
        // biome-ignore lint/a11y/useSemanticElements: as above
        // biome-ignore lint/a11y/useFocusableInteractive: as above
        <div role="columnheader" className={grid.check}>
          <input
            type="checkbox"
            aria-label="Select all rows shown"
            checked={all}
            ref={(input) => {
              if (input) input.indeterminate = !all && selection.size > 0
            }}
            onChange={() => onSelection?.(new Set(all ? [] : rows.map(rowId)))}
          />
        </div>
      )}
      {columns.map(({ id, title, number }) => {
        const sorted = sorting?.column === id ? sorting : undefined
        const Arrow = sorted?.descending ? IconArrowDown : IconArrowUp
        return (
          // biome-ignore lint/a11y/useSemanticElements: as above
          // biome-ignore lint/a11y/useFocusableInteractive: as above
          <div
            key={id}
            role="columnheader"
            aria-sort={onSort && (sorted ? (sorted.descending ? 'descending' : 'ascending') : 'none')}
            className={`${grid.headCell} ${grid.headWord}`}
            data-number={number || undefined}
          >
            {onSort ? (
              <button type="button" onClick={() => onSort(id)}>
                {title}
                {sorted && <Arrow size={13} aria-hidden />}
              </button>
            ) : (
              title
            )}
          </div>
        )
      })}
    </div>
  )
}
