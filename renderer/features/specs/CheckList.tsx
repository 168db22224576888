import { IconAlertCircle, IconAlertTriangle, IconCircleCheck, IconInfoCircle } from '@tabler/icons-react'
import { plural } from '../../../main/api/format.ts'
import type { FileFinding } from '../../../main/api/spack-files.ts'
import css from './specs.module.css'

const icons = { problem: IconAlertCircle, warning: IconAlertTriangle, note: IconInfoCircle } as const
const words = { problem: 'Problem', warning: 'Warning', note: 'Note' } as const

interface CheckProps {
  readonly checks: readonly FileFinding[]
  /** Of the Spack that reads the file. */
  readonly version: string | undefined
  readonly onGo: (place: FileFinding) => void
}

/** What is wrong with the text, in the order of its lines; each leads to its place. */
export function CheckList({ checks, version, onGo }: CheckProps) {
  return (
    <section className={css.checks} aria-label="Checks">
      <p className={css.checksHead} role="status">
        {checks.length === 0 && <IconCircleCheck size={14} aria-hidden />}
        {checks.length === 0 ? 'No problems found' : summary(checks)}
        <small>
          as {version === undefined ? 'any Spack' : `Spack ${version}`} reads it · Escape, then Tab leaves the editor
        </small>
      </p>
      {checks.length > 0 && (
        <ol>
          {checks.map((check, index) => {
            const { severity, line, column, message, hint } = check
            const Icon = icons[severity]
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: two can be said of one place
              <li key={`${line}:${column}:${index}`}>
                <button type="button" className={css.check} data-severity={severity} onClick={() => onGo(check)}>
                  <Icon size={14} role="img" aria-label={words[severity]} />
                  <code>
                    {line}:{column}
                  </code>
                  <span>
                    {message}
                    {hint !== undefined && <small> {hint}</small>}
                  </span>
                </button>
              </li>
            )
          })}
        </ol>
      )}
    </section>
  )
}

function summary(checks: readonly FileFinding[]): string {
  const count = (severity: FileFinding['severity']) => checks.filter((one) => one.severity === severity).length
  return (['problem', 'warning', 'note'] as const)
    .flatMap((severity) => (count(severity) > 0 ? [plural(count(severity), severity)] : []))
    .join(', ')
}
