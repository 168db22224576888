import { Button } from '@mantine/core'
import type { ReactNode, RefObject } from 'react'
import type { FileFinding } from '../../../main/api/spack-files.ts'
import { EditReview } from '../edits/EditReview.tsx'
import type { Edit } from '../edits/use-edit.ts'
import css from './specs.module.css'

interface ReviewProps {
  readonly edit: Edit
  readonly write: RefObject<HTMLButtonElement | null>
  readonly onLeave: () => void
  readonly goTo: (place: Pick<FileFinding, 'line' | 'column'>) => void
  /** What can be done besides. */
  readonly children: ReactNode
}

/** What a change would write, with the way back, and to the place of the file that refuses it. */
export function ReviewPane({ edit, write, onLeave, goTo, children }: ReviewProps) {
  const { plan, error } = edit.planned
  const { line, column } = error?.details ?? {}
  return (
    <div className={css.reviewPane}>
      <h2 className={css.heading}>{plan?.title ?? 'What will be written'}</h2>
      <EditReview
        edit={edit}
        write={write}
        actions={
          <>
            {children}
            {typeof line === 'number' && (
              <Button variant="default" onClick={() => goTo({ line, column: Number(column ?? 1) })}>
                Show line {line}
              </Button>
            )}
            <Button variant="default" onClick={onLeave} title="Escape">
              Back to the file
            </Button>
          </>
        }
      />
    </div>
  )
}
