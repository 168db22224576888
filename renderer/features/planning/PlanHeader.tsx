import { Button } from '@mantine/core'
import { type Icon, IconRefresh } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import page from './page.module.css'

interface HeaderProps {
  readonly title: ReactNode
  /** The whole of it, where the title is a short form. */
  readonly titleHint?: string
  /** Why there is nothing to press, or what will be left out. */
  readonly why: string | undefined
  /** It is for problems. */
  readonly grave?: boolean
  /** Buttons beside the one that runs. */
  readonly children: ReactNode
  readonly run: {
    readonly words: string
    readonly icon?: Icon
    readonly starting: boolean
    readonly disabled: boolean
    readonly onRun: () => void
    readonly className?: string
  }
}

/** Above a plan: what it is, why it cannot be run, and the button that runs it. */
export function PlanHeader({ title, titleHint, why, grave = false, children, run }: HeaderProps) {
  return (
    <header className={page.header}>
      <h1 className={page.title} title={titleHint}>
        {title}
      </h1>
      {why !== undefined && (
        <span id="why-not" className={grave ? page.problems : page.note}>
          {why}
        </span>
      )}
      {children}
      <Button
        leftSection={run.icon && <run.icon size={16} />}
        loading={run.starting}
        className={run.className}
        disabled={run.disabled}
        aria-describedby={why === undefined ? undefined : 'why-not'}
        onClick={run.onRun}
      >
        {run.words}
      </Button>
    </header>
  )
}

/** Makes the plan anew: what it was made from may be different now. */
export function PlanAgain({ disabled, onAgain }: { readonly disabled: boolean; readonly onAgain: () => void }) {
  return (
    <Button variant="default" leftSection={<IconRefresh size={15} />} disabled={disabled} onClick={onAgain}>
      Plan again
    </Button>
  )
}
