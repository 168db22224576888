import type { Icon } from '@tabler/icons-react'
import { formatCount } from '../../../main/api/format.ts'
import type { StateHue } from '../../ui/theme.ts'
import css from './page.module.css'

interface SumProps {
  readonly count: number
  readonly word: string
  readonly icon: Icon
  readonly hue: StateHue
}

/** How many packages something happens to; nothing when to none. */
export function Sum(props: SumProps) {
  if (props.count === 0) return undefined
  return (
    <li className={css.sum} data-hue={props.hue}>
      <props.icon size={15} aria-hidden />
      {formatCount(props.count)} {props.word}
    </li>
  )
}
