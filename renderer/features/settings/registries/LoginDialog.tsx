import { Button, Checkbox, Group, Modal, PasswordInput, SegmentedControl, Stack, TextInput } from '@mantine/core'
import { type FormEvent, type RefObject, useRef, useState } from 'react'
import type { ErrorBody } from '../../../../main/api/errors.ts'
import type { Keychain, KnownRegistry, RegistryPreset } from '../../../../main/api/registries.ts'
import { errorBody } from '../../../client.ts'
import { useClient } from '../../../engine.ts'
import { Command } from '../../../ui/Command.tsx'
import { ErrorPanel } from '../../../ui/ErrorPanel.tsx'
import { ExternalLink } from '../../../ui/ExternalLink.tsx'
import { scheme } from './logins.ts'
import css from './registries.module.css'

interface DialogProps {
  readonly opened: boolean
  readonly registry: KnownRegistry
  readonly preset: RegistryPreset | undefined
  readonly keychain: Keychain
  readonly onClose: () => void
  readonly onDone: () => void
}

/** Logs in to a registry and keeps the login. */
export function LoginDialog({ opened, onClose, ...form }: DialogProps) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={`Log in to ${form.registry.registry}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
      size={520}
    >
      <LoginForm {...form} onClose={onClose} />
    </Modal>
  )
}

function LoginForm({ registry, preset, keychain, onClose, onDone }: Omit<DialogProps, 'opened'>) {
  const client = useClient()
  const [kind, setKind] = useState<'password' | 'token'>('password')
  const [scope, setScope] = useState(scheme(registry) + registry.registry)
  const [allowFile, setAllowFile] = useState(false)
  const [error, setError] = useState<ErrorBody>()
  const [busy, setBusy] = useState(false)
  const secret = useRef<HTMLInputElement>(null)

  // The password lives in its field alone, from typing to sending: React, queries and storage never hold it.
  async function logIn(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const text = (name: string) => String(form.get(name) ?? '')
    const credentials =
      kind === 'token' ? { token: text('secret') } : { username: text('username').trim(), password: text('secret') }
    if (secret.current) secret.current.value = ''
    setBusy(true)
    setError(undefined)
    try {
      await client.call('registry.login', { scope: scope.trim(), credentials, allowFile })
      onClose()
      onDone()
    } catch (thrown) {
      setError(errorBody(thrown))
      secret.current?.focus()
    } finally {
      setBusy(false)
    }
  }

  return (
    <form onSubmit={(event) => void logIn(event)}>
      <Stack gap="md">
        {error && <ErrorPanel error={error} />}
        <Who kind={kind} onKind={setKind} preset={preset} secret={secret} />
        <TextInput
          label="For"
          description="The whole registry, or a part of it: a group, a project, a repository"
          value={scope}
          onChange={(event) => setScope(event.currentTarget.value)}
          spellCheck={false}
          required
          classNames={{ input: css.monoInput }}
        />
        <Keeping keychain={keychain} allowFile={allowFile} onAllow={setAllowFile} />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={busy} disabled={keychain.kind === 'none' && !allowFile}>
            Log in
          </Button>
        </Group>
        <Command
          value={`strata login ${scope.trim()}${kind === 'token' ? ' --token-stdin' : ''}${allowFile ? ' --allow-file' : ''}`}
        />
      </Stack>
    </form>
  )
}

interface WhoProps {
  readonly kind: 'password' | 'token'
  readonly onKind: (kind: 'password' | 'token') => void
  readonly preset: RegistryPreset | undefined
  readonly secret: RefObject<HTMLInputElement | null>
}

/** Name and password, with what this registry calls them, or a token that is sent as it is. */
function Who({ kind, onKind, preset, secret }: WhoProps) {
  return (
    <>
      <SegmentedControl
        aria-label="With"
        data={[
          { value: 'password', label: 'Name and password' },
          { value: 'token', label: 'Bearer token' },
        ]}
        value={kind}
        onChange={(value) => onKind(value === 'token' ? 'token' : 'password')}
      />
      {kind === 'password' && (
        <TextInput
          data-autofocus
          name="username"
          label="Username"
          description={preset?.username}
          autoComplete="off"
          spellCheck={false}
          required
        />
      )}
      <PasswordInput
        ref={secret}
        name="secret"
        label={kind === 'token' ? 'Token' : 'Password'}
        description={kind === 'token' ? 'sent as it is, without a token server' : preset?.password}
        autoComplete="off"
        required
      />
      {preset?.help !== undefined && (
        <p className={css.help}>
          How to get one: <ExternalLink address={preset.help} />
        </p>
      )}
    </>
  )
}

interface KeepingProps {
  readonly keychain: Keychain
  readonly allowFile: boolean
  readonly onAllow: (allow: boolean) => void
}

/** Where the login goes. Without a keychain that is a file, which one has to want; `file` is one that was wanted before. */
function Keeping({ keychain, allowFile, onAllow }: KeepingProps) {
  const { kind, where, problem } = keychain
  if (kind !== 'none') return <p className={css.dim}>When the registry has taken it, it is kept in {where}.</p>
  return (
    <div className={css.keeping}>
      <p>
        No keychain works here{problem === undefined ? '' : `: ${problem}`}. The login would be kept in a file, not
        encrypted: {where}.
      </p>
      <Checkbox
        label="Keep it in that file"
        checked={allowFile}
        onChange={(event) => onAllow(event.currentTarget.checked)}
      />
    </div>
  )
}
