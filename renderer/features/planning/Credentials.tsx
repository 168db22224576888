import { Checkbox, PasswordInput, SegmentedControl, TextInput } from '@mantine/core'
import type { AccessDraft } from './access.ts'
import css from './page.module.css'

interface CredentialsProps {
  readonly draft: AccessDraft
  readonly change: (change: Partial<AccessDraft>) => void
}

/** How to log in to the registry, and whom to trust. Typed secrets stay in this window's memory. */
export function Credentials({ draft, change }: CredentialsProps) {
  const { credentials } = draft
  const special = draft.caFile !== '' || draft.insecure
  return (
    <details className={css.disclosure} open={credentials.kind !== 'found' || special || undefined}>
      <summary>Credentials and certificates</summary>
      <div className={css.disclosed}>
        <SegmentedControl
          aria-label="Credentials"
          data={[
            { value: 'found', label: 'Automatic' },
            { value: 'password', label: 'Username' },
            { value: 'token', label: 'Token' },
          ]}
          value={credentials.kind}
          onChange={(kind) => {
            if (kind === 'password') change({ credentials: { kind, username: '', password: '' } })
            else if (kind === 'token') change({ credentials: { kind, token: '' } })
            else change({ credentials: { kind: 'found' } })
          }}
        />
        {credentials.kind === 'found' && (
          <p className={css.note}>From the mirror’s configuration, docker and podman logins, else anonymous.</p>
        )}
        {credentials.kind === 'password' && (
          <div className={css.pair}>
            <TextInput
              aria-label="Username"
              placeholder="Username"
              autoComplete="off"
              value={credentials.username}
              onChange={(event) => change({ credentials: { ...credentials, username: event.currentTarget.value } })}
            />
            <PasswordInput
              aria-label="Password"
              placeholder="Password"
              autoComplete="off"
              value={credentials.password}
              onChange={(event) => change({ credentials: { ...credentials, password: event.currentTarget.value } })}
            />
          </div>
        )}
        {credentials.kind === 'token' && (
          <PasswordInput
            aria-label="Token"
            placeholder="Token"
            autoComplete="off"
            value={credentials.token}
            onChange={(event) => change({ credentials: { kind: 'token', token: event.currentTarget.value } })}
          />
        )}
        <TextInput
          aria-label="CA file"
          placeholder="CA file, such as /etc/ssl/site-ca.pem"
          value={draft.caFile}
          onChange={(event) => change({ caFile: event.currentTarget.value })}
          spellCheck={false}
          classNames={{ input: css.monoInput }}
        />
        <Checkbox
          label="Accept any certificate"
          description="Anyone between here and the registry can then read and change what is sent"
          checked={draft.insecure}
          onChange={(event) => change({ insecure: event.currentTarget.checked })}
        />
      </div>
    </details>
  )
}
