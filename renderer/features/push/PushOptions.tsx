import { Checkbox, NumberInput } from '@mantine/core'
import { useAppInfo } from '../../engine.ts'
import page from '../planning/page.module.css'
import type { PushDraft } from './drafts.ts'

const options = [
  ['updateIndex', 'Update index', 'Write index.spack, by which Spack finds the packages'],
  ['force', 'Force', 'Write again what the registry already has'],
  ['onlyPackages', 'Only the chosen packages', 'Without any of their dependencies'],
  ['private', 'Include restricted packages', 'Also those whose recipe forbids redistribution'],
  ['allowMissing', 'Allow missing', 'Leave out what is not installed instead of refusing'],
  ['failFast', 'Fail fast', 'Stop everything at the first package that fails'],
] as const satisfies readonly (readonly [keyof PushDraft, string, string])[]

interface OptionsProps {
  readonly draft: PushDraft
  readonly change: (change: Partial<PushDraft>) => void
}

/** The rest of what a push can be told; its summary says what differs from usual, so that nothing hides. */
export function PushOptions({ draft, change }: OptionsProps) {
  const processors = useAppInfo().data?.processors
  const on = options.filter(([key]) => draft[key]).map(([, label]) => label.toLowerCase())
  if (draft.jobs !== undefined) on.push(`${draft.jobs} jobs`)
  return (
    <details className={page.options}>
      <summary>
        Options
        {on.length > 0 && <span className={page.note}>{on.join(', ')}</span>}
      </summary>
      <div className={page.optionGrid}>
        {options.map(([key, label, description]) => (
          <Checkbox
            key={key}
            label={label}
            description={description}
            checked={draft[key]}
            onChange={(event) => change({ [key]: event.currentTarget.checked })}
          />
        ))}
        <NumberInput
          label="Jobs"
          description="Packages in work at a time"
          placeholder={processors === undefined ? undefined : String(processors)}
          min={1}
          max={512}
          allowDecimal={false}
          value={draft.jobs ?? ''}
          onChange={(value) => change({ jobs: typeof value === 'number' ? value : undefined })}
        />
      </div>
    </details>
  )
}
