import { type KeyboardEvent, type RefObject, useState } from 'react'
import { rowHeight } from './use-virtual-rows.ts'

interface GridKeys {
  /** The row of the keyboard. */
  readonly active: number
  readonly setActive: (index: number) => void
  readonly onKeyDown: (event: KeyboardEvent) => void
}

/**
 * The keys of a grid that is one tab stop: arrows, Page Up and Down, Home and End move the active row, Enter opens it,
 * Space chooses it. Buttons and boxes inside have keys of their own; arrows are the grid's wherever one clicked.
 */
export function useGridKeys(grid: {
  readonly count: number
  readonly scroller: RefObject<HTMLElement | null>
  readonly onOpen: (index: number) => void
  readonly onToggle?: (index: number) => void
  /** Opens or folds a branch. */
  readonly onFold?: (index: number, expanded: boolean) => void
  readonly onRemove?: (index: number) => void
}): GridKeys {
  const { count, scroller, onOpen, onToggle, onFold, onRemove } = grid
  const [wanted, setActive] = useState(0)
  const active = Math.min(wanted, count - 1)

  function onKeyDown(event: KeyboardEvent): void {
    const inside = event.target !== event.currentTarget
    const button = event.target instanceof HTMLElement && event.target.closest('button') !== null
    if ((inside && event.key === ' ') || (button && event.key === 'Enter')) return
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2)
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page }
    const step = steps[event.key]
    if (step !== undefined) setActive(Math.max(0, Math.min(count - 1, active + step)))
    else if (event.key === 'Home') setActive(0)
    else if (event.key === 'End') setActive(Math.max(0, count - 1))
    else if (event.key === ' ' && onToggle && active >= 0) onToggle(active)
    else if (event.key === 'Enter' && active >= 0) onOpen(active)
    else if (event.key === 'ArrowRight' && onFold && active >= 0) onFold(active, true)
    else if (event.key === 'ArrowLeft' && onFold && active >= 0) onFold(active, false)
    else if (event.key === 'Delete' && onRemove && active >= 0) onRemove(active)
    else return
    event.preventDefault()
  }

  return { active, setActive, onKeyDown }
}
