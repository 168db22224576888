import { Button, Checkbox, TextInput } from '@mantine/core'
import { plural } from '../../../main/api/format.ts'
import type { EnvironmentDetail, EnvironmentRef, PushPlan } from '../../../main/api/models.ts'
import { navigate } from '../../app/use-route.ts'
import { useSettings, useWorkspace } from '../../engine.ts'
import { BaseImage } from '../planning/BaseImage.tsx'
import { CacheInput } from '../planning/CacheInput.tsx'
import { Credentials } from '../planning/Credentials.tsx'
import { EnvironmentSelect } from '../planning/EnvironmentSelect.tsx'
import { Field } from '../planning/Field.tsx'
import page from '../planning/page.module.css'
import type { PlanState } from '../planning/use-live-plan.ts'
import type { PushDraft } from './drafts.ts'
import { PushOptions } from './PushOptions.tsx'
import css from './push.module.css'
import { RegistryCheck } from './RegistryCheck.tsx'

interface FormProps {
  readonly environment: EnvironmentRef
  readonly detail: EnvironmentDetail | undefined
  readonly draft: PushDraft & { readonly to: string; readonly tag: string }
  readonly change: (change: Partial<PushDraft>) => void
  readonly planned: PlanState<PushPlan>
}

/** What, where, base image, tag, options: everything a push can be told. */
export function PushForm({ environment, detail, draft, change, planned }: FormProps) {
  const settings = useSettings().data
  const tagError = planned.error?.code === 'tag-invalid' ? planned.error.message : undefined
  return (
    <form className={page.form} onSubmit={(event) => event.preventDefault()}>
      <Field label="What">
        <What environment={environment} detail={detail} draft={draft} change={change} />
        <Checkbox
          label="With build dependencies"
          checked={draft.buildDependencies && !draft.onlyPackages}
          disabled={draft.onlyPackages}
          onChange={(event) => change({ buildDependencies: event.currentTarget.checked })}
        />
      </Field>
      <Field label="Where">
        <CacheInput
          label="Where: a mirror or a registry"
          value={draft.to}
          onChange={(to) => change({ to })}
          mirrors={detail?.mirrors ?? []}
        />
        <Credentials draft={draft} change={change} />
        <RegistryCheck environment={environment} draft={draft} />
      </Field>
      <Field label="Base image">
        <BaseImage
          value={draft.baseImage}
          recent={settings?.recentBaseImages ?? []}
          onChange={(baseImage) => change({ baseImage })}
        />
      </Field>
      <Field label="Tag">
        <TextInput
          aria-label="Tag of the environment image"
          placeholder="none: packages only"
          value={draft.tag}
          error={tagError}
          onChange={(event) => change({ tag: event.currentTarget.value })}
          spellCheck={false}
          classNames={{ input: page.monoInput }}
        />
        {draft.tag !== '' && tagError === undefined && (
          <p className={page.note}>One image with the roots and everything they need to run, for docker and podman.</p>
        )}
      </Field>
      <PushOptions draft={draft} change={change} />
    </form>
  )
}

function What({ environment, detail, draft, change }: Omit<FormProps, 'planned'>) {
  const workspace = useWorkspace().data
  const all = workspace ? [...workspace.instances.flatMap((i) => i.environments), ...workspace.folders] : []
  const roots = detail ? `${plural(detail.roots.length, 'root')}, ${plural(detail.packages.length, 'package')}` : ''
  return (
    <>
      <EnvironmentSelect entries={all} current={environment} onChoose={(ref) => navigate({ screen: 'push', ref })} />
      {draft.packages.length > 0 ? (
        <p className={css.chosen}>
          {plural(draft.packages.length, 'chosen package')} of it
          <Button variant="subtle" size="compact-xs" onClick={() => change({ packages: [] })}>
            Push all roots instead
          </Button>
        </p>
      ) : (
        <p className={page.note}>{roots}</p>
      )}
    </>
  )
}
