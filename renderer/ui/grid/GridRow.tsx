import { memo } from 'react'
import type { GridColumn } from './column.ts'
import grid from './grid.module.css'
import { usePress } from './use-press.ts'

interface RowProps<Row> {
  readonly row: Row
  readonly id: string
  readonly domId: string
  readonly columns: readonly GridColumn<Row>[]
  readonly tracks: string
  readonly cellClass: string | undefined
  /** Of the box to select it with; undefined where nothing is selected. */
  readonly name: string | undefined
  readonly index: number
  readonly top: number
  readonly active: boolean
  readonly shown: boolean
  readonly selected: boolean | undefined
  readonly opens: boolean
  readonly onChoose: (index: number) => void
  readonly onToggle: (id: string) => void
  /** In a tree; `expanded` of a branch. */
  readonly level: number | undefined
  readonly expanded: boolean | undefined
  /** Says what is dragged; false when nothing is. */
  readonly onDrag: ((index: number, data: DataTransfer) => boolean) | undefined
}

/** One row of a grid. Scrolling renders nothing of a row that stays. */
export const GridRow = memo(function GridRow<Row>(props: RowProps<Row>) {
  const { row, id, columns, name, index, top, active, shown, selected, opens, onChoose, onToggle } = props
  const { onPointerDown, meant } = usePress(id)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtual row is not a tr
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid handles the keys of all its rows
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus, and says which row is active
    <div
      id={props.domId}
      role="row"
      className={grid.row}
      aria-rowindex={index + 2}
      aria-selected={selected}
      aria-level={props.level}
      aria-expanded={props.expanded}
      data-active={active || undefined}
      data-shown={shown || undefined}
      data-opens={opens || undefined}
      style={{ transform: `translateY(${top}px)`, gridTemplateColumns: props.tracks }}
      onPointerDown={onPointerDown}
      onClick={(event) => meant(event) && onChoose(index)}
      draggable={props.onDrag !== undefined || undefined}
      onDragStart={
        props.onDrag &&
        ((event) => {
          if (!meant(event) || props.onDrag?.(index, event.dataTransfer) !== true) event.preventDefault()
        })
      }
    >
      {name !== undefined && (
        // biome-ignore lint/a11y/useSemanticElements: as above
        // biome-ignore lint/a11y/useKeyWithClickEvents: as above
        // biome-ignore lint/a11y/useFocusableInteractive: as above
        <div role="gridcell" className={grid.check} onClick={(event) => event.stopPropagation()}>
          <input
            type="checkbox"
            tabIndex={-1}
            checked={selected ?? false}
            onChange={(event) => meant(event) && onToggle(id)}
            aria-label={`Select ${name}`}
          />
        </div>
      )}
      {columns.map((column) => (
        // biome-ignore lint/a11y/useSemanticElements: as above
        // biome-ignore lint/a11y/useFocusableInteractive: as above
        <div
          key={column.id}
          role="gridcell"
          className={props.cellClass === undefined ? grid.cell : `${grid.cell} ${props.cellClass}`}
          data-column={column.id}
          data-hue={column.hue?.(row)}
          data-number={column.number || undefined}
          title={column.hint?.(row)}
        >
          {column.text(row)}
        </div>
      ))}
    </div>
  )
}) as <Row>(props: RowProps<Row> & { readonly key?: React.Key }) => React.JSX.Element
