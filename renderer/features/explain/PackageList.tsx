import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import type { ExplainedPackage } from '../../../main/api/explain.ts'
import type { EnvironmentRef } from '../../../main/api/models.ts'
import css from './explain.module.css'
import { PackageItem } from './PackageItem.tsx'
import { isPuzzling } from './words.ts'

interface ListProps {
  readonly packages: readonly ExplainedPackage[]
  readonly environment: EnvironmentRef
  readonly repository: string
  /** What stands above them, and scrolls with them. */
  readonly children: ReactNode
}

/** Of a folded package, in pixels. */
const headHeight = 34
const pageStep = 10

/**
 * Packages that fold open, as high as they are. Only those in view exist. One tab stop: arrows, Page Up and Down, Home and End
 * go from one to the next, Enter and Space open it.
 */
export function PackageList({ packages, environment, repository, children }: ListProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const [first] = packages
  // The tale of the first one shows what the others have to tell.
  const [open, setOpen] = useState<ReadonlySet<string>>(() => new Set(first && isPuzzling(first) ? [keyOf(first)] : []))
  const [wanted, setActive] = useState(0)
  const active = Math.min(wanted, packages.length - 1)
  const virtual = useVirtualizer({
    count: packages.length + 1,
    getScrollElement: () => scroller.current,
    // Above all packages stands what is said of all of them.
    getItemKey: (index) => (index === 0 ? 'above' : keyOf(packages[index - 1])),
    estimateSize: (index) => (index === 0 ? 160 : headHeight),
    initialRect: { width: 0, height: window.innerHeight },
    overscan: 8,
  })
  const items = virtual.getVirtualItems()
  const stop = items.some(({ index }) => index === active + 1)
    ? active
    : (items.find((one) => one.index > 0)?.index ?? 1) - 1

  // What is to have the focus may have to be scrolled into being first.
  const focusing = useRef<number>(undefined)
  useEffect(() => {
    if (focusing.current === undefined) return
    const head = scroller.current?.querySelector<HTMLElement>(`[data-head="${focusing.current}"]`)
    if (!head) return
    focusing.current = undefined
    head.focus({ preventScroll: true })
  })

  function onKeyDown(event: KeyboardEvent): void {
    if (!(event.target instanceof HTMLElement) || event.target.dataset.head === undefined) return
    const steps: Readonly<Record<string, number>> = {
      ...{ ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + pageStep, PageUp: active - pageStep },
      ...{ Home: 0, End: packages.length - 1 },
    }
    const to = steps[event.key]
    if (to === undefined) return
    event.preventDefault()
    const next = Math.max(0, Math.min(packages.length - 1, to))
    focusing.current = next
    setActive(next)
    virtual.scrollToIndex(next === 0 ? 0 : next + 1, { align: 'auto' })
  }

  function toggle(index: number, key: string): void {
    setActive(index)
    const next = new Set(open)
    if (!next.delete(key)) next.add(key)
    setOpen(next)
  }

  return (
    <div ref={scroller} className={css.scroller}>
      <div className={css.items} style={{ height: virtual.getTotalSize() }}>
        {items[0]?.index === 0 && (
          <div ref={virtual.measureElement} data-index={0} className={css.above}>
            {children}
          </div>
        )}
        <ul aria-label="Packages" onKeyDown={onKeyDown}>
          {items.map(({ index, start, key }) => {
            const one = packages[index - 1]
            if (!one) return undefined
            return (
              <li
                key={key}
                ref={virtual.measureElement}
                data-index={index}
                className={css.item}
                style={{ transform: `translateY(${start}px)` }}
                aria-setsize={packages.length}
                aria-posinset={index}
              >
                <PackageItem
                  package={one}
                  index={index - 1}
                  open={open.has(keyOf(one))}
                  tabStop={index - 1 === stop}
                  onToggle={() => toggle(index - 1, keyOf(one))}
                  environment={environment}
                  repository={repository}
                />
              </li>
            )
          })}
        </ul>
      </div>
    </div>
  )
}

function keyOf(one: ExplainedPackage | undefined): string {
  return one?.hash ?? one?.spec ?? ''
}
