import { useRef } from 'react'
import type { Job, JobItem } from '../../../main/api/models.ts'
import grid from '../../ui/grid/grid.module.css'
import { useVirtualRows } from '../../ui/grid/use-virtual-rows.ts'
import { ThinBar } from '../../ui/ThinBar.tsx'
import { phaseWords } from '../stack/model.ts'
import css from './activity.module.css'
import { actPart, installSteps, shortenLine } from './progress.ts'

type Kind = Exclude<Job['kind'], 'push'>

/** The steps of each kind of job: a column with a bar each. */
const kinds = {
  install: {
    label: 'Packages by step',
    item: 'Package',
    tracks: 'minmax(110px, 1.3fr) 84px minmax(48px, 0.9fr) minmax(48px, 1.2fr) minmax(48px, 0.9fr)',
    titles: { fetch: 'Fetch', unpack: 'Unpack, relocate', register: 'Register' },
  },
  act: {
    label: 'Steps',
    item: 'What',
    tracks: 'minmax(140px, 2fr) 84px minmax(72px, 1fr)',
    titles: { act: 'Progress' },
  },
  spack: {
    label: 'Packages',
    item: 'Package',
    tracks: 'minmax(90px, 1fr) minmax(84px, auto)',
    // Spack says what it does, and not how much of it is done.
    titles: {},
  },
} as const

interface ItemsProps {
  readonly items: readonly JobItem[]
  readonly kind: Kind
  /** Nothing is being worked on any more. */
  readonly over?: boolean
}

/** Each package of an install on its way through the steps, or each thing that an act does. Only the visible rows exist. */
export function ItemProgress({ items, kind, over = false }: ItemsProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const { items: visible, height, slot } = useVirtualRows({ count: items.length, active: 0, scroller })
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table element cannot hold virtual rows
    <div
      ref={scroller}
      className={`${grid.scroller} ${css.steps}`}
      data-kind={kind}
      role="table"
      aria-label={kinds[kind].label}
      aria-rowcount={items.length + 1}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
      tabIndex={0}
    >
      <Head kind={kind} />
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <div className={grid.rows} role="rowgroup" style={{ height }}>
        {visible.map((row) => {
          const item = items[row.index]
          return item && <Row key={slot(row)} item={item} kind={kind} over={over} index={row.index} top={row.start} />
        })}
      </div>
    </div>
  )
}

function Head({ kind }: { kind: Kind }) {
  const { tracks, titles, item } = kinds[kind]
  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtual table has no thead
    // biome-ignore lint/a11y/useFocusableInteractive: nothing in it is operated
    <div className={grid.head} role="row" aria-rowindex={1} style={{ gridTemplateColumns: tracks }}>
      {[item, 'State', ...Object.values(titles)].map((title) => (
        // biome-ignore lint/a11y/useSemanticElements: as above
        // biome-ignore lint/a11y/useFocusableInteractive: as above
        <div key={title} role="columnheader" className={`${grid.headCell} ${css.stepHead}`}>
          {title}
        </div>
      ))}
    </div>
  )
}

interface RowProps {
  readonly item: JobItem
  readonly kind: Kind
  readonly over: boolean
  readonly index: number
  readonly top: number
}

function Row({ item, kind, over, index, top }: RowProps) {
  const parts = kind === 'install' ? installSteps(item) : kind === 'act' ? { act: actPart(item) } : {}
  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtual row is not a tr
    // biome-ignore lint/a11y/useFocusableInteractive: nothing in it is operated
    <div
      role="row"
      className={grid.row}
      aria-rowindex={index + 2}
      style={{ transform: `translateY(${top}px)`, gridTemplateColumns: kinds[kind].tracks }}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <div role="cell" className={`${grid.cell} ${css.stepName}`} title={item.name}>
        {shortenLine(item.name)}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <div role="cell" className={`${grid.cell} ${css.stepState}`} data-phase={item.phase}>
        {stateOf(item, over)}
      </div>
      {Object.entries(parts).map(([step, part]) => (
        // biome-ignore lint/a11y/useSemanticElements: as above
        <div key={step} role="cell" className={grid.cell}>
          <ThinBar part={part} hue={part === 1 ? 'reuse' : 'build'} className={css.stepBar} />
        </div>
      ))}
    </div>
  )
}

/** What is done with it, in a word or two. */
function stateOf({ phase, doing }: JobItem, over: boolean): string {
  if (over && !settled.has(phase)) return 'not finished'
  return phase === 'build' && doing !== undefined ? doing : phaseWords[phase]
}

const settled: ReadonlySet<JobItem['phase']> = new Set(['done', 'failed', 'skipped'])
