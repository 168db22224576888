import { type DragEvent, type KeyboardEvent, type RefObject, useEffect, useState } from 'react'
import { type Band, bandGap } from './geometry.ts'

/** What can be done to a stack that is being put together. */
export interface StackEdit {
  /** Keys of the layers that can be moved and removed; the same object until it changes. */
  readonly movable: ReadonlySet<string>
  /** Moves a layer past the next one that can be moved. */
  readonly onMove: (key: string, by: 'up' | 'down') => void
  readonly onRemove: (key: string) => void
  /** Says what is dragged when a layer is. */
  readonly onDrag: (key: string, data: DataTransfer) => void
  /** Whether this can be dropped here. */
  readonly takes: (data: DataTransfer) => boolean
  /** `below`: how many of the movable layers lie below the place where it was dropped. */
  readonly onDrop: (data: DataTransfer, below: number) => void
}

/** How many of the movable layers lie below this distance from the top of the picture. */
export function layersBelow(bands: readonly Band[], movable: ReadonlySet<string>, y: number): number {
  return bands.filter((band) => movable.has(band.key) && band.top + band.height / 2 > y).length
}

/** Where the line goes that shows it: above the highest layer that lies below, else at the ground. */
export function gapAt(bands: readonly Band[], movable: ReadonlySet<string>, below: number): number {
  const moving = bands.filter((band) => movable.has(band.key))
  const under = below > 0 ? moving[below - 1] : undefined
  const [lowest] = moving
  if (under) return under.top - bandGap / 2
  return lowest ? lowest.top + lowest.height + bandGap / 2 : 0
}

/** Keys, dragging and dropping of a stack that is edited; nothing of it in one that is not. */
export function useStackEdit(edit: StackEdit | undefined, bands: readonly Band[], list: RefObject<HTMLElement | null>) {
  const [below, setBelow] = useState<number>()
  const [moved, setMoved] = useState<string>()
  // What was moved keeps the keyboard: its band is another element now.
  useEffect(() => {
    const index = moved === undefined ? -1 : bands.findIndex((band) => band.key === moved)
    if (index === -1) return
    list.current?.querySelector<HTMLElement>(`[data-index="${index}"]`)?.focus()
    setMoved(undefined)
  }, [bands, moved, list])

  function onKey(event: KeyboardEvent, band: Band): boolean {
    if (!edit?.movable.has(band.key)) return false
    if (event.key === 'Delete' || event.key === 'Backspace') {
      const at = bands.findIndex(({ key }) => key === band.key)
      setMoved(bands[at - 1]?.key ?? bands[at + 1]?.key)
      edit.onRemove(band.key)
      return true
    }
    if (!event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return false
    edit.onMove(band.key, event.key === 'ArrowUp' ? 'up' : 'down')
    setMoved(band.key)
    return true
  }

  function place(event: DragEvent): number {
    const top = list.current?.getBoundingClientRect().top ?? 0
    return edit ? layersBelow(bands, edit.movable, event.clientY - top) : 0
  }

  const dropZone = edit && {
    onDragOver: (event: DragEvent) => {
      if (!edit.takes(event.dataTransfer)) return
      event.preventDefault()
      setBelow(place(event))
    },
    onDragLeave: (event: DragEvent<HTMLElement>) => {
      if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setBelow(undefined)
    },
    onDrop: (event: DragEvent) => {
      setBelow(undefined)
      if (!edit.takes(event.dataTransfer)) return
      event.preventDefault()
      event.stopPropagation()
      edit.onDrop(event.dataTransfer, place(event))
    },
  }
  return {
    onKey,
    dropZone,
    gap: edit && below !== undefined ? gapAt(bands, edit.movable, below) : undefined,
    handle: (band: Band) =>
      edit?.movable.has(band.key)
        ? { draggable: true, onDragStart: (event: DragEvent) => edit.onDrag(band.key, event.dataTransfer) }
        : undefined,
  }
}
