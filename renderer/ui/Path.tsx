import { cutMiddle, foldPadding } from '../../main/api/format.ts'
import css from './parts.module.css'

/**
 * A path with its padding folded to `…[padded to 128]…`; longer than `limit` characters it loses its middle. The whole
 * path shows on hover.
 */
export function Path({ value, limit = 400 }: { readonly value: string; readonly limit?: number }) {
  const [before, padded, after] = foldPadding(value).split(/(…\[padded to \d+\]…)/)
  return (
    <span className={css.path} title={value}>
      {padded === undefined ? cutMiddle(value, limit) : before}
      {padded !== undefined && <span className={css.padding}>{padded}</span>}
      {after !== undefined && cutMiddle(after, limit)}
    </span>
  )
}
