import { Autocomplete, Checkbox } from '@mantine/core'
import { Credentials } from '../planning/Credentials.tsx'
import { Field, groups } from '../planning/Field.tsx'
import page from '../planning/page.module.css'
import type { CompleteDraft, InstallDraft } from './drafts.ts'
import css from './install.module.css'
import { mirrorUrl, type Offers } from './use-defaults.ts'
import { WhatToInstall } from './WhatToInstall.tsx'

interface FormProps {
  readonly draft: CompleteDraft
  readonly change: (change: Partial<InstallDraft>) => void
  readonly offers: Offers
}

/** From which cache, what of it, into which store: everything an install can be told. */
export function InstallForm({ draft, change, offers }: FormProps) {
  return (
    <form className={page.form} onSubmit={(event) => event.preventDefault()}>
      <Field label="From">
        <From draft={draft} change={change} offers={offers} />
        <Credentials draft={draft} change={change} />
      </Field>
      <Field label="What">
        <WhatToInstall draft={draft} change={change} />
        <Checkbox
          label="With build dependencies"
          description="Also what is needed to build more with them"
          checked={draft.buildDependencies}
          onChange={(event) => change({ buildDependencies: event.currentTarget.checked })}
        />
      </Field>
      <Field label="Into">
        <Into draft={draft} change={change} offers={offers} />
        <Checkbox
          label="Replace what is installed"
          description="Packages asked for are installed anew; what they need stays"
          checked={draft.overwrite}
          onChange={(event) => change({ overwrite: event.currentTarget.checked })}
        />
      </Field>
    </form>
  )
}

function From({ draft, change, offers: { mirrors, recent } }: FormProps) {
  const named = new Map(mirrors.map((m) => [mirrorUrl(m), m.name]))
  const urls = [...named.keys()]
  const others = recent.filter((t) => !named.has(t))
  // The list is offered whole unless something of one's own is being typed.
  const known = draft.from === '' || named.has(draft.from) || others.includes(draft.from)
  const mirror = named.get(draft.from)
  return (
    <>
      <Autocomplete
        aria-label="From: a build cache"
        placeholder="oci://ghcr.io/me/cache"
        data={groups({ Mirrors: urls, Recent: others })}
        filter={({ options }) => (known ? options : [])}
        renderOption={({ option }) => (
          <span className={css.option}>
            <code>{option.value}</code>
            <small>{named.get(option.value)}</small>
          </span>
        )}
        value={draft.from}
        onChange={(from) => change({ from })}
        spellCheck={false}
        classNames={{ input: page.monoInput }}
      />
      {mirror !== undefined && <p className={page.note}>mirror “{mirror}” of this Spack</p>}
    </>
  )
}

function Into({ draft, change, offers: { instances } }: FormProps) {
  const instance = instances.find((i) => i.root === draft.into)
  const note = (root: string) => {
    const found = instances.find((i) => i.root === root)
    return found && `Spack ${found.version ?? ''}`.trim()
  }
  const known = draft.into === '' || instance !== undefined
  return (
    <>
      <Autocomplete
        aria-label="Into: a Spack or a folder"
        placeholder="a Spack installation, or any folder"
        data={groups({ 'Spack installations': instances.map((i) => i.root) })}
        filter={({ options }) => (known ? options : [])}
        renderOption={({ option }) => (
          <span className={css.option}>
            <code>{option.value}</code>
            <small>{note(option.value)}</small>
          </span>
        )}
        value={draft.into}
        onChange={(into) => change({ into })}
        spellCheck={false}
        classNames={{ input: page.monoInput }}
      />
      <p className={page.note}>
        {instance
          ? `The store of ${note(instance.root)} (${instance.foundBy}), which then finds the packages as its own.`
          : 'The store of the Spack that is there. A folder without one becomes a store that any Spack can use.'}
      </p>
    </>
  )
}
