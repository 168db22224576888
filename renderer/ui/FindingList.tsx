import { IconAlertCircle, IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react'
import type { Finding } from '../../main/api/models.ts'
import css from './parts.module.css'

const order = { problem: 0, warning: 1, note: 2 } as const
const icons = { problem: IconAlertCircle, warning: IconAlertTriangle, note: IconInfoCircle } as const
const words = { problem: 'Problem', warning: 'Warning', note: 'Note' } as const

/** Findings, the gravest first. Those that are about a package lead to it when `onPackage` is given. */
export function FindingList({
  findings,
  onPackage,
}: {
  readonly findings: readonly Finding[]
  readonly onPackage?: (hash: string) => void
}) {
  if (findings.length === 0) return undefined
  const sorted = findings.toSorted((a, b) => order[a.severity] - order[b.severity])
  return (
    <ul className={css.findings} aria-label="Findings">
      {sorted.map((finding) => (
        <FindingRow key={`${finding.severity} ${finding.message}`} finding={finding} onPackage={onPackage} />
      ))}
    </ul>
  )
}

function FindingRow({ finding, onPackage }: { finding: Finding; onPackage?: (hash: string) => void }) {
  const Icon = icons[finding.severity]
  const { hash } = finding
  return (
    <li className={`${css.finding} ${css[finding.severity]}`}>
      <Icon size={16} className={css.findingIcon} role="img" aria-label={words[finding.severity]} />
      <div>
        {finding.message}{' '}
        {hash !== undefined && onPackage && (
          <button type="button" className={css.link} onClick={() => onPackage(hash)}>
            Show package
          </button>
        )}
        {finding.hint !== undefined && <p className={css.hint}>{finding.hint}</p>}
      </div>
    </li>
  )
}
