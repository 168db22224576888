import { CopyButton } from './CopyButton.tsx'
import css from './parts.module.css'

/** A command line that is true as it stands, to copy. `line` keeps it on one line. */
export function Command({
  value,
  what = 'command',
  line = false,
}: {
  readonly value: string
  readonly what?: string
  readonly line?: boolean
}) {
  return (
    <div className={line ? `${css.command} ${css.commandLine}` : css.command}>
      <code title={line ? value : undefined}>{value}</code>
      <CopyButton value={value} what={what} />
    </div>
  )
}
