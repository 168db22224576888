import { IconAlertCircle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { ErrorBody } from '../../main/api/errors.ts'
import css from './parts.module.css'

/** What failed on what, what to do now, and the facts behind a disclosure. */
export function ErrorPanel({ error, children }: { readonly error: ErrorBody; readonly children?: ReactNode }) {
  return (
    <div className={css.error} role="alert">
      <IconAlertCircle size={18} className={css.errorIcon} aria-hidden />
      <div className={css.errorBody}>
        <p className={css.errorMessage}>{error.message}</p>
        {error.hint !== undefined && <p className={css.hint}>{error.hint}</p>}
        <ErrorDetails error={error} />
        {children && <div className={css.actions}>{children}</div>}
      </div>
    </div>
  )
}

/** The facts of an error, behind a disclosure. */
export function ErrorDetails({ error }: { readonly error: ErrorBody }) {
  return (
    <details className={css.details}>
      <summary>Details</summary>
      <dl className={css.mono}>
        <dt>code</dt>
        <dd>{error.code}</dd>
        {Object.entries(error.details ?? {}).map(([name, value]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd>{String(value)}</dd>
          </div>
        ))}
      </dl>
    </details>
  )
}
