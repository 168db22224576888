import { VisuallyHidden } from '@mantine/core'
import { IconEqual, IconMinus, IconPlus, IconReplace } from '@tabler/icons-react'
import { type KeyboardEvent, useMemo, useRef, useState } from 'react'
import type { ImageComparison } from '../../../../main/api/catalog.ts'
import { Bytes } from '../../../ui/Bytes.tsx'
import css from './compare.module.css'
import { type CompareRow, changeWords, compareRows, rowHeights } from './model.ts'

interface StacksProps {
  readonly comparison: ImageComparison
  readonly unfolded: boolean
  readonly onUnfold: () => void
}

const icons = { same: IconEqual, changed: IconReplace, added: IconPlus, removed: IconMinus } as const

/** Both stacks as one picture: what is equal spans both, what is changed is joined, the rest stands on its own side. */
export function CompareStacks({ comparison, unfolded, onUnfold }: StacksProps) {
  const rows = useMemo(() => compareRows(comparison, unfolded), [comparison, unfolded])
  const heights = useMemo(() => rowHeights(rows), [rows])
  const [active, setActive] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const folds = unfolded || rows.some((row) => row.pairs.length > 1)

  function onKeyDown(event: KeyboardEvent): void {
    const steps: Record<string, number> = { ArrowDown: active + 1, ArrowUp: active - 1, Home: 0, End: rows.length - 1 }
    const wanted = steps[event.key]
    if (wanted !== undefined) {
      const next = Math.max(0, Math.min(rows.length - 1, wanted))
      setActive(next)
      list.current?.querySelectorAll<HTMLElement>('[role=option]')[next]?.focus()
    } else if (event.key === 'Enter' && (rows[active]?.pairs.length ?? 0) > 1) onUnfold()
    else return
    event.preventDefault()
  }

  return (
    <>
      <div
        ref={list}
        className={css.picture}
        role="listbox"
        aria-label="Layers of both, top first"
        onKeyDown={onKeyDown}
        tabIndex={-1}
      >
        {rows.map((row, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the list handles the keys of all its options
          <div
            key={row.key}
            role="option"
            aria-selected={i === active}
            tabIndex={i === Math.min(active, rows.length - 1) ? 0 : -1}
            className={css.row}
            data-change={row.change}
            style={{ height: heights[i] }}
            onFocus={() => setActive(i)}
            onClick={() => row.pairs.length > 1 && onUnfold()}
          >
            <Bands row={row} />
          </div>
        ))}
      </div>
      {folds && (
        <button type="button" className={css.unfold} onClick={onUnfold}>
          {unfolded ? 'Fold equal layers' : 'Show every equal layer'}
        </button>
      )}
    </>
  )
}

function Bands({ row }: { row: CompareRow }) {
  const Icon = icons[row.change]
  const base = row.pairs.every(({ left, right }) => (left ?? right)?.kind === 'base')
  if (row.change === 'same') {
    return (
      <span className={css.band} data-base={base || undefined} data-fold={row.pairs.length > 1 || undefined}>
        <Icon size={14} aria-hidden />
        <span className={css.name}>{row.left}</span>
        <Bytes value={row.leftBytes} />
        <Spoken words={changeWords.same} />
      </span>
    )
  }
  return (
    <>
      <Side
        name={row.left}
        bytes={row.leftBytes}
        icon={row.change === 'changed' ? undefined : <Icon size={14} aria-hidden />}
      />
      <span className={css.joint}>
        {row.change === 'changed' && (
          <>
            <Icon size={14} aria-hidden />
            <Spoken words="changed to" />
          </>
        )}
      </span>
      <Side
        name={row.right}
        bytes={row.rightBytes}
        icon={row.change === 'changed' ? undefined : <Icon size={14} aria-hidden />}
      />
      {row.change !== 'changed' && <Spoken words={changeWords[row.change]} />}
    </>
  )
}

/** What the place of a band shows, for those who do not see it. */
function Spoken({ words }: { words: string }) {
  return <VisuallyHidden>, {words}</VisuallyHidden>
}

function Side({ name, bytes, icon }: { name: string | undefined; bytes: number; icon: React.ReactNode }) {
  if (name === undefined) return <span className={css.gap} />
  return (
    <span className={css.band}>
      {icon}
      <span className={css.name}>{name}</span>
      <Bytes value={bytes} />
    </span>
  )
}
