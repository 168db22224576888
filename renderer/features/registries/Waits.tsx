import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import { readingWords } from './CatalogueStatus.tsx'
import css from './registries.module.css'
import type { Run } from './use-run.ts'

/** What stands where an answer will be: words and a way to cancel, the error, or a way to ask again. */
export function Waits({ run, words, children }: { run: Run<unknown>; words: string; children?: ReactNode }) {
  if (run.error) {
    return (
      <div className={css.alone}>
        <ErrorPanel error={run.error}>
          <Button variant="default" onClick={run.again}>
            Try again
          </Button>
          {children}
        </ErrorPanel>
      </div>
    )
  }
  if (run.cancelled) {
    return (
      <div className={css.alone}>
        <p className={css.dim}>Cancelled.</p>
        <Button variant="default" onClick={run.again}>
          Read it
        </Button>
      </div>
    )
  }
  return (
    <div className={css.waits}>
      <Waiting words={run.progress ? readingWords(run.progress) : words} />
      {run.progress && (
        <Button variant="default" size="compact-xs" onClick={run.cancel}>
          Cancel
        </Button>
      )}
    </div>
  )
}
