import type { StateStorage } from 'zustand/middleware'

// Writing to it takes 10 ms: not between a change and what one sees of it.
const restBeforeWriting = 300

/** Writes a moment after the last change, and at the latest when the page goes away. */
export function restingStorage(storage: Storage): StateStorage {
  let waiting: (() => void) | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const write = () => {
    clearTimeout(timer)
    waiting?.()
    waiting = undefined
  }
  window.addEventListener('pagehide', write)
  return {
    getItem: (name) => storage.getItem(name),
    removeItem: (name) => storage.removeItem(name),
    setItem: (name, value) => {
      waiting = () => storage.setItem(name, value)
      clearTimeout(timer)
      timer = setTimeout(write, restBeforeWriting)
    },
  }
}
