import { Autocomplete, Button, Checkbox, NumberInput, TagsInput, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import type { Composition, CompositionPreview, ImageSettings } from '../../../main/api/compose.ts'
import { splitVariable } from '../../../main/api/variables.ts'
import page from '../planning/page.module.css'
import { joinWords, splitWords } from './argv.ts'
import css from './tabs.module.css'
import type { Workbench } from './workbench.ts'

interface TabProps {
  readonly bench: Workbench
  readonly preview: CompositionPreview | undefined
}

/** Targets that people set as the least their machines have. */
const baselines = ['x86_64', 'x86_64_v2', 'x86_64_v3', 'x86_64_v4', 'aarch64', 'neoverse_n1', 'neoverse_v1', 'zen3']
const shortest = 1
const longest = 127

/** What a container of the image does, what the image is called, and how it is put together. */
export function SettingsTab({ bench, preview }: TabProps) {
  const { composition, change } = bench
  const { settings } = composition
  const effective = preview?.settings ?? {}
  const set = (part: Partial<ImageSettings>, typing?: string) =>
    change((old) => ({ ...old, settings: definedOnly({ ...old.settings, ...part }) }), typing)
  const say = (part: Partial<Composition>, typing?: string) => change((old) => definedOnly({ ...old, ...part }), typing)
  return (
    <>
      <Group title="A container of it">
        <Words
          label="Entry point"
          value={settings.entrypoint}
          inherited={effective.entrypoint}
          onChange={(entrypoint) => set({ entrypoint }, 'entry point')}
        />
        <Words
          label="Command"
          value={settings.command}
          inherited={effective.command}
          onChange={(command) => set({ command }, 'command')}
        />
        <Text
          label="Working directory"
          value={settings.workingDirectory}
          placeholder={effective.workingDirectory ?? '/'}
          onChange={(workingDirectory) => set({ workingDirectory }, 'working directory')}
        />
        <Text
          label="User"
          value={settings.user}
          placeholder={effective.user ?? 'root'}
          onChange={(user) => set({ user }, 'user')}
        />
      </Group>
      <Group title="The image">
        <Text
          label="Title"
          value={composition.title}
          placeholder="none"
          mono={false}
          onChange={(title) => say({ title }, 'title')}
        />
        <Labels value={settings.labels} onChange={(labels) => set({ labels })} />
        <Created value={composition.created} onChange={(created) => say({ created }, 'created')} />
      </Group>
      <Group title="How it is put together">
        <Autocomplete
          label="Baseline"
          description="The least processor of the machines that run it"
          placeholder="not checked"
          data={baselines}
          value={composition.baseline ?? ''}
          onChange={(text) => say({ baseline: text === '' ? undefined : text }, 'baseline')}
          classNames={{ input: page.monoInput }}
        />
        <NumberInput
          label="Layer limit"
          description="Over it, the smallest and least shared packages are merged into one layer"
          placeholder={String(preview?.sums.layerLimit ?? 120)}
          min={shortest}
          max={longest}
          allowDecimal={false}
          value={composition.layerLimit ?? ''}
          onChange={(limit) => say({ layerLimit: layerLimitOf(limit) }, 'limit')}
        />
        <Checkbox
          label="Squash"
          description="All packages in one layer, which no other image shares"
          checked={composition.squash}
          onChange={(event) => say({ squash: event.currentTarget.checked })}
        />
        <Checkbox
          label="OCI media types"
          description="Whatever the base image has; Apptainer and others want one kind throughout"
          checked={composition.ociForm}
          onChange={(event) => say({ ociForm: event.currentTarget.checked })}
        />
      </Group>
    </>
  )
}

/** Half a number is none yet. */
function layerLimitOf(limit: string | number): number | undefined {
  return typeof limit === 'number' && limit >= shortest && limit <= longest ? limit : undefined
}

/** Without the keys that say nothing: an absent setting is the base image's. */
function definedOnly<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={css.section}>
      <h3>{title}</h3>
      <div className={css.fields}>{children}</div>
    </section>
  )
}

interface TextProps {
  readonly label: string
  readonly value: string | undefined
  readonly placeholder: string
  readonly mono?: boolean
  readonly onChange: (value: string | undefined) => void
}

function Text({ label, value, placeholder, mono = true, onChange }: TextProps) {
  return (
    <TextInput
      label={label}
      placeholder={placeholder}
      value={value ?? ''}
      onChange={(event) => onChange(event.currentTarget.value === '' ? undefined : event.currentTarget.value)}
      spellCheck={false}
      classNames={mono ? { input: page.monoInput } : undefined}
    />
  )
}

interface WordsProps {
  readonly label: string
  readonly value: readonly string[] | undefined
  /** What holds when nothing is said. */
  readonly inherited: readonly string[] | undefined
  readonly onChange: (value: string[] | undefined) => void
}

/** A command in words. What one types stays as typed while it means the same words. */
function Words({ label, value, inherited, onChange }: WordsProps) {
  const [typed, setTyped] = useState('')
  const same = joinWords(splitWords(typed)) === joinWords(value ?? [])
  return (
    <TextInput
      label={label}
      placeholder={inherited && inherited.length > 0 ? joinWords(inherited) : 'none'}
      value={same ? typed : joinWords(value ?? [])}
      onChange={({ currentTarget: { value: text } }) => {
        setTyped(text)
        onChange(text.trim() === '' ? undefined : [...splitWords(text)])
      }}
      spellCheck={false}
      classNames={{ input: page.monoInput }}
    />
  )
}

interface LabelsProps {
  readonly value: ImageSettings['labels']
  readonly onChange: (value: ImageSettings['labels']) => void
}

function Labels({ value = {}, onChange }: LabelsProps) {
  const lines = Object.entries(value).map(([name, text]) => `${name}=${text}`)
  return (
    <TagsInput
      label="Labels"
      placeholder={lines.length === 0 ? 'name=value, and Enter' : undefined}
      value={lines}
      onChange={(next) => {
        const said = next.filter((line) => /^[^=\s]+=/.test(line)).map(splitVariable)
        onChange(said.length === 0 ? undefined : Object.fromEntries(said.map((one) => [one.name, one.value])))
      }}
      splitChars={[]}
      acceptValueOnBlur
      classNames={{ input: page.monoInput }}
    />
  )
}

function Created({ value, onChange }: Pick<TextProps, 'value' | 'onChange'>) {
  return (
    <div className={css.created}>
      <Text label="Created" value={value} placeholder="not said: the same image at any time" onChange={onChange} />
      <Button variant="default" onClick={() => onChange(`${new Date().toISOString().slice(0, 19)}Z`)}>
        Now
      </Button>
    </div>
  )
}
