import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { ErrorBody } from '../../../../main/api/errors.ts'
import type { Finding } from '../../../../main/api/models.ts'
import type { Keychain, KnownRegistry, RegistryLogin, RegistryPreset } from '../../../../main/api/registries.ts'
import { navigate } from '../../../app/use-route.ts'
import { errorBody } from '../../../client.ts'
import { keys, takeRegistries, useClient } from '../../../engine.ts'
import { ErrorPanel } from '../../../ui/ErrorPanel.tsx'
import { FindingList } from '../../../ui/FindingList.tsx'
import { HostName } from '../../../ui/HostName.tsx'
import { LoginDialog } from './LoginDialog.tsx'
import { scheme } from './logins.ts'
import { RegistryDialog } from './RegistryDialog.tsx'
import { RepositoryCheck } from './RepositoryCheck.tsx'
import css from './registries.module.css'

interface DetailProps {
  readonly registry: KnownRegistry
  readonly presets: readonly RegistryPreset[]
  readonly keychain: Keychain
}

/** One registry: how it is reached, the logins for it, and whether a repository of it can be read and written. */
export function RegistryDetail({ registry, presets, keychain }: DetailProps) {
  const client = useClient()
  const queries = useQueryClient()
  const [dialog, setDialog] = useState<'change' | 'login'>()
  const [error, setError] = useState<ErrorBody>()
  const { registry: name, recent } = registry
  const preset = presets.find((p) => p.kind === registry.kind)
  const close = () => setDialog(undefined)
  const reread = () => queries.invalidateQueries({ queryKey: keys.registries })

  async function attempt(act: () => Promise<unknown>): Promise<void> {
    setError(undefined)
    await act().catch((thrown: unknown) => setError(errorBody(thrown)))
  }

  async function forget(): Promise<void> {
    await takeRegistries(queries, await client.call('registries.forget', { registry: name }))
    navigate({ screen: 'settings', tab: 'registries' })
  }

  async function logOut({ scope }: RegistryLogin): Promise<void> {
    await client.call('registry.logout', { scope })
    await reread()
  }

  return (
    <>
      <header className={css.header}>
        <h2 className={css.name}>
          <HostName value={name} />
        </h2>
        <div className={css.headerActions}>
          <Button variant="default" onClick={() => setDialog('login')}>
            Log in…
          </Button>
          <Button variant="default" onClick={() => setDialog('change')}>
            {registry.configured ? 'Change…' : 'Set up…'}
          </Button>
          {registry.configured && (
            <Button
              variant="default"
              title="What was set here, and Strata’s own login. Docker, podman and Spack keep theirs."
              onClick={() => void attempt(forget)}
            >
              Forget
            </Button>
          )}
        </div>
      </header>
      <Facts registry={registry} kind={preset?.name ?? registry.kind} />
      <FindingList findings={dangers(registry)} />
      {error && <ErrorPanel error={error} />}
      <RepositoryCheck
        prefix={`${scheme(registry)}${name}/`}
        recent={recent.map((one) => one.replace(/^[a-z+]+:\/\//, '').replace(`${name}/`, ''))}
        example={preset?.repository}
        logins={registry.logins}
        onLogout={(login) => void attempt(() => logOut(login))}
      />
      <RegistryDialog opened={dialog === 'change'} presets={presets} registry={registry} onClose={close} />
      <LoginDialog
        opened={dialog === 'login'}
        registry={registry}
        preset={preset}
        keychain={keychain}
        onClose={close}
        onDone={() => void reread()}
      />
    </>
  )
}

function Facts({ registry, kind }: { registry: KnownRegistry; kind: string }) {
  const { caFiles } = registry
  return (
    <dl className={css.facts}>
      <dt>Kind</dt>
      <dd>{kind}</dd>
      <dt>Trusts</dt>
      <dd>{trusted(registry)}</dd>
      {caFiles.map((file) => (
        <dd key={file} className={css.file}>
          {file}
        </dd>
      ))}
    </dl>
  )
}

function trusted({ plainHttp, insecure }: KnownRegistry): string {
  if (plainHttp) return 'whoever answers: plain HTTP has no certificates'
  return insecure ? 'any certificate' : 'the authorities of this system'
}

/** What makes a registry unsafe, said loudly. */
function dangers({ registry, insecure, plainHttp }: KnownRegistry): readonly Finding[] {
  const http: Finding = {
    severity: 'warning',
    message: `What is sent to ${registry} is not encrypted, passwords included.`,
    hint: 'It is set to plain HTTP. That is for a registry on this machine or in a closed network.',
  }
  const any: Finding = {
    severity: 'warning',
    message: `Any certificate of ${registry} is accepted.`,
    hint: 'Anyone between here and it can read and change what is sent, passwords included. Better name its CA file.',
  }
  return [...(plainHttp ? [http] : []), ...(insecure ? [any] : [])]
}
