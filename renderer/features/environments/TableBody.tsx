import { useVirtualizer } from '@tanstack/react-virtual'
import { type RefObject, useEffect, useRef } from 'react'
import { PackageRowView } from './PackageRowView.tsx'
import css from './table.module.css'
import type { usePackageTable } from './use-package-table.ts'

export const rowHeight = 32

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
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    // Rows from the first frame on; how high the scroller really is, is known a frame later.
    initialRect: { width: 0, height: window.innerHeight },
    overscan: 6,
    // The head is sticky: a row below it is not in view.
    scrollPaddingStart: rowHeight,
  })
  useEffect(() => {
    if (active > 0 || (scroller.current?.scrollTop ?? 0) > 0) virtual.scrollToIndex(active, { align: 'auto' })
  }, [active, virtual, scroller])
  const items = virtual.getVirtualItems()
  // Rows that leave the view lend their elements to those that enter it: changing text costs a fraction of new elements.
  const slots = useRef(0)
  slots.current = Math.max(slots.current, items.length)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table element cannot hold virtual rows
    <div className={css.rows} role="rowgroup" style={{ height: virtual.getTotalSize() }}>
      {items.map((item) => {
        const row = rows[item.index]
        return (
          row && (
            <PackageRowView
              key={item.index % slots.current}
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
