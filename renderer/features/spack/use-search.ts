import { useEffect, useRef, useState } from 'react'
import type { OutputPage } from '../../../main/api/spack-runs.ts'
import { useClient } from '../../engine.ts'
import { readOutput } from './use-output.ts'

/** Lines that are found at most: a word of every line is no search. */
export const foundAtMost = 100_000
/** Between two looks at what has been printed meanwhile, in milliseconds; and before the first, while one types. */
const pause = 250

interface Found {
  /** Numbers of the lines, in order. */
  readonly lines: readonly number[]
  /** There are more. */
  readonly cut: boolean
  /** Lines that were looked at. */
  readonly looked: number
  readonly words: string
}

const nothing: Found = { lines: [], cut: false, looked: 0, words: '' }

export interface OutputSearch {
  readonly found: Found
  /** The whole of what is printed so far has been looked at. */
  readonly complete: boolean
}

/** The lines of a run's output with these words in them. The engine looks, and goes on looking as more is printed. */
export function useOutputSearch(job: string, words: string, total: number): OutputSearch {
  const client = useClient()
  const [found, setFound] = useState(nothing)
  const printed = useRef(total)
  printed.current = total
  const wanted = words.trim() === '' ? '' : words
  useEffect(() => {
    let now: Found = { ...nothing, words: wanted }
    setFound(now)
    if (wanted === '') return
    let over = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const take = ({ lines, next, total: all }: OutputPage): boolean => {
      if (over) return false
      const numbers = [...now.lines, ...lines.map((line) => line.number)]
      const cut = numbers.length > foundAtMost
      now = { lines: cut ? numbers.slice(0, foundAtMost) : numbers, cut, looked: next ?? all, words: wanted }
      setFound(now)
      return !cut
    }
    const look = async (): Promise<void> => {
      // A connection that is lost for a moment: the next look goes on from there.
      if (!now.cut && now.looked < printed.current)
        await readOutput(client, { job, from: now.looked, search: wanted }, take).catch(() => undefined)
      if (!over && !now.cut) timer = setTimeout(() => void look(), pause)
    }
    timer = setTimeout(() => void look(), pause)
    return () => {
      over = true
      clearTimeout(timer)
    }
  }, [client, job, wanted])
  // What was found for the words before is nothing of these.
  if (found.words !== wanted) return { found: nothing, complete: wanted === '' }
  return { found, complete: wanted === '' || found.cut || found.looked >= total }
}
