import { Button, Checkbox, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import type { ConfiguredMirror, MirrorList } from '../../../main/api/spack-files.ts'
import { type DraftProblems, isOciDraft, isUnsigned, type MirrorDraft } from './draft.ts'
import { LoginFields } from './LoginFields.tsx'
import css from './mirrors.module.css'

interface FormProps {
  readonly draft: MirrorDraft
  readonly onDraft: (draft: MirrorDraft) => void
  readonly problems: DraftProblems
  readonly list: MirrorList
  readonly isNew?: boolean
  /** The one that is changed. */
  readonly mirror?: ConfiguredMirror
  /** Where it goes. */
  readonly children?: ReactNode
}

/** A mirror's name, addresses, uses, signatures and login. */
export function MirrorForm({ draft, onDraft, problems, list, isNew = false, mirror, children }: FormProps) {
  const change = (part: Partial<MirrorDraft>): void => onDraft({ ...draft, ...part })
  return (
    <>
      {isNew && (
        <TextInput
          data-autofocus
          label="Name"
          placeholder="cache"
          value={draft.name}
          error={problems.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
          spellCheck={false}
        />
      )}
      <Addresses draft={draft} change={change} problems={problems} />
      {children}
      <fieldset className={css.group}>
        <legend>Holds</legend>
        <div className={css.checks}>
          <Checkbox
            label="Binary packages"
            checked={draft.binary}
            onChange={(event) => change({ binary: event.currentTarget.checked })}
          />
          <Checkbox
            label="Sources"
            checked={draft.source}
            onChange={(event) => change({ source: event.currentTarget.checked })}
          />
        </div>
        {problems.types !== undefined && <p className={css.problem}>{problems.types}</p>}
      </fieldset>
      <Signatures draft={draft} change={change} isNew={isNew} />
      <Checkbox
        label="Push to it after each build"
        description="autopush: spack install pushes every package that it has built"
        checked={draft.autopush}
        onChange={(event) => change({ autopush: event.currentTarget.checked })}
      />
      <LoginFields
        name={draft.name}
        login={draft.login}
        onLogin={(login) => change({ login })}
        oci={isOciDraft(draft)}
        list={list}
        now={mirror?.login}
      />
    </>
  )
}

interface PartProps {
  readonly draft: MirrorDraft
  readonly change: (part: Partial<MirrorDraft>) => void
}

function Addresses({ draft, change, problems }: PartProps & { problems: DraftProblems }) {
  const { apart, url, fetch, push } = draft
  return (
    <div className={css.urls}>
      {apart ? (
        <>
          <Url label="Read from" value={fetch} problem={problems.fetch} onChange={(to) => change({ fetch: to })} />
          <Url label="Push to" value={push} problem={problems.push} onChange={(to) => change({ push: to })} />
        </>
      ) : (
        <Url label="URL" value={url} problem={problems.url} onChange={(to) => change({ url: to })} />
      )}
      <Button
        className={css.apart}
        variant="subtle"
        size="compact-xs"
        onClick={() => change(apart ? { apart: false, url: push || fetch } : { apart: true, fetch: url, push: url })}
      >
        {apart ? 'One place for both' : 'Read from and push to two places'}
      </Button>
    </div>
  )
}

function Url(props: { label: string; value: string; problem: string | undefined; onChange: (url: string) => void }) {
  return (
    <TextInput
      label={props.label}
      placeholder="oci://ghcr.io/me/cache"
      value={props.value}
      error={props.problem}
      onChange={(event) => props.onChange(event.currentTarget.value)}
      spellCheck={false}
      autoComplete="off"
      classNames={{ input: css.monoInput }}
    />
  )
}

// What Spack 0.22 and 1.1 do: `signed` counts as true where it is not said. 0.22 then refuses to install what has no
// signature, which nothing in a registry has; both warn at a push. From 1.0 on packages of registries are not checked.
const ofRegistries =
  'Spack cannot sign packages in a registry. Before 1.0 it refuses to install them unless the mirror says signed: false, later ones only warn at a push. What is in a registry is known by its digest.'
const ofOthers =
  'Without this, Spack signs what it pushes here with your GPG key, and installs only what a key that it trusts has signed.'

function Signatures({ draft, change, isNew }: PartProps & { isNew: boolean }) {
  if (!draft.binary) return undefined
  return (
    <Checkbox
      label="Packages are not signed (signed: false)"
      description={isOciDraft(draft) ? ofRegistries : ofOthers}
      checked={isUnsigned(draft, isNew)}
      onChange={(event) => change({ unsigned: event.currentTarget.checked })}
    />
  )
}
