import { useRef } from 'react'
import type { JobItem } from '../../../main/api/models.ts'
import grid from '../../ui/grid/grid.module.css'
import { useVirtualRows } from '../../ui/grid/use-virtual-rows.ts'
import { phaseWords } from '../stack/model.ts'
import css from './activity.module.css'
import { installSteps } from './progress.ts'

const tracks = 'minmax(110px, 1.3fr) 84px minmax(48px, 0.9fr) minmax(48px, 1.2fr) minmax(48px, 0.9fr)'
const steps = ['fetch', 'unpack', 'register'] as const
const titles = { fetch: 'Fetch', unpack: 'Unpack, relocate', register: 'Register' } as const

/** Each package of an install on its way through the steps. Only the visible rows exist. */
export function InstallProgress({ items }: { readonly items: readonly JobItem[] }) {
  const scroller = useRef<HTMLDivElement>(null)
  const { items: visible, height, slot } = useVirtualRows({ count: items.length, active: 0, scroller })
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table element cannot hold virtual rows
    <div
      ref={scroller}
      className={`${grid.scroller} ${css.steps}`}
      role="table"
      aria-label="Packages by step"
      aria-rowcount={items.length + 1}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
      tabIndex={0}
    >
      <Head />
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <div className={grid.rows} role="rowgroup" style={{ height }}>
        {visible.map((row) => {
          const item = items[row.index]
          return item && <Row key={slot(row)} item={item} index={row.index} top={row.start} />
        })}
      </div>
    </div>
  )
}

function Head() {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtual table has no thead
    // biome-ignore lint/a11y/useFocusableInteractive: nothing in it is operated
    <div className={grid.head} role="row" aria-rowindex={1} style={{ gridTemplateColumns: tracks }}>
      {['Package', 'State', ...steps.map((step) => titles[step])].map((title) => (
        // biome-ignore lint/a11y/useSemanticElements: as above
        // biome-ignore lint/a11y/useFocusableInteractive: as above
        <div key={title} role="columnheader" className={`${grid.headCell} ${css.stepHead}`}>
          {title}
        </div>
      ))}
    </div>
  )
}

function Row({ item, index, top }: { item: JobItem; index: number; top: number }) {
  const parts = installSteps(item)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtual row is not a tr
    // biome-ignore lint/a11y/useFocusableInteractive: nothing in it is operated
    <div
      role="row"
      className={grid.row}
      aria-rowindex={index + 2}
      style={{ transform: `translateY(${top}px)`, gridTemplateColumns: tracks }}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <div role="cell" className={`${grid.cell} ${css.stepName}`} title={item.name}>
        {item.name}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <div role="cell" className={`${grid.cell} ${css.stepState}`} data-phase={item.phase}>
        {phaseWords[item.phase]}
      </div>
      {steps.map((step) => (
        // biome-ignore lint/a11y/useSemanticElements: as above
        <div key={step} role="cell" className={grid.cell}>
          <span className={css.thinBar} data-full={parts[step] === 1 || undefined}>
            <i style={{ transform: `scaleX(${parts[step]})` }} />
          </span>
        </div>
      ))}
    </div>
  )
}
