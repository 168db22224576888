import { type SyntheticEvent, useRef } from 'react'

interface Press {
  readonly onPointerDown: () => void
  /** Whether a click was meant for the row as it is now. */
  readonly meant: (click: SyntheticEvent) => boolean
}

/**
 * A row lends its elements to another one when a filter or an answer comes. What the button goes down on is what is chosen
 * when it comes up, or nothing is. `id`: of the row as it is now.
 */
export function usePress(id: string): Press {
  const pressed = useRef<string>(undefined)
  return {
    onPointerDown: () => {
      pressed.current = id
    },
    meant: ({ nativeEvent }) => {
      // A key clicks too, no times.
      const times = nativeEvent instanceof UIEvent ? nativeEvent.detail : 0
      return times === 0 || pressed.current === id
    },
  }
}
