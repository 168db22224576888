import type { Icon } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import css from './parts.module.css'

/** An empty screen says what would be here and how to get it. */
export function EmptyState(props: {
  readonly icon: Icon
  readonly title: string
  readonly children: ReactNode
  readonly actions?: ReactNode
}) {
  return (
    <div className={css.empty}>
      <props.icon size={32} stroke={1.25} aria-hidden />
      <h2>{props.title}</h2>
      <p>{props.children}</p>
      {props.actions && <div className={css.emptyActions}>{props.actions}</div>}
    </div>
  )
}
