import { useEffect, useRef } from 'react'
import type { Job } from '../../../main/api/models.ts'
import css from './activity.module.css'
import { shortenLine } from './progress.ts'

/** The log of a job. It follows the newest line for as long as one has not scrolled up. */
export function JobLog({ log }: { readonly log: Job['log'] }) {
  const box = useRef<HTMLOListElement>(null)
  const follows = useRef(true)
  const count = log.length
  useEffect(() => {
    if (count > 0 && follows.current && box.current) box.current.scrollTop = box.current.scrollHeight
  }, [count])
  if (log.length === 0) return undefined
  return (
    <section className={css.section}>
      <h2>Log</h2>
      <ol
        ref={box}
        className={css.log}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
        tabIndex={0}
        aria-label="Log"
        onScroll={({ currentTarget: b }) => {
          follows.current = b.scrollTop + b.clientHeight > b.scrollHeight - 24
        }}
      >
        {log.map((line, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines are only ever added at the end
          <li key={i}>
            <time>{new Date(line.at).toLocaleTimeString('en-GB')}</time>
            <span title={line.message}>{shortenLine(line.message)}</span>
          </li>
        ))}
      </ol>
    </section>
  )
}
