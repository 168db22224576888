import { Button } from '@mantine/core'
import type { ErrorBody } from '../../main/api/errors.ts'
import { ErrorPanel } from './ErrorPanel.tsx'
import css from './parts.module.css'

/** In the place of what could not be read: why, and to read it again. */
export function ReadError({ error, again }: { readonly error: ErrorBody; readonly again: () => Promise<unknown> }) {
  return (
    <div className={css.alone}>
      <ErrorPanel error={error}>
        <Button variant="default" onClick={() => void again()}>
          Read again
        </Button>
      </ErrorPanel>
    </div>
  )
}
