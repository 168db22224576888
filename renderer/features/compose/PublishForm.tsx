import { Autocomplete, Checkbox, SegmentedControl, TextInput } from '@mantine/core'
import { useSettings } from '../../engine.ts'
import { Credentials } from '../planning/Credentials.tsx'
import { Field } from '../planning/Field.tsx'
import page from '../planning/page.module.css'
import acts from '../registries/acts/acts.module.css'
import { ExportTo } from '../registries/acts/ExportTo.tsx'
import { shortReference } from '../registries/names.ts'
import type { PublicationDraft } from './publication.ts'

interface FormProps {
  readonly repository: string
  readonly draft: PublicationDraft
  readonly change: (change: Partial<PublicationDraft>) => void
}

const places = [
  { value: 'cache', label: 'This cache' },
  { value: 'repository', label: 'Elsewhere' },
  { value: 'file', label: 'This machine' },
] as const satisfies readonly { value: PublicationDraft['where']; label: string }[]

/** Tag and place of the image, and what goes along with it. */
export function PublishForm({ repository, draft, change }: FormProps) {
  const { where } = draft
  return (
    <form className={page.form} onSubmit={(event) => event.preventDefault()}>
      <Field label="Tag">
        <TextInput
          aria-label="Tag"
          placeholder="a tag, such as tools"
          value={draft.tag}
          onChange={(event) => change({ tag: event.currentTarget.value })}
          spellCheck={false}
          classNames={{ input: page.monoInput }}
        />
      </Field>
      <Field label="To">
        <SegmentedControl
          aria-label="To"
          data={[...places]}
          value={where}
          onChange={(next) => change({ where: next as PublicationDraft['where'] })}
        />
        {where === 'cache' && (
          <p className={page.note}>
            {shortReference(repository)}: its layers are there already, so only a config and a manifest are written.
          </p>
        )}
        {where === 'repository' && <Elsewhere repository={repository} draft={draft} change={change} />}
        {where === 'file' && <ExportTo value={draft.file} onChange={(file) => change({ file })} />}
      </Field>
      {where !== 'file' && (
        <Field label="With">
          <div className={acts.checks}>
            <Checkbox
              label="A bill of materials"
              description="CycloneDX, from the packages’ specs, attached to the image as a referrer"
              checked={draft.attachSbom}
              onChange={(event) => change({ attachSbom: event.currentTarget.checked })}
            />
          </div>
        </Field>
      )}
    </form>
  )
}

function Elsewhere({ repository, draft, change }: FormProps) {
  const recent = (useSettings().data?.recentTargets ?? []).filter((target) => target !== repository)
  return (
    <>
      <Autocomplete
        aria-label="To: a repository"
        placeholder="oci://harbor.example.org/team/images"
        data={recent}
        value={draft.to}
        onChange={(to) => change({ to })}
        spellCheck={false}
        classNames={{ input: page.monoInput }}
      />
      <p className={page.note}>Layers are mounted where the registry is the same, and copied where it is another.</p>
      <Credentials draft={draft.access} change={(part) => change({ access: { ...draft.access, ...part } })} />
    </>
  )
}
