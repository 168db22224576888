import { notifications } from '@mantine/notifications'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { copyText } from './clipboard.ts'
import css from './parts.module.css'

const shownFor = 1500

/** Copies `value`; `what` says in words what is copied: "Copy hash". Light enough to stand in every row of a table. */
export function CopyButton({ value, what }: { readonly value: string; readonly what: string }) {
  // Which value was copied, not that one was: a row of a table lends its elements to the next one.
  const [copied, setCopied] = useState<string>()
  useEffect(() => {
    if (copied === undefined) return
    const timer = setTimeout(() => setCopied(undefined), shownFor)
    return () => clearTimeout(timer)
  }, [copied])
  const done = copied === value
  const words = done ? `Copied ${what}` : `Copy ${what}`
  return (
    <button
      type="button"
      className={css.copy}
      aria-label={words}
      title={words}
      onClick={(event) => {
        event.stopPropagation()
        copyText(value).then(
          () => setCopied(value),
          () => notifications.show({ color: 'red', message: `The browser does not let this page copy: ${value}` }),
        )
      }}
    >
      {done ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
    </button>
  )
}
