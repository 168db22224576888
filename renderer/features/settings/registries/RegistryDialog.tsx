import { Button, Checkbox, Group, Modal, Select, Stack, Textarea, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { ErrorBody } from '../../../../main/api/errors.ts'
import type { RegistryPreset, RegistrySettings } from '../../../../main/api/registries.ts'
import { errorBody } from '../../../client.ts'
import { takeRegistries, useClient } from '../../../engine.ts'
import { ErrorPanel } from '../../../ui/ErrorPanel.tsx'
import { PresetWords } from './PresetWords.tsx'
import css from './registries.module.css'

interface DialogProps {
  readonly opened: boolean
  readonly presets: readonly RegistryPreset[]
  /** The one to change; absent for a new one. */
  readonly registry?: RegistrySettings
  readonly onClose: () => void
  readonly onSaved?: (registry: string | undefined) => void
}

/** Sets a registry up, or changes how one is reached. */
export function RegistryDialog({ opened, onClose, ...form }: DialogProps) {
  const title = form.registry ? `Change ${form.registry.registry}` : 'Add a registry'
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ 'aria-label': 'Close' }} size={520}>
      <RegistryForm {...form} onClose={onClose} />
    </Modal>
  )
}

const blank: RegistrySettings = { registry: '', kind: 'distribution', caFiles: [], insecure: false, plainHttp: false }

/** The form begins anew whenever the dialog opens: what was typed and not saved is gone. */
function RegistryForm({ presets, registry, onClose, onSaved }: Omit<DialogProps, 'opened'>) {
  const client = useClient()
  const queries = useQueryClient()
  const [draft, setDraft] = useState<RegistrySettings>(() => registry ?? { ...blank, ...ofPreset(presets[0]) })
  const [files, setFiles] = useState(draft.caFiles.join('\n'))
  const [error, setError] = useState<ErrorBody>()
  const [busy, setBusy] = useState(false)
  const preset = presets.find((p) => p.kind === draft.kind)
  const fixed = registry !== undefined || preset?.fixedHost === true
  const change = (part: Partial<RegistrySettings>) => setDraft((old) => ({ ...old, ...part }))

  async function save(event: FormEvent): Promise<void> {
    event.preventDefault()
    setBusy(true)
    setError(undefined)
    const caFiles = files
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean)
    const settings = { ...draft, registry: draft.registry.trim(), caFiles }
    try {
      const list = await client.call('registries.save', settings)
      await takeRegistries(queries, list)
      onClose()
      // The engine writes a name in its own way: docker.io for index.docker.io.
      const names = list.registries.map((one) => one.registry)
      onSaved?.(
        names.includes(settings.registry) ? settings.registry : names.find((one) => settings.registry.includes(one)),
      )
    } catch (thrown) {
      setError(errorBody(thrown))
    } finally {
      setBusy(false)
    }
  }

  return (
    <form onSubmit={(event) => void save(event)}>
      <Stack gap="md">
        <Select
          data-autofocus
          label="Kind"
          data={presets.map((p) => ({ value: p.kind, label: p.name }))}
          value={draft.kind}
          allowDeselect={false}
          onChange={(kind) => {
            const next = presets.find((p) => p.kind === kind)
            if (next) change({ kind: next.kind, ...(registry ? {} : ofPreset(next, draft.registry, presets)) })
          }}
        />
        <TextInput
          label="Host"
          description="host or host:port, as in a reference"
          placeholder={preset?.host}
          value={draft.registry}
          variant={fixed ? 'filled' : 'default'}
          readOnly={fixed}
          onChange={(event) => change({ registry: event.currentTarget.value })}
          spellCheck={false}
          classNames={{ input: css.monoInput }}
        />
        {preset && <PresetWords preset={preset} />}
        <Textarea
          size="xs"
          label="CA files"
          description="PEM files of authorities to trust for it beside the system’s, one a line"
          placeholder="/etc/ssl/site-ca.pem"
          value={files}
          disabled={draft.plainHttp}
          autosize
          minRows={1}
          onChange={(event) => setFiles(event.currentTarget.value)}
          spellCheck={false}
          classNames={{ input: css.monoInput }}
        />
        <Checkbox
          label="Accept any certificate"
          description="Anyone between here and the registry can then read and change what is sent, passwords included"
          checked={draft.insecure}
          disabled={draft.plainHttp}
          onChange={(event) => change({ insecure: event.currentTarget.checked })}
        />
        <Checkbox
          label="Plain HTTP"
          description="Nothing is encrypted: for a registry on this machine or in a closed network"
          checked={draft.plainHttp}
          onChange={(event) => change({ plainHttp: event.currentTarget.checked, insecure: false })}
        />
        {error && <ErrorPanel error={error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={busy} disabled={draft.registry.trim() === ''}>
            {registry ? 'Save' : `Add ${draft.registry.trim() || 'registry'}`}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** Kind and host as a preset says. A host that was typed stays when another kind is chosen, one that was filled in goes. */
function ofPreset(
  preset: RegistryPreset | undefined,
  typed = '',
  presets: readonly RegistryPreset[] = [],
): Partial<RegistrySettings> {
  if (!preset) return {}
  if (preset.fixedHost) return { kind: preset.kind, registry: preset.host }
  const filled = presets.some((p) => p.fixedHost && p.host === typed)
  return { kind: preset.kind, registry: filled ? '' : typed }
}
