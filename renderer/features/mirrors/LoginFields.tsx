import { PasswordInput, Select, TextInput } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useState } from 'react'
import type { MirrorList } from '../../../main/api/spack-files.ts'
import { type LoginDraft, proposeVariable } from './draft.ts'
import css from './mirrors.module.css'

interface LoginProps {
  /** Of the mirror. */
  readonly name: string
  readonly login: LoginDraft
  readonly onLogin: (login: LoginDraft) => void
  readonly oci: boolean
  readonly list: MirrorList
  /** The login that is there, in words. */
  readonly now: string | undefined
}

/** Who is logged in at a mirror, in the form that this version of Spack reads. */
export function LoginFields({ name, login, onLogin, oci, list, now }: LoginProps) {
  const { loginVariables, spackVersion } = list
  const stem = name.trim()

  function choose(kind: string | null): void {
    if (kind === 'variables') onLogin({ kind, idIs: 'name', id: '', variable: proposeVariable(stem) })
    else if (kind === 'file') onLogin({ kind, id: '', secret: '' })
    else if (kind === 'none') onLogin({ kind })
    else if (kind === 'token') onLogin({ kind, variable: proposeVariable(stem, 'TOKEN') })
    else onLogin({ kind: 'keep' })
  }

  const data = [
    { value: 'keep', label: now === undefined ? 'None in the file' : `As it is: ${now}` },
    ...(now === undefined ? [] : [{ value: 'none', label: 'None: take it out of the file' }]),
    ...(loginVariables
      ? [
          { value: 'variables', label: 'A user, the password in a variable' },
          // Registries take a name and a password alone (Spack's oci/opener.py).
          ...(oci ? [] : [{ value: 'token', label: 'A token in a variable' }]),
        ]
      : [{ value: 'file', label: 'A user and the password in the file' }]),
  ]
  return (
    <div className={css.urls}>
      <Select label="Login" data={data} value={login.kind} allowDeselect={false} onChange={choose} />
      {oci && (login.kind === 'none' || (login.kind === 'keep' && now === undefined)) && (
        <p className={css.dim}>
          Strata finds docker’s and podman’s logins and its own by itself. Spack knows what is named here alone.
        </p>
      )}
      {login.kind === 'variables' && <Variables login={login} onLogin={onLogin} name={stem} />}
      {login.kind === 'token' && (
        <Text
          label="Variable with the token"
          value={login.variable}
          onChange={(v) => onLogin({ ...login, variable: v })}
        />
      )}
      {login.kind === 'file' && (
        <>
          <div className={css.caution}>
            <IconAlertTriangle size={16} role="img" aria-label="Warning" />
            <p>
              Spack {spackVersion} reads a password from its file alone: everyone who can read the file can use it.
              Better leave it out and log in with <code>strata login</code>, which Strata’s pushes and installs use; or
              use Spack 0.23 or newer, which reads it from a variable.
            </p>
          </div>
          <Text label="User" value={login.id} onChange={(id) => onLogin({ ...login, id })} />
          <Password onSecret={(secret) => onLogin({ ...login, secret })} />
        </>
      )}
    </div>
  )
}

function Variables(props: {
  readonly login: LoginDraft & { kind: 'variables' }
  readonly onLogin: (login: LoginDraft) => void
  readonly name: string
}) {
  const { login, onLogin, name } = props
  return (
    <>
      <div className={css.user}>
        <Select
          label="User"
          data={[
            { value: 'name', label: 'by name' },
            { value: 'variable', label: 'in a variable' },
          ]}
          value={login.idIs}
          allowDeselect={false}
          onChange={(to) =>
            onLogin(
              to === 'variable'
                ? { ...login, idIs: 'variable', id: proposeVariable(name, 'USER') }
                : { ...login, idIs: 'name', id: '' },
            )
          }
        />
        <Text
          label={login.idIs === 'name' ? 'User name' : 'Variable with the user name'}
          value={login.id}
          onChange={(id) => onLogin({ ...login, id })}
        />
      </div>
      <Text
        label="Variable with the password"
        value={login.variable}
        onChange={(variable) => onLogin({ ...login, variable })}
      />
    </>
  )
}

function Text({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  return (
    <TextInput
      label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      spellCheck={false}
      autoComplete="off"
      classNames={{ input: css.monoInput }}
    />
  )
}

/** The engine hides every secret that it was told of: it is told of the whole one, not of each of its beginnings. */
function Password({ onSecret }: { onSecret: (secret: string) => void }) {
  const [typed, setTyped] = useState('')
  return (
    <PasswordInput
      label="Password"
      description="The difference shows it as ***, once this field is left"
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={() => onSecret(typed)}
      onKeyDown={(event) => event.key === 'Enter' && onSecret(typed)}
      autoComplete="off"
    />
  )
}
