import { shortDigest, shortHash } from '../../main/api/format.ts'
import { CopyButton } from './CopyButton.tsx'
import css from './parts.module.css'

/** A DAG hash or digest cut to what people read, with the whole one on hover and to copy. */
export function Hash({ value }: { readonly value: string }) {
  const digest = value.includes(':')
  return (
    <span className={css.hash}>
      <span className={css.mono} title={value}>
        {digest ? shortDigest(value) : shortHash(value)}
      </span>
      <CopyButton value={value} what={digest ? 'digest' : 'hash'} />
    </span>
  )
}
