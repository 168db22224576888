import { Autocomplete, Checkbox, NumberInput, TagsInput, TextInput } from '@mantine/core'
import { formatCount, shortTag } from '../../../../main/api/format.ts'
import type { EnvironmentEntry } from '../../../../main/api/models.ts'
import { refKey } from '../../../app/routes.ts'
import { useSettings, useWorkspace } from '../../../engine.ts'
import { assertNever } from '../../../ui/assert.ts'
import { Credentials } from '../../planning/Credentials.tsx'
import { Field } from '../../planning/Field.tsx'
import page from '../../planning/page.module.css'
import { shortReference } from '../names.ts'
import css from './acts.module.css'
import type { ActDraft, ActSubject } from './draft.ts'
import { ExportTo } from './ExportTo.tsx'

interface FormProps {
  readonly subject: ActSubject
  readonly draft: ActDraft
  readonly change: (change: Partial<ActDraft>) => void
}

const tagsShown = 12

/** What an act takes. */
export function ActForm(props: FormProps) {
  const { subject } = props
  return (
    <form className={page.form} onSubmit={(event) => event.preventDefault()}>
      <Field label={subject.act === 'prune' || subject.act === 'index' ? 'In' : 'What'}>
        <What subject={subject} />
      </Field>
      <Choices {...props} />
    </form>
  )
}

function What({ subject: { repository, tags, act } }: { subject: ActSubject }) {
  const whole = <p className={css.subject}>{shortReference(repository)}</p>
  if (act === 'prune' || act === 'index') return whole
  if (tags.length === 0) return <p className={css.subject}>all tags of {shortReference(repository)}</p>
  return (
    <ul className={css.tags}>
      {tags.slice(0, tagsShown).map((tag) => (
        <li key={tag} title={tag}>
          {shortTag(tag)}
        </li>
      ))}
      {tags.length > tagsShown && <li>and {formatCount(tags.length - tagsShown)} more</li>}
    </ul>
  )
}

function Choices({ subject, draft, change }: FormProps) {
  switch (subject.act) {
    case 'tag':
      return (
        <Field label="As">
          <TagsInput
            aria-label="New tags"
            placeholder={draft.newTags.length === 0 ? 'a new tag, such as 2026.11, and Enter' : undefined}
            value={[...draft.newTags]}
            onChange={(newTags) => change({ newTags })}
            acceptValueOnBlur
            splitChars={[',', ' ']}
            classNames={{ input: page.monoInput }}
          />
          <p className={page.note}>Nothing is copied: further names for the same image.</p>
        </Field>
      )
    case 'copy':
      return <CopyChoices subject={subject} draft={draft} change={change} />
    case 'delete':
      return (
        <Field label="Index">
          <div className={css.checks}>
            <UpdateIndex draft={draft} change={change} />
          </div>
        </Field>
      )
    case 'prune':
      return <PruneChoices subject={subject} draft={draft} change={change} />
    case 'index':
      return (
        <p className={page.note}>
          Reads what is new, adds it to index.spack and takes out what is gone. Spack 0.22 and 1.x read it. Nothing is
          written when nothing changed.
        </p>
      )
    case 'check':
      return (
        <Field label="How">
          <div className={css.checks}>
            <Checkbox
              label="Read every blob"
              description="Computes each digest; as slow as downloading all of it. Otherwise only whether everything is there, with the right size"
              checked={draft.deep}
              onChange={(event) => change({ deep: event.currentTarget.checked })}
            />
          </div>
        </Field>
      )
    case 'combine':
      return <CombineChoices draft={draft} change={change} />
    case 'export':
      return <ExportChoices draft={draft} change={change} />
    default:
      return assertNever(subject.act)
  }
}

function UpdateIndex({ draft, change }: Pick<FormProps, 'draft' | 'change'>) {
  return (
    <Checkbox
      label="Update the index afterwards"
      description="index.spack, which Spack reads instead of the tags"
      checked={draft.updateIndex}
      onChange={(event) => change({ updateIndex: event.currentTarget.checked })}
    />
  )
}

function CopyChoices({ subject, draft, change }: FormProps) {
  const recent = (useSettings().data?.recentTargets ?? []).filter((target) => target !== subject.repository)
  return (
    <>
      <Field label="To">
        <Autocomplete
          aria-label="To: a repository or folder"
          placeholder="oci://harbor.example.org/team/cache"
          data={[...recent]}
          value={draft.to}
          onChange={(to) => change({ to })}
          spellCheck={false}
          classNames={{ input: page.monoInput }}
        />
        <p className={page.note}>
          Another repository, another registry, or a folder (oci-layout:///path). What is there already is not sent.
        </p>
        <Credentials draft={draft.access} change={(part) => change({ access: { ...draft.access, ...part } })} />
      </Field>
      <Field label="With">
        <div className={css.checks}>
          <Checkbox
            label="Packages that they need"
            description="so that the copy can be installed from"
            checked={draft.dependencies}
            onChange={(event) => change({ dependencies: event.currentTarget.checked })}
          />
          <UpdateIndex draft={draft} change={change} />
        </div>
      </Field>
    </>
  )
}

function CombineChoices({ draft, change }: Pick<FormProps, 'draft' | 'change'>) {
  return (
    <Field label="As">
      <TextInput
        aria-label="Tag of the index"
        placeholder="a tag, such as tools"
        value={draft.combinedTag}
        onChange={(event) => change({ combinedTag: event.currentTarget.value })}
        spellCheck={false}
        classNames={{ input: page.monoInput }}
      />
      <p className={page.note}>
        One image index over them: docker, podman and apptainer take the image of their own platform from it. The images
        stay as they are.
      </p>
    </Field>
  )
}

function ExportChoices({ draft, change }: Pick<FormProps, 'draft' | 'change'>) {
  return (
    <>
      <Field label="To">
        <ExportTo value={draft.exportTo} onChange={(exportTo) => change({ exportTo })} />
      </Field>
      <Field label="Of">
        <TextInput
          aria-label="Platform"
          placeholder="every platform, or linux/arm64"
          value={draft.platform}
          onChange={(event) => change({ platform: event.currentTarget.value })}
          spellCheck={false}
          classNames={{ input: page.monoInput }}
        />
        <p className={page.note}>Of an image index; an archive for docker holds one platform only.</p>
      </Field>
    </>
  )
}

function PruneChoices({ draft, change }: FormProps) {
  const workspace = useWorkspace().data
  const entries = [...(workspace?.instances.flatMap((i) => i.environments) ?? []), ...(workspace?.folders ?? [])]
  const locked = entries.filter((entry) => entry.concretized)
  const chosen = new Set(draft.environments.map(refKey))
  const toggle = ({ ref }: EnvironmentEntry) =>
    change({
      environments: chosen.has(refKey(ref))
        ? draft.environments.filter((one) => refKey(one) !== refKey(ref))
        : [...draft.environments, ref],
    })
  return (
    <Field label="Keep">
      {locked.length > 0 && (
        <fieldset className={css.group}>
          <legend>What these environments need</legend>
          {locked.map((entry) => (
            <Checkbox
              key={refKey(entry.ref)}
              label={entry.name}
              title={entry.folder}
              checked={chosen.has(refKey(entry.ref))}
              onChange={() => toggle(entry)}
            />
          ))}
        </fieldset>
      )}
      <NumberInput
        label="Of each package the newest"
        placeholder="any number"
        min={1}
        allowDecimal={false}
        value={draft.newest ?? ''}
        onChange={(value) => change({ newest: typeof value === 'number' ? value : undefined })}
        suffix={draft.newest === 1 ? ' version' : ' versions'}
      />
      <NumberInput
        label="What is younger than"
        placeholder="any age"
        min={0}
        value={draft.days ?? ''}
        onChange={(value) => change({ days: typeof value === 'number' ? value : undefined })}
        suffix={draft.days === 1 ? ' day' : ' days'}
      />
      <TagsInput
        label="And these, with what they need"
        placeholder={draft.keepTags.length === 0 ? 'hdf5@1.14, /a1b2c3d, a tag' : undefined}
        value={[...draft.keepTags]}
        onChange={(keepTags) => change({ keepTags })}
        acceptValueOnBlur
        splitChars={[',', ' ']}
        classNames={{ input: page.monoInput }}
      />
      <Checkbox
        label="What they were built with, too"
        checked={draft.buildDependencies}
        onChange={(event) => change({ buildDependencies: event.currentTarget.checked })}
      />
      <p className={page.note}>
        What is kept stays with all that it needs. Environment images and the index are spared.
      </p>
    </Field>
  )
}
