import { Button } from '@mantine/core'
import { IconFolderOpen, IconPlus, IconStack2 } from '@tabler/icons-react'
import { lazy, Suspense, useEffect, useState } from 'react'
import type { Workspace } from '../../../main/api/models.ts'
import { type EnvironmentsRoute, parseRoute } from '../../app/routes.ts'
import { replaceRoute } from '../../app/use-route.ts'
import { errorBody } from '../../client.ts'
import { useWorkspace } from '../../engine.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import { EnvironmentList } from './EnvironmentList.tsx'
import { EnvironmentView } from './EnvironmentView.tsx'
import css from './environments.module.css'
import { OpenDialog } from './OpenDialog.tsx'
import { SampleButton } from './SampleButton.tsx'

// It brings the review of what will be written, which the screen does not need.
const NewEnvironment = lazy(async () => ({ default: (await import('./NewEnvironment.tsx')).NewEnvironment }))

/** The Spack instances and environments at the left, one environment in the rest. */
export function EnvironmentsScreen({ route }: { readonly route: EnvironmentsRoute }) {
  const workspace = useWorkspace()
  const [opening, setOpening] = useState(false)
  const [creating, setCreating] = useState<boolean>()
  const open = () => setOpening(true)
  const create = () => setCreating(true)
  const first = workspace.data && firstEnvironment(workspace.data)
  useEffect(() => {
    if (route.ref) return
    // The address may have moved on while the workspace was read: what the user chose since wins.
    const now = parseRoute(window.location.hash)
    if (now.screen === 'environments' && !now.ref && first) replaceRoute({ ...now, ref: first.ref })
  }, [first, route])

  if (workspace.error) {
    return (
      <div className={css.alone}>
        <ErrorPanel error={errorBody(workspace.error)}>
          <Button variant="default" onClick={() => void workspace.refetch()}>
            Try again
          </Button>
        </ErrorPanel>
      </div>
    )
  }
  if (!workspace.data) return <Waiting words="Looking for Spack installations and environments" />
  const bare = workspace.data.instances.length === 0 && workspace.data.folders.length === 0
  return (
    <div className={css.screen}>
      {!bare && <EnvironmentList workspace={workspace.data} current={route.ref} onOpen={open} onNew={create} />}
      {route.ref ? (
        <EnvironmentView route={{ ...route, ref: route.ref }} />
      ) : (
        <Nothing workspace={workspace.data} bare={bare} onOpen={open} onNew={create} />
      )}
      <OpenDialog opened={opening} onClose={() => setOpening(false)} />
      {creating !== undefined && (
        <Suspense>
          <NewEnvironment workspace={workspace.data} opened={creating} onClose={() => setCreating(false)} />
        </Suspense>
      )}
    </div>
  )
}

interface NothingProps {
  readonly workspace: Workspace
  readonly bare: boolean
  readonly onOpen: () => void
  readonly onNew: () => void
}

function Nothing({ workspace, bare, onOpen, onNew }: NothingProps) {
  return (
    <EmptyState
      icon={IconStack2}
      title={bare ? 'No Spack found here' : 'No environment here yet'}
      actions={
        <>
          {workspace.sampleAvailable && <SampleButton variant={bare ? 'filled' : 'default'} />}
          <Button variant="default" leftSection={<IconFolderOpen size={16} />} onClick={onOpen}>
            Open…
          </Button>
          <Button variant="default" leftSection={<IconPlus size={16} />} onClick={onNew}>
            New environment…
          </Button>
        </>
      }
    >
      {bare
        ? 'Strata looked at SPACK_ROOT, PATH and ~/spack. Open the folder of a Spack installation or of an environment, or try the sample: a small real store with eight packages, pushed offline into a folder.'
        : 'The Spack installations at the left have no named environments. Open a folder with a spack.yaml, or make a new environment.'}
    </EmptyState>
  )
}

function firstEnvironment(workspace: Workspace) {
  const all = [...workspace.instances.flatMap((i) => i.environments), ...workspace.folders]
  return all.find((e) => e.concretized) ?? all[0]
}
