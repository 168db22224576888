import { useEffect, useState } from 'react'
import css from './parts.module.css'

// Below this a skeleton is calmer than a sentence that flashes by.
const wordsAfter = 1000

/** Waiting: a skeleton for a second, then words that say for what. */
export function Waiting({ words }: { readonly words: string }) {
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), wordsAfter)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div className={css.skeleton} role="status">
      {late ? (
        <p className={css.dim}>{words}</p>
      ) : (
        <>
          <i />
          <i />
          <i />
          <i />
        </>
      )}
    </div>
  )
}
