import { useEffect, useState } from 'react'
import { formatRelative } from '../../main/api/format.ts'
import css from './parts.module.css'

/** How long ago; the exact time on hover. Keeps itself up to date. */
export function RelativeTime({ at }: { readonly at: number }) {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 20_000)
    return () => clearInterval(timer)
  }, [])
  return (
    <time className={css.number} dateTime={new Date(at).toISOString()} title={new Date(at).toLocaleString()}>
      {formatRelative(at, Math.max(now, at))}
    </time>
  )
}
