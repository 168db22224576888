import { Button } from '@mantine/core'
import { IconArrowDown, IconMessageQuestion } from '@tabler/icons-react'
import { type CSSProperties, useEffect, useRef, useState } from 'react'
import { formatCount, plural } from '../../../main/api/format.ts'
import { OutputLineView } from './OutputLineView.tsx'
import { OutputTools } from './OutputTools.tsx'
import css from './output.module.css'
import { plainText } from './sgr.ts'
import { lineHeight, useLinesInView } from './use-lines-in-view.ts'
import { useOutput } from './use-output.ts'
import { useOutputSearch } from './use-search.ts'

/** Browsers draw nothing beyond 17 million pixels: of more lines the last are shown, and the rest is in the saved text. */
const shownAtMost = 900_000
const step = 100_000

interface OutputProps {
  readonly job: string
  /** The name of the file that it is saved as. */
  readonly fileName: string
  readonly running: boolean
}

/** All that a run has printed: live, in colours, searchable. Only the lines in view exist. */
export function OutputView({ job, fileName, running }: OutputProps) {
  const { output, version, show } = useOutput(job)
  const [words, setWords] = useState('')
  const [chosen, setChosen] = useState<number>()
  const scroller = useRef<HTMLDivElement>(null)
  const total = output.total()
  const partial = running ? output.partial() : ''
  const skipped = Math.ceil(Math.max(0, total - shownAtMost) / step) * step
  const count = total - skipped + (partial === '' ? 0 : 1)
  const view = useLinesInView(scroller, count, version)
  const { first, last, follows, toLine } = view
  const search = useOutputSearch(job, words, total)
  const hits = search.found.lines

  useEffect(() => {
    void version
    show(first + skipped, last + skipped)
  }, [show, first, last, skipped, version])

  // A new search stands on the first line that it finds below where one looks.
  useEffect(() => {
    if (words === '') setChosen(undefined)
    else if (chosen === undefined && hits.length > 0) goTo(nearest(hits, first + skipped))
  })

  function goTo(index: number): void {
    setChosen(index)
    const line = hits[index]
    if (line !== undefined) toLine(line - skipped)
  }

  function go(by: 1 | -1): void {
    if (hits.length > 0) goTo(((chosen ?? (by > 0 ? -1 : 0)) + by + hits.length) % hits.length)
  }

  return (
    <section className={css.output} aria-label="Output">
      <OutputTools
        job={job}
        fileName={fileName}
        words={words}
        onWords={(next) => {
          setWords(next)
          setChosen(undefined)
        }}
        search={search}
        chosen={chosen}
        onGo={go}
        onLeave={() => scroller.current?.focus()}
        total={total}
      />
      <div className={css.frame}>
        {/* biome-ignore lint/a11y/useSemanticElements: what scrolls and is walked by keyboard; as a log all of a flood would be read aloud */}
        <div
          ref={scroller}
          className={css.scroller}
          role="group"
          aria-label="What Spack printed"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
          tabIndex={0}
          onScroll={view.onScroll}
          style={{ '--digits': String(total + 1).length } as CSSProperties}
        >
          {count === 0 && <p className={css.nothing}>{running ? 'Nothing printed yet.' : 'It printed nothing.'}</p>}
          <div className={css.lines} style={{ height: count * lineHeight }}>
            {inView(first, last).map((at) => (
              <OutputLineView
                key={at + skipped}
                at={at}
                number={at + skipped}
                text={at + skipped < total ? output.line(at + skipped) : partial}
                words={words}
                current={chosen !== undefined && hits[chosen] === at + skipped}
                partial={at + skipped >= total}
              />
            ))}
          </div>
        </div>
        {!follows && (
          <Button
            className={css.toEnd}
            leftSection={<IconArrowDown size={15} />}
            onClick={() => {
              view.toEnd()
              // The button goes, and the focus must not go with it.
              scroller.current?.focus()
            }}
          >
            Go to the end
          </Button>
        )}
      </div>
      {skipped > 0 && (
        <p className={css.question}>
          Shown are the last {formatCount(total - skipped)} of {plural(total, 'line')}. The saved text has all of them.
        </p>
      )}
      {isQuestion(partial) && (
        <p className={css.question} role="status">
          <IconMessageQuestion size={16} aria-hidden />
          This looks like a question, and nothing can be answered from here. Stop it, and run the command in a terminal.
        </p>
      )}
    </section>
  )
}

function inView(first: number, last: number): readonly number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at)
}

/** The place in `hits` of the first one from `line` on; else the first of all. */
function nearest(hits: readonly number[], line: number): number {
  return Math.max(
    0,
    hits.findIndex((hit) => hit >= line),
  )
}

function isQuestion(partial: string): boolean {
  return /\?\s*(?:[[(].*[\])])?\s*$|\[y\/n\]/i.test(plainText(partial))
}
