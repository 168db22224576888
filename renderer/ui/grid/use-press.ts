import { type SyntheticEvent, useRef } from 'react'

interface Press {
  readonly onPointerDown: () => void
  /** Whether a click, or the beginning of a drag, was meant for the row as it is now. */
  readonly meant: (event: SyntheticEvent) => boolean
}

/**
 * A row lends its elements to another one when a filter or an answer comes. What the button goes down on is what is chosen
 * when it comes up, or dragged away, or nothing is. `id`: of the row as it is now.
 */
export function usePress(id: string): Press {
  const pressed = useRef<string>(undefined)
  return {
    onPointerDown: () => {
      pressed.current = id
    },
    meant: ({ nativeEvent }) => {
      if (pressed.current === id) return true
      // A key clicks too, no times; it drags nothing.
      const times = nativeEvent instanceof UIEvent ? nativeEvent.detail : 0
      return times === 0 && !(nativeEvent instanceof DragEvent)
    },
  }
}
