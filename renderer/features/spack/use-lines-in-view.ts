import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'

/** Every line is as high: where one stands is a product, and a hundred thousand cost no more than ten. */
export const lineHeight = 18
/** Lines beyond both edges, so that a fast wheel does not show a gap. */
const beyond = 12
/** From so near the end on one follows it. */
const nearEnd = 24

export interface LinesInView {
  readonly first: number
  readonly last: number
  /** One looks at the end, and new lines move it there. */
  readonly follows: boolean
  readonly onScroll: () => void
  readonly toEnd: () => void
  /** Puts this line into the middle. */
  readonly toLine: (line: number) => void
}

/** Which of `count` lines are in view. The end is followed for as long as one has not scrolled up. */
export function useLinesInView(scroller: RefObject<HTMLElement | null>, count: number, version: number): LinesInView {
  const [view, setView] = useState({ top: 0, height: window.innerHeight })
  const [follows, setFollows] = useState(true)
  const following = useRef(true)
  // Where following has put the page: whoever has moved it up since has scrolled, even if no event has said so yet.
  const put = useRef(0)
  const look = useCallback(() => {
    const box = scroller.current
    if (!box) return
    following.current = box.scrollTop + box.clientHeight > box.scrollHeight - nearEnd
    setFollows(following.current)
    setView({ top: box.scrollTop, height: box.clientHeight })
  }, [scroller])
  const follow = useCallback(() => {
    const box = scroller.current
    if (!box) return
    box.scrollTop = box.scrollHeight
    put.current = box.scrollTop
  }, [scroller])
  const toEnd = useCallback(() => {
    following.current = true
    setFollows(true)
    follow()
  }, [follow])
  useLayoutEffect(() => {
    void version
    void count
    const box = scroller.current
    if (!box || !following.current) return
    const before = Math.min(put.current, box.scrollHeight - box.clientHeight)
    if (box.scrollTop < before - nearEnd) look()
    else follow()
  }, [scroller, count, version, look, follow])
  useEffect(() => {
    const box = scroller.current
    if (!box) return
    const observer = new ResizeObserver(() => {
      if (following.current) follow()
      setView({ top: box.scrollTop, height: box.clientHeight })
    })
    observer.observe(box)
    return () => observer.disconnect()
  }, [scroller, follow])
  const toLine = useCallback(
    (line: number) => {
      const box = scroller.current
      if (!box) return
      following.current = false
      box.scrollTop = Math.max(0, line * lineHeight - box.clientHeight / 2)
      look()
    },
    [scroller, look],
  )
  const rows = Math.ceil(view.height / lineHeight)
  // The page scrolls to the end only after it has drawn what is there.
  const top = following.current ? Math.max(0, count - rows) : Math.floor(view.top / lineHeight)
  const first = Math.max(0, top - beyond)
  const last = Math.min(count - 1, top + rows + beyond)
  return { first, last, follows, onScroll: look, toEnd, toLine }
}
