import { memo, useState } from 'react'
import { CopyButton } from '../../ui/CopyButton.tsx'
import grid from '../../ui/grid/grid.module.css'
import { usePress } from '../../ui/grid/use-press.ts'
import { columns, type PackageRow, packageTracks } from './columns.ts'
import css from './table.module.css'

interface RowProps {
  readonly row: PackageRow
  readonly index: number
  readonly top: number
  readonly selected: boolean
  readonly active: boolean
  readonly shown: boolean
  readonly onToggle: (hash: string) => void
  readonly onChoose: (index: number) => void
}

/** One row of the table. Scrolling renders nothing of a row that stays. */
export const PackageRowView = memo(function PackageRowView(props: RowProps) {
  const { row, index, top, selected, active, shown, onToggle, onChoose } = props
  const { hash, name } = row.package
  // Which row is pointed at, not that one is: a row lends its elements to the next one.
  const [pointed, setPointed] = useState<string>()
  const { onPointerDown, meant } = usePress(hash)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtual row is not a tr
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid handles the keys of all its rows
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus, and says which row is active
    <div
      id={`row-${hash}`}
      role="row"
      className={grid.row}
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-active={active || undefined}
      data-shown={shown || undefined}
      style={{ transform: `translateY(${top}px)`, gridTemplateColumns: packageTracks }}
      onPointerDown={onPointerDown}
      onClick={(event) => meant(event) && onChoose(index)}
      onMouseEnter={() => setPointed(hash)}
      onMouseLeave={() => setPointed(undefined)}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: as above */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: as above */}
      <div role="gridcell" className={css.check} onClick={(event) => event.stopPropagation()}>
        <input
          type="checkbox"
          tabIndex={-1}
          checked={selected}
          onChange={(event) => meant(event) && onToggle(hash)}
          aria-label={`Select ${name}`}
        />
      </div>
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
          {column.id === 'hash' && (active || shown || pointed === hash) && <CopyButton value={hash} what="hash" />}
        </div>
      ))}
    </div>
  )
})
