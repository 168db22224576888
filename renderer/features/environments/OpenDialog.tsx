import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { ErrorBody } from '../../../main/api/errors.ts'
import type { Workspace } from '../../../main/api/models.ts'
import { navigate } from '../../app/use-route.ts'
import { errorBody } from '../../client.ts'
import { keys, useClient } from '../../engine.ts'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import page from '../planning/page.module.css'

/** Asks for the path of a Spack installation or of an environment's folder, and opens it. */
export function OpenDialog({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const client = useClient()
  const queries = useQueryClient()
  const [path, setPath] = useState('')
  const [error, setError] = useState<ErrorBody>()
  const [busy, setBusy] = useState(false)

  async function open(): Promise<void> {
    setBusy(true)
    setError(undefined)
    try {
      const workspace = await client.call('workspace.open', { path })
      queries.setQueryData(keys.workspace, workspace)
      const entry = entryAt(workspace, path)
      if (entry) navigate({ screen: 'environments', ref: entry.ref, view: 'table' })
      setPath('')
      onClose()
    } catch (thrown) {
      setError(errorBody(thrown))
    } finally {
      setBusy(false)
    }
  }

  function submit(event: FormEvent): void {
    event.preventDefault()
    if (path.trim() !== '') void open()
  }

  return (
    <Modal opened={opened} onClose={onClose} title="Open" closeButtonProps={{ 'aria-label': 'Close' }} size={480}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            data-autofocus
            label="Path"
            description="The root of a Spack installation, or a folder with a spack.yaml or spack.lock"
            placeholder="~/spack"
            value={path}
            onChange={(event) => setPath(event.currentTarget.value)}
            spellCheck={false}
            classNames={{ input: page.monoInput }}
          />
          {error && <ErrorPanel error={error} />}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={busy} disabled={path.trim() === ''}>
              Open
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

/** What was just opened: the folder itself, or the first environment of the Spack installation. */
function entryAt(workspace: Workspace, path: string) {
  const wanted = path.trim().replace(/\/+$/, '')
  const folder = workspace.folders.find((f) => f.folder === wanted)
  return folder ?? workspace.instances.find((i) => i.root === wanted)?.environments[0]
}
