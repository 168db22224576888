import { useEffect } from 'react'
import type { Workbench } from './workbench.ts'

/** Ctrl/Cmd-Z and Shift with it, or Ctrl-Y, wherever the focus is; in a field the browser's own undo has them. */
export function useUndoKeys({ undo, redo }: Pick<Workbench, 'undo' | 'redo'>): void {
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent): void {
      if (!(event.ctrlKey || event.metaKey) || event.altKey) return
      const field = event.target instanceof HTMLElement && event.target.matches('input, textarea')
      const key = event.key.toLowerCase()
      if (field || (key !== 'z' && key !== 'y')) return
      event.preventDefault()
      if (key === 'y' || event.shiftKey) redo()
      else undo()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [undo, redo])
}
