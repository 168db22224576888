import { useClipboard } from '@mantine/hooks'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import css from './parts.module.css'

/** Copies `value`; `what` says in words what is copied: "Copy hash". Light enough to stand in every row of a table. */
export function CopyButton({ value, what }: { readonly value: string; readonly what: string }) {
  const clipboard = useClipboard({ timeout: 1500 })
  const words = clipboard.copied ? `Copied ${what}` : `Copy ${what}`
  return (
    <button
      type="button"
      className={css.copy}
      aria-label={words}
      title={words}
      onClick={(event) => {
        event.stopPropagation()
        void clipboard.copy(value)
      }}
    >
      {clipboard.copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
    </button>
  )
}
