import { Button } from '@mantine/core'
import { IconPlugConnected } from '@tabler/icons-react'
import { useEffect } from 'react'
import type { EnvironmentRef } from '../../../main/api/models.ts'
import { Command } from '../../ui/Command.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { DoctorSteps } from '../doctor/DoctorSteps.tsx'
import { DoctorVerdict } from '../doctor/DoctorVerdict.tsx'
import { useDoctor } from '../doctor/use-doctor.ts'
import { givenAccess } from '../planning/access.ts'
import page from '../planning/page.module.css'
import type { PushDraft } from './drafts.ts'
import css from './push.module.css'

interface CheckProps {
  readonly environment: EnvironmentRef
  readonly draft: PushDraft & { readonly to: string }
}

/** Runs the doctor with these credentials, on the spot; what it found is forgotten when the target changes. */
export function RegistryCheck({ environment, draft }: CheckProps) {
  const { run, start, forget } = useDoctor()
  const { to, credentials, caFile, insecure } = draft
  const target = JSON.stringify([to, credentials, caFile, insecure])
  useEffect(() => {
    void target
    forget()
  }, [target, forget])
  const test = () =>
    start({
      ...environment,
      to: to.trim(),
      ...givenAccess(draft),
    })
  return (
    <>
      <div className={css.check}>
        <Button
          variant="default"
          leftSection={<IconPlugConnected size={15} />}
          disabled={to.trim() === ''}
          loading={run.kind === 'running'}
          onClick={() => void test()}
        >
          Test
        </Button>
        <DoctorVerdict run={run} />
      </div>
      {run.kind === 'refused' && <ErrorPanel error={run.error} />}
      {run.kind === 'done' && (
        <details className={page.disclosure}>
          <summary>Details</summary>
          <div className={page.disclosed}>
            <DoctorSteps steps={run.report.steps} />
            <Command value={run.report.command} />
          </div>
        </details>
      )}
    </>
  )
}
