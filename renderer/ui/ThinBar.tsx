import css from './thin-bar.module.css'

interface BarProps {
  /** From 0 to 1. */
  readonly part: number
  readonly hue?: 'build' | 'reuse' | 'problem'
  readonly className?: string
}

/** How far something is that the words beside it tell, too. */
export function ThinBar({ part, hue = 'build', className = '' }: BarProps) {
  return (
    <span className={`${css.bar} ${className}`} data-hue={hue} aria-hidden>
      <i style={{ transform: `scaleX(${part})` }} />
    </span>
  )
}
