import { Button } from '@mantine/core'
import { IconCheck, IconPlugConnected } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { EnvironmentRef, RegistryTest } from '../../../main/api/models.ts'
import { errorBody } from '../../client.ts'
import { useClient } from '../../engine.ts'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { givenCredentials, type PushDraft } from './drafts.ts'
import css from './push.module.css'

interface CheckProps {
  readonly environment: EnvironmentRef
  readonly draft: PushDraft & { readonly to: string }
}

/** Tries the registry with these credentials, on the spot; what it found is forgotten when the target changes. */
export function RegistryCheck({ environment, draft }: CheckProps) {
  const client = useClient()
  const { to, credentials, caFile, insecure } = draft
  const target = JSON.stringify([to, credentials, caFile, insecure])
  const test = useMutation({
    mutationFn: () =>
      client.call('registry.test', {
        ...environment,
        to: to.trim(),
        credentials: givenCredentials(credentials),
        caFiles: caFile.trim() === '' ? [] : [caFile.trim()],
        insecure,
      }),
  })
  const { reset } = test
  useEffect(() => {
    void target
    reset()
  }, [target, reset])
  const error = test.error ? errorBody(test.error) : test.data?.problem
  return (
    <>
      <div className={css.check}>
        <Button
          variant="default"
          leftSection={<IconPlugConnected size={15} />}
          disabled={to.trim() === ''}
          loading={test.isPending}
          onClick={() => test.mutate()}
        >
          Test
        </Button>
        {test.data && !test.data.problem && <Verdict test={test.data} />}
      </div>
      {error && <ErrorPanel error={error} />}
    </>
  )
}

function Verdict({ test }: { test: RegistryTest }) {
  const able = test.canPush ? 'can push' : test.canPull ? 'can pull, cannot push' : 'can neither pull nor push'
  return (
    <span className={test.canPush ? css.good : css.bad} role="status">
      {test.canPush && <IconCheck size={15} aria-hidden />}
      {able}, credentials: {test.credentialSource}
    </span>
  )
}
