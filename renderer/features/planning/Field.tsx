import type { ReactNode } from 'react'
import css from './page.module.css'

/** A part of a form: its word at the left, what it takes at the right. */
export function Field({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <fieldset className={css.field}>
      <legend>{label}</legend>
      <div className={css.fieldBody}>{children}</div>
    </fieldset>
  )
}

/** Groups for a list of suggestions; empty ones are left out. */
export function groups(named: Readonly<Record<string, readonly string[]>>) {
  return Object.entries(named)
    .filter(([, items]) => items.length > 0)
    .map(([group, items]) => ({ group, items: [...items] }))
}
