import type { RefObject } from 'react'
import grid from '../../ui/grid/grid.module.css'
import { useVirtualRows } from '../../ui/grid/use-virtual-rows.ts'
import { PackageRowView } from './PackageRowView.tsx'
import type { usePackageTable } from './use-package-table.ts'

interface BodyProps {
  readonly rows: ReturnType<ReturnType<typeof usePackageTable>['getRowModel']>['rows']
  readonly selection: ReadonlySet<string>
  readonly scroller: RefObject<HTMLDivElement | null>
  /** The row of the keyboard; scrolled into view when it changes. */
  readonly active: number
  readonly shown: string | undefined
  /** Both stay the same from one render to the next, or every row is rendered anew. */
  readonly onToggle: (hash: string) => void
  readonly onChoose: (index: number) => void
}

/** The rows in view. Scrolling renders this and nothing else. */
export function TableBody({ rows, selection, scroller, active, shown, onToggle, onChoose }: BodyProps) {
  const { items, height, slot } = useVirtualRows({ count: rows.length, active, scroller })
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table element cannot hold virtual rows
    <div className={grid.rows} role="rowgroup" style={{ height }}>
      {items.map((item) => {
        const row = rows[item.index]
        return (
          row && (
            <PackageRowView
              key={slot(item)}
              row={row.original}
              index={item.index}
              top={item.start}
              selected={selection.has(row.id)}
              active={item.index === active}
              shown={row.id === shown}
              onToggle={onToggle}
              onChoose={onChoose}
            />
          )
        )
      })}
    </div>
  )
}
