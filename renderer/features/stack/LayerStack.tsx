import { Popover } from '@mantine/core'
import { useElementSize } from '@mantine/hooks'
import { type KeyboardEvent, memo, useMemo, useRef, useState } from 'react'
import type { StackLayer } from '../../../main/api/models.ts'
import { BandLabel } from './BandLabel.tsx'
import { type Band, layoutStack } from './geometry.ts'
import { LayerCard } from './LayerCard.tsx'
import { bandProgress, type LayerNote, type ProgressByKey, speakBand } from './model.ts'
import { gutter, StackShapes } from './StackShapes.tsx'
import css from './stack.module.css'
import { type StackEdit, useStackEdit } from './use-stack-edit.ts'

interface LayerStackProps {
  /** Bottom first. */
  readonly layers: readonly StackLayer[]
  /** What it is the stack of, for screen readers. */
  readonly title: string
  readonly progress?: ProgressByKey
  /** Opens a package; called with the layer's key. */
  readonly onOpen?: (key: string) => void
  /** Layers of the base image open, too. */
  readonly opensBase?: boolean
  /** Where there is room for what hovering a band tells; at the left unless said otherwise. */
  readonly cardSide?: 'left' | 'right'
  /** By key: what the screen knows of a layer beyond its data. */
  readonly notes?: ReadonlyMap<string, LayerNote>
  /** Makes it a thing to work on: layers are moved and removed, and others dropped between them. */
  readonly edit?: StackEdit
}

/**
 * The layer stack: one band a layer, base image at the bottom, roots on top. Up and down walk it, Home and End go to
 * its ends, Enter opens a package or unfolds a fold. It fills its parent's height.
 */
export const LayerStack = memo(function LayerStack(props: LayerStackProps) {
  const { layers, title, progress, onOpen, opensBase = false, cardSide = 'left', notes, edit } = props
  const { ref, width, height } = useElementSize()
  const [unfolded, setUnfolded] = useState(false)
  const [hovered, setHovered] = useState<string>()
  const [focused, setFocused] = useState<string>()
  const [hasFocus, setHasFocus] = useState(false)
  const list = useRef<HTMLDivElement>(null)
  const keep = edit?.movable
  const geometry = useMemo(() => layoutStack(layers, { height, unfolded, keep }), [layers, height, unfolded, keep])
  const { bands } = geometry
  const editing = useStackEdit(edit, bands, list)
  const states = bands.map((band) => bandProgress(band, progress))
  const activeKey = hovered ?? (hasFocus ? focused : undefined)
  const found = bands.findIndex((b) => b.key === activeKey)
  const active = found === -1 ? undefined : found
  // The top is where reading starts, so that is where Tab enters.
  const entry = bands.some((b) => b.key === focused) ? focused : bands.at(-1)?.key

  function choose(band: Band): void {
    const [layer] = band.layers
    if (band.kind === 'fold') setUnfolded(true)
    else if (layer && (layer.kind === 'package' || opensBase)) onOpen?.(layer.key)
  }

  function onKeyDown(event: KeyboardEvent): void {
    const at = bands.findIndex((b) => b.key === entry)
    const to = event.altKey ? undefined : nextIndex(event.key, at, bands.length)
    const band = bands[at]
    if (to !== undefined) {
      const key = bands[to]?.key
      setFocused(key)
      setHovered(undefined)
      list.current?.querySelector<HTMLElement>(`[data-index="${to}"]`)?.focus()
    } else if ((event.key === 'Enter' || event.key === ' ') && band) choose(band)
    else if (event.key === 'Escape' && unfolded) setUnfolded(false)
    else if (band && editing.onKey(event, band)) setHovered(undefined)
    else return
    event.preventDefault()
  }

  const activeBand = active === undefined ? undefined : bands[active]
  return (
    <div className={css.frame}>
      <div ref={ref} className={unfolded ? `${css.box} ${css.scrolls}` : css.box} {...editing.dropZone}>
        <div
          ref={list}
          className={css.stack}
          role="listbox"
          aria-label={`Layer stack of ${title}, top first`}
          style={{ height: geometry.height }}
          onKeyDown={onKeyDown}
          onMouseLeave={() => setHovered(undefined)}
          onFocus={() => setHasFocus(true)}
          onBlur={() => setHasFocus(false)}
          tabIndex={-1}
        >
          <StackShapes geometry={geometry} progress={states} width={width} active={active} light={edit !== undefined} />
          {editing.gap !== undefined && (
            <div aria-hidden className={css.gap} style={{ top: editing.gap, right: gutter }} />
          )}
          <div aria-hidden>
            {bands.map((band, i) => (
              <div key={band.key} className={css.words} style={{ top: band.top, height: band.height, right: gutter }}>
                <BandLabel band={band} progress={states[i]} via={notes?.get(band.key)?.via} />
              </div>
            ))}
          </div>
          {bands.toReversed().map((band) => {
            const index = bands.indexOf(band)
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the list handles the keys of all its options
              <div
                key={band.key}
                data-index={index}
                role="option"
                aria-selected={band.key === activeKey}
                aria-label={speakBand(band, layers.length, states[index])}
                tabIndex={band.key === entry ? 0 : -1}
                className={css.band}
                style={{ top: band.top, height: band.height, right: gutter }}
                onMouseEnter={() => setHovered(band.key)}
                onFocus={() => setFocused(band.key)}
                onClick={() => choose(band)}
                {...editing.handle(band)}
              />
            )
          })}
          {activeBand && (
            <Popover
              opened
              position={cardSide}
              offset={cardSide === 'left' ? 12 : 4}
              // The style sheet's would lose to the one that it sets itself.
              width={300}
              withinPortal
              trapFocus={false}
              returnFocus={false}
              // The options say themselves what the card shows; a listbox may hold nothing that opens a dialog.
              withRoles={false}
              shadow="md"
            >
              <Popover.Target>
                <div
                  aria-hidden
                  className={css.anchor}
                  data-side={cardSide}
                  style={{ top: activeBand.top, height: activeBand.height }}
                />
              </Popover.Target>
              <Popover.Dropdown className={css.card} role="presentation">
                <LayerCard
                  band={activeBand}
                  count={layers.length}
                  progress={states[active ?? 0]}
                  note={notes?.get(activeBand.key)}
                />
              </Popover.Dropdown>
            </Popover>
          )}
        </div>
      </div>
      {(geometry.folded > 0 || unfolded) && (
        <button type="button" className={css.unfold} onClick={() => setUnfolded(!unfolded)}>
          {unfolded ? 'Fold the small layers' : `Show all ${layers.length} layers, ${geometry.folded} are folded`}
        </button>
      )}
    </div>
  )
})

/** Bands are numbered from the bottom, so up means the next number. */
function nextIndex(key: string, at: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowUp':
      return Math.min(count - 1, at + 1)
    case 'ArrowDown':
      return Math.max(0, at - 1)
    case 'PageUp':
      return Math.min(count - 1, at + 10)
    case 'PageDown':
      return Math.max(0, at - 10)
    case 'Home':
      return count - 1
    case 'End':
      return 0
    default:
      return undefined
  }
}
