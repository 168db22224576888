import { IconAlertTriangle, IconCircleX } from '@tabler/icons-react'
import type { Finding } from '../../../main/api/models.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Path } from '../../ui/Path.tsx'
import css from './run.module.css'

interface FindingsProps {
  readonly findings: readonly Finding[]
  readonly onPackage?: (hash: string) => void
}

/** What Spack said of why it failed, in its own words and lines; the paths of build logs are to be copied. */
export function RunFindings({ findings, onPackage }: FindingsProps) {
  return (
    <ul className={css.findings} aria-label="Findings">
      {findings.map((finding) => (
        <li key={`${finding.message} ${finding.hint}`} data-severity={finding.severity}>
          {finding.severity === 'problem' ? (
            <IconCircleX size={16} aria-hidden />
          ) : (
            <IconAlertTriangle size={16} aria-hidden />
          )}
          <FindingView finding={finding} onPackage={onPackage} />
        </li>
      ))}
    </ul>
  )
}

function FindingView({
  finding: { message, hint, hash },
  onPackage,
}: { finding: Finding } & Omit<FindingsProps, 'findings'>) {
  const log = hint === undefined ? undefined : /^Its build log: (\/.*)$/.exec(hint)?.[1]
  return (
    <div className={css.finding}>
      <p className={css.message}>
        {message}{' '}
        {hash !== undefined && onPackage && (
          <button type="button" className={css.link} onClick={() => onPackage(hash)}>
            Show package
          </button>
        )}
      </p>
      {log !== undefined ? (
        <p className={css.log}>
          <span>Build log</span> <Path value={log} limit={160} />
          <CopyButton value={log} what="path of the build log" />
        </p>
      ) : (
        hint !== undefined && <p>{hint}</p>
      )}
    </div>
  )
}
