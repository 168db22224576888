import { Button, Checkbox, Group, Modal, PasswordInput, SegmentedControl, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useRef, useState } from 'react'
import type { ErrorBody } from '../../../../main/api/errors.ts'
import type { Keychain, KnownRegistry, RegistryPreset } from '../../../../main/api/registries.ts'
import { errorBody } from '../../../client.ts'
import { useClient } from '../../../engine.ts'
import { ErrorPanel } from '../../../ui/ErrorPanel.tsx'
import { PresetWords } from './PresetWords.tsx'
import css from './registries.module.css'

interface DialogProps {
  readonly opened: boolean
  readonly registry: KnownRegistry
  readonly preset: RegistryPreset | undefined
  readonly keychain: Keychain
  readonly onClose: () => void
  readonly onDone: () => Promise<void>
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
  const [allowFile, setAllowFile] = useState(false)
  const [error, setError] = useState<ErrorBody>()
  const [busy, setBusy] = useState(false)
  const secret = useRef<HTMLInputElement>(null)

  // The password lives in its field alone, from typing to sending: React, queries and storage never hold it.
  async function logIn(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const text = (name: string) => String(form.get(name) ?? '')
    if (secret.current) secret.current.value = ''
    setBusy(true)
    setError(undefined)
    try {
      const { caFiles, insecure } = registry
      const credentials =
        kind === 'token' ? { token: text('secret') } : { username: text('username').trim(), password: text('secret') }
      await client.call('registry.login', { scope: text('scope').trim(), credentials, caFiles, insecure, allowFile })
      await onDone()
      onClose()
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
        <SegmentedControl
          aria-label="With"
          data={[
            { value: 'password', label: 'Name and password' },
            { value: 'token', label: 'Bearer token' },
          ]}
          value={kind}
          onChange={(value) => setKind(value === 'token' ? 'token' : 'password')}
        />
        {preset && kind === 'password' && <PresetWords preset={preset} />}
        {kind === 'password' && (
          <TextInput data-autofocus name="username" label="Username" autoComplete="off" spellCheck={false} required />
        )}
        <PasswordInput
          ref={secret}
          name="secret"
          label={kind === 'token' ? 'Token' : 'Password'}
          autoComplete="off"
          required
        />
        <TextInput
          name="scope"
          label="For"
          description="The whole registry, or a part of it: a group, a project, a repository"
          defaultValue={registry.registry}
          spellCheck={false}
          required
          classNames={{ input: css.monoInput }}
        />
        <Keeping keychain={keychain} allowFile={allowFile} onAllow={setAllowFile} />
        {error && <ErrorPanel error={error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={busy} disabled={keychain.kind === 'none' && !allowFile}>
            Log in
          </Button>
        </Group>
      </Stack>
    </form>
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
