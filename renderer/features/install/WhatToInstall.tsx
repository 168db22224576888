import { SegmentedControl, TagsInput } from '@mantine/core'
import { plural } from '../../../main/api/format.ts'
import { useEnvironment, useWorkspace } from '../../engine.ts'
import { EnvironmentSelect } from '../planning/EnvironmentSelect.tsx'
import page from '../planning/page.module.css'
import { type CompleteDraft, choices, type InstallDraft } from './drafts.ts'

interface WhatProps {
  readonly draft: CompleteDraft
  readonly change: (change: Partial<InstallDraft>) => void
}

const words = { specs: 'Packages', environment: 'Environment', all: 'Everything' } as const

/** Packages one by one, the roots of an environment's lockfile, or all that the cache holds. */
export function WhatToInstall({ draft, change }: WhatProps) {
  return (
    <>
      <SegmentedControl
        aria-label="What to install"
        data={choices.map((value) => ({ value, label: words[value] }))}
        value={draft.choice}
        onChange={(value) => change({ choice: choices.find((c) => c === value) ?? 'specs' })}
      />
      {draft.choice === 'specs' && (
        <>
          <TagsInput
            aria-label="Packages"
            placeholder={draft.specs.length === 0 ? 'vim, lua@5.4.4, /e354v47' : undefined}
            splitChars={[',', ' ']}
            value={[...draft.specs]}
            onChange={(specs) => change({ specs })}
            clearable
            clearButtonProps={{ 'aria-label': 'Remove all packages' }}
            spellCheck={false}
            classNames={{ input: page.monoInput, pill: page.monoInput }}
          />
          <p className={page.note}>A name, name@version or /hash, Enter after each. What they need comes along.</p>
        </>
      )}
      {draft.choice === 'environment' && <FromLockfile draft={draft} change={change} />}
      {draft.choice === 'all' && <p className={page.note}>Every package that this cache holds.</p>}
    </>
  )
}

function FromLockfile({ draft, change }: WhatProps) {
  const workspace = useWorkspace().data
  const all = workspace ? [...workspace.instances.flatMap((i) => i.environments), ...workspace.folders] : []
  const detail = useEnvironment(draft.environment).data
  if (all.length === 0) {
    return <p className={page.note}>No environment is open here. Open one on the screen Environments.</p>
  }
  return (
    <>
      <EnvironmentSelect
        entries={all}
        current={draft.environment}
        onChoose={(environment) => change({ environment })}
      />
      <p className={page.note}>
        {detail?.concretized === false && 'It has no lockfile yet: run “spack concretize” in it.'}
        {detail?.concretized === true &&
          `The ${plural(detail.roots.length, 'root')} of its lockfile and what they need.`}
      </p>
    </>
  )
}
