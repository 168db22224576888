import { SegmentedControl, TextInput } from '@mantine/core'
import page from '../../planning/page.module.css'
import type { ExportTarget } from './draft.ts'

const forms = [
  { value: 'archive', label: 'Docker archive' },
  { value: 'folder', label: 'OCI folder' },
] as const satisfies readonly { value: ExportTarget['form']; label: string }[]

const notes = {
  archive: 'One file, for docker load and podman load.',
  folder: 'An OCI image layout, for skopeo, podman and apptainer. Layers that it has already are not written again.',
} as const

interface ExportToProps {
  readonly value: ExportTarget
  readonly onChange: (value: ExportTarget) => void
}

/** A place on this machine for an image: in which form, and where. */
export function ExportTo({ value, onChange }: ExportToProps) {
  return (
    <>
      <SegmentedControl
        aria-label="Form"
        data={[...forms]}
        value={value.form}
        onChange={(form) => onChange({ ...value, form: form as ExportTarget['form'] })}
      />
      <TextInput
        aria-label={value.form === 'archive' ? 'File' : 'Folder'}
        placeholder={value.form === 'archive' ? '/home/me/tools.tar' : '/home/me/images/tools'}
        value={value.path}
        onChange={(event) => onChange({ ...value, path: event.currentTarget.value })}
        spellCheck={false}
        classNames={{ input: page.monoInput }}
      />
      <p className={page.note}>{notes[value.form]}</p>
    </>
  )
}
