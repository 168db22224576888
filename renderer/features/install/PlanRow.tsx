import { memo } from 'react'
import type { PlannedInstall } from '../../../main/api/install.ts'
import grid from '../../ui/grid/grid.module.css'
import { columns, planTracks } from './columns.ts'
import css from './install.module.css'

interface RowProps {
  readonly row: PlannedInstall
  readonly index: number
  readonly top: number
  readonly active: boolean
  readonly shown: boolean
  readonly onChoose: (index: number) => void
}

/** One package of the plan. Scrolling renders nothing of a row that stays. */
export const PlanRow = memo(function PlanRow({ row, index, top, active, shown, onChoose }: RowProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtual row is not a tr
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid handles the keys of all its rows
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus, and says which row is active
    <div
      id={`planned-${row.hash}`}
      role="row"
      className={grid.row}
      aria-rowindex={index + 2}
      data-active={active || undefined}
      data-shown={shown || undefined}
      style={{ transform: `translateY(${top}px)`, gridTemplateColumns: planTracks }}
      onClick={() => onChoose(index)}
    >
      {columns.map((column) => (
        // biome-ignore lint/a11y/useSemanticElements: as above
        // biome-ignore lint/a11y/useFocusableInteractive: as above
        <div
          key={column.id}
          role="gridcell"
          className={`${grid.cell} ${css.cell}`}
          data-column={column.id}
          data-hue={column.hue?.(row)}
          title={column.hint?.(row)}
        >
          {column.text(row)}
        </div>
      ))}
    </div>
  )
})
