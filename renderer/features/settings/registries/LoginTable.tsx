import { Button } from '@mantine/core'
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react'
import type { RegistryLogin } from '../../../../main/api/registries.ts'
import { loginName, removal, usedLogin } from './logins.ts'
import css from './registries.module.css'

interface TableProps {
  readonly logins: readonly RegistryLogin[]
  /** The logins are those for one repository, so that the first of them is the one that is used. */
  readonly decided: boolean
  readonly onLogout?: (login: RegistryLogin) => void
}

/** Logins in the order in which they are tried, each with who it is, what it is for and where it was found. */
export function LoginTable({ logins, decided, onLogout }: TableProps) {
  const used = decided ? usedLogin(logins) : undefined
  return (
    <ol className={css.logins} aria-label="Logins">
      {logins.map((login) => (
        <li key={`${login.origin} ${login.scope} ${login.source}`} className={css.login}>
          <div className={css.loginWho}>
            <span className={css.loginName}>{loginName(login)}</span>
            {login === used && (
              <span className={css.used}>
                <IconCheck size={14} aria-hidden /> used
              </span>
            )}
            <span className={css.scope}>{login.scope}</span>
          </div>
          <p className={css.source}>{login.source}</p>
          {login.problem !== undefined && (
            <p className={css.loginProblem}>
              <IconAlertTriangle size={14} aria-hidden /> {login.problem}
            </p>
          )}
          <p className={css.dim}>{removal(login)}</p>
          {login.origin === 'strata' && onLogout && (
            <Button
              className={css.logout}
              variant="default"
              size="compact-sm"
              aria-label={`Log out of ${login.scope}`}
              onClick={() => onLogout(login)}
            >
              Log out
            </Button>
          )}
        </li>
      ))}
    </ol>
  )
}
