import { Button, Modal, SegmentedControl, Select, Stack, Textarea, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useRef, useState } from 'react'
import type { EnvironmentRef, SpackInstance, Workspace } from '../../../main/api/models.ts'
import type { FileEditResult } from '../../../main/api/spack-files.ts'
import { navigate } from '../../app/use-route.ts'
import { keys, useClient } from '../../engine.ts'
import { EditReview } from '../edits/EditReview.tsx'
import { useEdit } from '../edits/use-edit.ts'
import { Field } from '../planning/Field.tsx'
import page from '../planning/page.module.css'
import css from './environments.module.css'
import { blankEnvironment, type NewDraft, newRequest, whatIsWrong } from './new-environment.ts'

interface NewProps {
  readonly workspace: Workspace
  readonly onClose: () => void
}

/** Asks what a new environment is to be, shows its spack.yaml, writes it and opens it. */
export function NewEnvironment({ opened, ...form }: NewProps & { readonly opened: boolean }) {
  const { onClose } = form
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="New environment"
      closeButtonProps={{ 'aria-label': 'Close' }}
      size={640}
    >
      <NewForm {...form} />
    </Modal>
  )
}

/** It begins anew whenever the dialog opens. */
function NewForm({ workspace, onClose }: NewProps) {
  const client = useClient()
  const queries = useQueryClient()
  const spacks = workspace.instances.filter((one) => !one.problem)
  const [draft, setDraft] = useState<NewDraft>(() => blankEnvironment(spacks))
  const write = useRef<HTMLButtonElement>(null)
  const change = (part: Partial<NewDraft>) => setDraft((old) => ({ ...old, ...part }))
  const edit = useEdit(newRequest(draft), (result) => void open(result))
  const { error } = edit.planned
  const wrong = whatIsWrong(draft, error)

  async function open({ file, created }: FileEditResult): Promise<void> {
    const ref = await refOf(file.replace(/\/spack\.yaml$/, ''), created ?? draft.name)
    navigate({ screen: 'environments', ref, view: 'specs' })
    onClose()
  }

  /** A folder is remembered, or nobody would find it again; a named one is found in its Spack. */
  async function refOf(folder: string, name: string): Promise<EnvironmentRef> {
    if (draft.place === 'named') {
      return { spack: draft.spack?.root, sysroot: draft.spack?.sysroot, environment: name }
    }
    const opened = await client.call('workspace.open', { path: folder })
    queries.setQueryData(keys.workspace, opened)
    return opened.folders.find((one) => one.folder === folder)?.ref ?? { environment: folder }
  }

  function submit(event: FormEvent): void {
    event.preventDefault()
    write.current?.focus()
  }

  // What is said at its field is not said twice.
  const review = wrong.all ? edit : { ...edit, planned: { ...edit.planned, error: undefined } }
  return (
    <Stack gap="lg">
      <form onSubmit={submit}>
        <Stack gap="md">
          <Place draft={draft} change={change} spacks={spacks} problem={wrong.name} />
          <Field label="Specs">
            <Textarea
              aria-label="Specs"
              placeholder={'hdf5@1.14 +mpi\npython@3.11'}
              description="One a line. More can be added later."
              inputWrapperOrder={['input', 'description', 'error']}
              size="xs"
              autosize
              minRows={2}
              maxRows={6}
              value={draft.specs}
              error={wrong.specs}
              onChange={(event) => change({ specs: event.currentTarget.value })}
              spellCheck={false}
              classNames={{ input: page.monoInput }}
            />
          </Field>
          <View draft={draft} change={change} />
        </Stack>
      </form>
      <EditReview
        edit={review}
        write={write}
        nothing={<span />}
        actions={
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
        }
      />
    </Stack>
  )
}

interface FormProps {
  readonly draft: NewDraft
  readonly change: (part: Partial<NewDraft>) => void
}

function Place(props: FormProps & { spacks: readonly SpackInstance[]; problem: string | undefined }) {
  const { draft, change, spacks, problem } = props
  const named = draft.place === 'named'
  const label = ({ root, foundBy, version }: SpackInstance) =>
    `${foundBy === 'sample' ? 'Sample' : root}${version === undefined ? '' : ` (${version})`}`
  return (
    <>
      <Field label="Place">
        <SegmentedControl
          aria-label="Place"
          data={[
            { value: 'named', label: 'Named, in a Spack', disabled: spacks.length === 0 },
            { value: 'folder', label: 'In a folder' },
          ]}
          value={draft.place}
          onChange={(place) => change({ place: place === 'named' ? 'named' : 'folder' })}
        />
        {spacks.length === 0 && <p className={css.dim}>No Spack was found that could hold a named environment.</p>}
        {named && spacks.length > 1 && (
          <Select
            aria-label="Spack"
            data={spacks.map((one, index) => ({ value: String(index), label: label(one) }))}
            value={String(
              spacks.findIndex((one) => one.root === draft.spack?.root && one.sysroot === draft.spack.sysroot),
            )}
            allowDeselect={false}
            onChange={(index) => change({ spack: spacks[Number(index)] })}
          />
        )}
      </Field>
      <Field label={named ? 'Name' : 'Folder'}>
        <TextInput
          data-autofocus
          aria-label={named ? 'Name' : 'Folder'}
          placeholder={named ? 'tools' : '~/projects/climate'}
          value={draft.name}
          error={problem}
          onChange={(event) => change({ name: event.currentTarget.value })}
          spellCheck={false}
          autoComplete="off"
          classNames={{ input: page.monoInput }}
        />
      </Field>
    </>
  )
}

function View({ draft, change }: FormProps) {
  return (
    <Field label="View">
      <SegmentedControl
        aria-label="View"
        data={[
          { value: 'on', label: 'On' },
          { value: 'off', label: 'Off' },
          { value: 'folder', label: 'In a folder' },
        ]}
        value={draft.view}
        onChange={(view) => change({ view: view === 'on' || view === 'off' ? view : 'folder' })}
      />
      {draft.view === 'folder' && (
        <TextInput
          aria-label="Folder of the view"
          placeholder="/shared/views/tools"
          value={draft.viewFolder}
          onChange={(event) => change({ viewFolder: event.currentTarget.value })}
          spellCheck={false}
          classNames={{ input: page.monoInput }}
        />
      )}
    </Field>
  )
}
