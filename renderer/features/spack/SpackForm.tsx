import { Checkbox, NumberInput, SegmentedControl, TagsInput } from '@mantine/core'
import type { EnvironmentDetail } from '../../../main/api/models.ts'
import type { SpackAction } from '../../../main/api/spack-runs.ts'
import { spackActions } from '../../app/routes.ts'
import { useAppInfo } from '../../engine.ts'
import { Field } from '../planning/Field.tsx'
import page from '../planning/page.module.css'
import type { SpackDraft } from './drafts.ts'
import css from './spack.module.css'

const verbs = { concretize: 'Concretize', install: 'Install', uninstall: 'Uninstall', find: 'Find' } as const

const notes = {
  concretize: 'Spack decides which versions, variants, compilers and dependencies the specs mean. Nothing is built.',
  install: 'Spack builds what neither its store nor a build cache has.',
  uninstall: 'Spack removes packages from its store.',
  find: 'Spack lists what is installed. Nothing is changed.',
} as const satisfies Record<SpackAction, string>

interface FormProps {
  readonly environment: EnvironmentDetail | undefined
  readonly action: SpackAction
  readonly onAction: (action: SpackAction) => void
  readonly specs: readonly string[]
  readonly onSpecs: (specs: readonly string[]) => void
  readonly draft: SpackDraft
  readonly change: (change: Partial<SpackDraft>) => void
}

/** What Spack is to do, with what, and how. */
export function SpackForm(props: FormProps) {
  const { action, onAction } = props
  return (
    <form className={page.form} onSubmit={(event) => event.preventDefault()}>
      <Field label="What">
        <SegmentedControl
          aria-label="What Spack is to do"
          data={spackActions.map((value) => ({ value, label: verbs[value] }))}
          value={action}
          onChange={(value) => onAction(spackActions.find((one) => one === value) ?? 'find')}
          className={css.actions}
        />
        <p className={css.about}>{notes[action]}</p>
      </Field>
      {action !== 'concretize' && <Specs {...props} />}
      <Options {...props} />
    </form>
  )
}

const whichNotes = {
  install: 'None: all roots of the environment.',
  uninstall: 'Each names one installed package: vim, hdf5@1.14, /abcdefg.',
  find: 'None: all of the environment.',
} as const

function Specs({ environment, action, specs, onSpecs, draft, change }: FormProps) {
  if (action === 'concretize') return undefined
  const known = environment?.packages ?? []
  const offered =
    action === 'install'
      ? (environment?.specs ?? [])
      : known.filter((p) => p.installed && !p.external).map((p) => p.name)
  return (
    <Field label="Packages">
      <TagsInput
        aria-label="Packages"
        description={whichNotes[action]}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        placeholder={specs.length === 0 ? 'zlib@1.3 +shared' : undefined}
        data={[...new Set(offered)]}
        value={[...specs]}
        onChange={onSpecs}
        // A comma is part of specs: hdf5@1.12,1.14
        splitChars={[]}
        acceptValueOnBlur
        clearable
        spellCheck={false}
        classNames={{ input: page.monoInput }}
        renderOption={({ option }) => option.value}
        maxDropdownHeight={220}
        limit={100}
      />
      <ChosenHashes environment={environment} specs={specs} />
      {action === 'install' && (
        <Checkbox
          label="Make them roots of the environment"
          description="install --add: writes them into spack.yaml"
          checked={draft.add && specs.length > 0}
          disabled={specs.length === 0}
          onChange={(event) => change({ add: event.currentTarget.checked })}
        />
      )}
    </Field>
  )
}

/** What the hashes that came from the package table are called. */
function ChosenHashes({
  environment,
  specs,
}: {
  environment: EnvironmentDetail | undefined
  specs: readonly string[]
}) {
  const names = specs.flatMap((spec) => {
    const found = spec.startsWith('/') ? environment?.packages.find((p) => p.hash.startsWith(spec.slice(1))) : undefined
    return found ? [`${found.name}@${found.version}`] : []
  })
  return names.length > 0 && <p className={page.note}>{names.join(', ')}</p>
}

function Options({ action, draft, change }: FormProps) {
  switch (action) {
    case 'concretize':
      return (
        <>
          <Solving draft={draft} change={change} />
          <Field label="Options">
            <Checkbox
              label="Concretize anew"
              description="--force: also what is concretized already. Other hashes, and so other packages, may come of it"
              checked={draft.anew}
              onChange={(event) => change({ anew: event.currentTarget.checked })}
            />
            <Jobs draft={draft} change={change} />
          </Field>
        </>
      )
    case 'install':
      return (
        <>
          <Solving draft={draft} change={change} />
          <Field label="Options">
            <Checkbox
              label="From build caches only"
              description="--cache-only: what no cache has fails instead of being built"
              checked={draft.cacheOnly}
              onChange={(event) => change({ cacheOnly: event.currentTarget.checked, noCache: false })}
            />
            <Checkbox
              label="From source only"
              description="--no-cache: builds what a cache has as well, after a change of the padding for instance"
              checked={draft.noCache}
              onChange={(event) => change({ noCache: event.currentTarget.checked, cacheOnly: false })}
            />
            <Jobs draft={draft} change={change} />
          </Field>
        </>
      )
    case 'uninstall':
      return <UninstallOptions draft={draft} change={change} />
    default:
      return undefined
  }
}

type OptionProps = Pick<FormProps, 'draft' | 'change'>

const solvers = [
  { value: 'usual', label: 'As configured' },
  { value: 'reuse', label: 'Reuse' },
  { value: 'fresh', label: 'Fresh' },
] as const

const solverNotes = {
  usual: 'What concretizer:reuse says.',
  reuse: '--reuse: what is installed or in a build cache, as far as it fits.',
  fresh: '--fresh: the newest versions, whatever is there.',
} as const satisfies Record<SpackDraft['solve'], string>

function Solving({ draft, change }: OptionProps) {
  return (
    <Field label="Solver">
      <SegmentedControl
        aria-label="Solver"
        data={[...solvers]}
        value={draft.solve}
        onChange={(value) => change({ solve: solvers.find((one) => one.value === value)?.value ?? 'usual' })}
        className={css.solver}
      />
      <p className={page.note}>{solverNotes[draft.solve]}</p>
    </Field>
  )
}

function Jobs({ draft, change }: OptionProps) {
  const processors = useAppInfo().data?.processors
  return (
    <NumberInput
      label="Jobs"
      description="-j: processes at a time"
      placeholder={processors === undefined ? 'as configured' : `as configured; this machine has ${processors}`}
      min={1}
      max={512}
      allowDecimal={false}
      value={draft.jobs ?? ''}
      onChange={(value) => change({ jobs: typeof value === 'number' ? value : undefined })}
      className={css.jobs}
    />
  )
}

const uninstalling = [
  ['dependents', 'With dependents', '--dependents: also what links to them or runs them'],
  ['remove', 'Remove from the environment', '--remove: also from the roots in spack.yaml'],
  ['regardless', 'Force', '--force: even though others depend on them, which may not run afterwards'],
] as const

function UninstallOptions({ draft, change }: OptionProps) {
  return (
    <Field label="Options">
      {uninstalling.map(([key, label, description]) => (
        <Checkbox
          key={key}
          label={label}
          description={description}
          checked={draft[key]}
          onChange={(event) => change({ [key]: event.currentTarget.checked })}
        />
      ))}
    </Field>
  )
}
