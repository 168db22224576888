import { memo } from 'react'
import { columns, gridTracks, type PackageRow } from './columns.tsx'
import css from './table.module.css'

interface RowProps {
  readonly row: PackageRow
  readonly index: number
  readonly top: number
  readonly selected: boolean
  readonly active: boolean
  readonly shown: boolean
  readonly onToggle: () => void
  readonly onShow: (hash: string) => void
}

/** One row of the table. Scrolling renders nothing of a row that stays. */
export const PackageRowView = memo(
  function PackageRowView({ row, index, top, selected, active, shown, onToggle, onShow }: RowProps) {
    const { hash, name } = row.package
    return (
      // biome-ignore lint/a11y/useSemanticElements: a virtual row is not a tr
      // biome-ignore lint/a11y/useKeyWithClickEvents: the grid handles the keys of all its rows
      <div
        id={`row-${hash}`}
        role="row"
        tabIndex={-1}
        className={css.row}
        aria-rowindex={index + 2}
        aria-selected={selected}
        data-active={active || undefined}
        data-shown={shown || undefined}
        style={{ transform: `translateY(${top}px)`, gridTemplateColumns: gridTracks }}
        onClick={() => onShow(hash)}
      >
        {/* biome-ignore lint/a11y/useSemanticElements: as above */}
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: as above */}
        <div role="gridcell" tabIndex={-1} className={css.check} onClick={(event) => event.stopPropagation()}>
          <input type="checkbox" tabIndex={-1} checked={selected} onChange={onToggle} aria-label={`Select ${name}`} />
        </div>
        {columns.map((column) => (
          // biome-ignore lint/a11y/useSemanticElements: as above
          <div key={column.id} role="gridcell" tabIndex={-1} className={column.number ? css.numberCell : css.cell}>
            {column.cell(row)}
          </div>
        ))}
      </div>
    )
  },
  (a, b) =>
    a.row === b.row &&
    a.top === b.top &&
    a.selected === b.selected &&
    a.active === b.active &&
    a.shown === b.shown &&
    a.onShow === b.onShow,
)
