import { SegmentedControl, TagsInput, TextInput } from '@mantine/core'
import type { CiProvider } from '../../../main/api/ci.ts'
import type { ErrorBody } from '../../../main/api/errors.ts'
import type { EnvironmentDetail } from '../../../main/api/models.ts'
import { useSettings } from '../../engine.ts'
import { BaseImage } from '../planning/BaseImage.tsx'
import { CacheInput } from '../planning/CacheInput.tsx'
import { Field } from '../planning/Field.tsx'
import page from '../planning/page.module.css'
import { type CiDraft, type CompleteDraft, providers, targetsOf } from './draft.ts'

interface FormProps {
  readonly draft: CompleteDraft
  readonly change: (change: Partial<CiDraft>) => void
  readonly environment: EnvironmentDetail | undefined
  /** Why there is no recipe, when there is none. */
  readonly error: ErrorBody | undefined
}

const names = Object.keys(providers) as readonly CiProvider[]

/** For which CI, into which cache, which image, on which targets. */
export function CiForm({ draft, change, environment, error }: FormProps) {
  const settings = useSettings().data
  return (
    <form className={page.form} onSubmit={(event) => event.preventDefault()}>
      <Field label="CI">
        <SegmentedControl
          aria-label="CI"
          data={names.map((value) => ({ value, label: providers[value] }))}
          value={draft.provider}
          onChange={(value) => change({ provider: names.find((one) => one === value) ?? 'github' })}
        />
      </Field>
      <Field label="Cache">
        <CacheInput
          label="Cache: a mirror or a registry"
          value={draft.to}
          onChange={(to) => change({ to })}
          mirrors={environment?.mirrors ?? []}
        />
      </Field>
      <Field label="Tag">
        <TextInput
          aria-label="Tag of the environment image"
          placeholder="none: packages only"
          value={draft.tag}
          error={error?.code === 'tag-invalid' ? error.message : undefined}
          onChange={(event) => change({ tag: event.currentTarget.value })}
          spellCheck={false}
          classNames={{ input: page.monoInput }}
        />
      </Field>
      <Field label="Base image">
        <BaseImage
          value={draft.baseImage}
          recent={settings?.recentBaseImages ?? []}
          onChange={(baseImage) => change({ baseImage })}
        />
      </Field>
      <Field label="Targets">
        <TagsInput
          aria-label="Targets"
          placeholder={draft.targets.length === 0 ? 'the runner’s own' : undefined}
          splitChars={[',', ' ']}
          value={[...draft.targets]}
          onChange={(targets) => change({ targets: targetsOf(targets) })}
          clearable
          clearButtonProps={{ 'aria-label': 'Remove all targets' }}
          spellCheck={false}
          classNames={{ input: page.monoInput, pill: page.monoInput }}
        />
        <p className={page.note}>
          Such as x86_64_v3 and neoverse_v1: a job each, and one image index over their images under the tag.
        </p>
      </Field>
    </form>
  )
}
