import { Button, FileButton, Group, Modal, Select, Stack, Textarea } from '@mantine/core'
import { memo, useState } from 'react'
import type { CompositionDraft } from '../../../main/api/compose.ts'
import type { ErrorBody } from '../../../main/api/errors.ts'
import { navigate } from '../../app/use-route.ts'
import { errorBody } from '../../client.ts'
import { useClient } from '../../engine.ts'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import page from '../planning/page.module.css'
import { useCatalogues } from '../registries/catalogues.ts'
import { openDraft } from './open-draft.ts'
import css from './tabs.module.css'

interface DialogProps {
  readonly repository: string
  readonly opened: boolean
  readonly onClose: () => void
}

/** Another composition: from an image that is there, or from a strata.yaml. Undo brings back what was here. */
export const OpenDialog = memo(function OpenDialog({ repository, opened, onClose }: DialogProps) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="Open a composition"
      closeButtonProps={{ 'aria-label': 'Close' }}
      size={560}
    >
      <Stack gap="lg">
        <FromImage repository={repository} onClose={onClose} />
        <FromFile repository={repository} onClose={onClose} />
      </Stack>
    </Modal>
  )
})

function FromImage({ repository, onClose }: Omit<DialogProps, 'opened'>) {
  const rows = useCatalogues(({ all }) => all[repository]?.rows)
  const images = (rows ?? []).filter(({ kind }) => kind === 'environment').map(({ tag }) => tag)
  return (
    <section className={css.section}>
      <h3>An image of this cache</h3>
      <Select
        aria-label="Image"
        placeholder={images.length === 0 ? 'There is none of packages' : 'Choose one, to take it apart'}
        data={images.toSorted()}
        disabled={images.length === 0}
        searchable
        size="xs"
        onChange={(tag) => {
          if (tag === null) return
          onClose()
          navigate({ screen: 'compose', repository, tag })
        }}
      />
    </section>
  )
}

function FromFile({ repository, onClose }: Omit<DialogProps, 'opened'>) {
  const client = useClient()
  const [text, setText] = useState('')
  const [file, setFile] = useState('strata.yaml')
  const [error, setError] = useState<ErrorBody>()

  async function open(): Promise<void> {
    setError(undefined)
    try {
      const draft: CompositionDraft = await client.call('compose.parse', { text, file })
      onClose()
      navigate({ screen: 'compose', repository: openDraft(repository, draft) })
    } catch (thrown) {
      setError(errorBody(thrown))
    }
  }

  async function read(chosen: File | null): Promise<void> {
    if (!chosen) return
    setFile(chosen.name)
    setText(await chosen.text())
  }

  return (
    <section className={css.section}>
      <h3>A strata.yaml</h3>
      <Textarea
        aria-label="Text of strata.yaml"
        placeholder={'roots:\n  - vim\n  - lua\nbase-image: debian:12\ntag: tools'}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        rows={9}
        spellCheck={false}
        classNames={{ input: page.monoInput }}
      />
      {error && <ErrorPanel error={error} />}
      <Group justify="space-between" gap="sm">
        <FileButton accept=".yaml,.yml" onChange={(chosen) => void read(chosen)}>
          {(props) => (
            <Button variant="default" {...props}>
              Choose a file…
            </Button>
          )}
        </FileButton>
        <Button disabled={text.trim() === ''} onClick={() => void open()}>
          Open
        </Button>
      </Group>
    </section>
  )
}
