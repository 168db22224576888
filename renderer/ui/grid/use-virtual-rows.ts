import { useVirtualizer, type VirtualItem } from '@tanstack/react-virtual'
import { type RefObject, useEffect, useRef } from 'react'

export const rowHeight = 32

interface VirtualRows {
  readonly items: readonly VirtualItem[]
  /** Of all rows together, in pixels. */
  readonly height: number
  /** The key of a row: rows that leave the view lend their elements to those that enter it. */
  readonly slot: (item: VirtualItem) => number
}

/** The rows of a long table that are in view; the active one is scrolled into it when it changes. */
export function useVirtualRows(rows: {
  readonly count: number
  readonly active: number
  readonly scroller: RefObject<HTMLElement | null>
}): VirtualRows {
  const { count, active, scroller } = rows
  const virtual = useVirtualizer({
    count,
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
  // Changing text costs a fraction of new elements.
  const slots = useRef(0)
  slots.current = Math.max(slots.current, items.length)
  return { items, height: virtual.getTotalSize(), slot: (item) => item.index % slots.current }
}
