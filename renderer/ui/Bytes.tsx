import { formatBytes, formatCount } from '../../main/api/format.ts'
import css from './parts.module.css'

/** A size in binary units; the exact number of bytes on hover. `about` marks an estimate. */
export function Bytes({ value, about = false }: { readonly value: number; readonly about?: boolean }) {
  return (
    <span className={css.number} title={`${formatCount(value)} bytes${about ? ', estimated' : ''}`}>
      {about && '~'}
      {formatBytes(value)}
    </span>
  )
}
