import { Button, Radio, TagsInput, TextInput } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react'
import { useId, useState } from 'react'
import type { CompositionPreview } from '../../../main/api/compose.ts'
import { cutMiddle, plural, shortHash } from '../../../main/api/format.ts'
import { pathList, splitVariable } from '../../../main/api/variables.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import page from '../planning/page.module.css'
import { withVariable } from './composition.ts'
import css from './tabs.module.css'
import { listNames } from './words.ts'
import type { Workbench } from './workbench.ts'

interface TabProps {
  readonly bench: Workbench
  readonly preview: CompositionPreview | undefined
}

type Conflict = CompositionPreview['conflicts'][number]
type Variable = CompositionPreview['variables'][number]

/** The environment of a container: what packages and base image disagree on, variables of one's own, and all of it. */
export function EnvironmentTab({ bench, preview }: TabProps) {
  const { composition, change } = bench
  const conflicts = preview?.conflicts ?? []
  const inConflict = new Set(conflicts.map(({ name }) => name))
  const own = Object.entries(composition.variables).filter(([name]) => !inConflict.has(name))
  function setOwn(lines: readonly string[]): void {
    const settled = Object.entries(composition.variables).filter(([name]) => inConflict.has(name))
    const said = lines.filter((line) => /^[^=\s]+=/.test(line)).map(splitVariable)
    const next = [...settled, ...said.map(({ name, value }) => [name, value] as const)]
    change((old) => ({ ...old, variables: Object.fromEntries(next) }))
  }
  return (
    <>
      {conflicts.length > 0 && (
        <section className={css.section}>
          <h3>{plural(conflicts.length, 'variable')} said differently</h3>
          {conflicts.map((conflict) => (
            <Settling
              key={conflict.name}
              conflict={conflict}
              onSettle={(value) => change((old) => withVariable(old, conflict.name, value), `settle ${conflict.name}`)}
            />
          ))}
        </section>
      )}
      <section className={css.section}>
        <h3>Variables of your own</h3>
        <TagsInput
          aria-label="Variables of your own"
          placeholder={own.length === 0 ? 'NAME=value, and Enter' : undefined}
          value={own.map(([name, value]) => `${name}=${value}`)}
          onChange={setOwn}
          splitChars={[]}
          acceptValueOnBlur
          classNames={{ input: page.monoInput }}
        />
        <p className={page.note}>
          Set at last. <code>$&#123;PATH&#125;</code> in a value is what the variable was before.
        </p>
      </section>
      {preview && preview.variables.length > 0 && (
        <section className={css.section}>
          <h3>{plural(preview.variables.length, 'variable')} in effect</h3>
          <dl className={css.variables}>
            {preview.variables.map((variable) => (
              <VariableRow key={variable.name} variable={variable} />
            ))}
          </dl>
        </section>
      )}
    </>
  )
}

interface SettlingProps {
  readonly conflict: Conflict
  /** Undefined leaves it to the packages. */
  readonly onSettle: (value: string | undefined) => void
}

/** One variable that two say differently: one of their values, or another. */
function Settling({ conflict, onSettle }: SettlingProps) {
  const { name, says, value, settled } = conflict
  const id = useId()
  const another = settled && !says.some((one) => one.value === value)
  const [typed, setTyped] = useState<string>()
  const Icon = settled ? IconCircleCheck : IconAlertTriangle
  return (
    <fieldset className={css.conflict} data-settled={settled || undefined}>
      <legend>
        <Icon size={15} aria-hidden /> <code>{name}</code>
        <small>{settled ? 'settled by you' : 'the topmost wins unless you choose'}</small>
        {settled && (
          <Button variant="subtle" size="compact-xs" onClick={() => onSettle(undefined)}>
            Undo the choice
          </Button>
        )}
      </legend>
      {says.map((one) => (
        <Radio
          key={one.value}
          name={id}
          label={
            <>
              <code>{one.value === '' ? '(empty)' : one.value}</code> <small>by {listNames(one.by, 3)}</small>
            </>
          }
          checked={one.value === value}
          onChange={() => onSettle(one.value)}
          // What holds anyway is chosen as well by saying so.
          onClick={() => !settled && onSettle(one.value)}
        />
      ))}
      <TextInput
        aria-label={`Another value of ${name}`}
        placeholder="another value, and Enter"
        value={typed ?? (another ? value : '')}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={() => {
          if (typed !== undefined && typed !== '') onSettle(typed)
          setTyped(undefined)
        }}
        onKeyDown={(event) => event.key === 'Enter' && typed !== undefined && typed !== '' && onSettle(typed)}
        spellCheck={false}
        classNames={{ input: page.monoInput }}
      />
    </fieldset>
  )
}

// A PATH of three hundred packages is a page of its own, and is made anew at every change.
const partsShown = 6
// A path that breaks in two lines is harder to read than one that lost its middle; all of it shows on hover.
const shownLetters = 48

function shortHashes(path: string): string {
  return path.replace(/\b[a-z2-7]{32}\b/g, shortHash)
}

function VariableRow({ variable: { name, value, list, from } }: { variable: Variable }) {
  const [all, setAll] = useState(false)
  const parts = list ? pathList(value) : [value]
  const shown = all ? parts : parts.slice(0, partsShown)
  return (
    <>
      <dt>
        <code>{name}</code>
        <CopyButton value={value} what={name} />
        <small title={from.join(', ')}>{listNames(from, 2)}</small>
      </dt>
      <dd>
        {shown.map((part, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same path may stand in it twice
          <div key={i}>
            {part === '' ? '(empty)' : <span title={part}>{cutMiddle(shortHashes(part), shownLetters)}</span>}
          </div>
        ))}
        {parts.length > partsShown && (
          <button type="button" className={css.link} onClick={() => setAll(!all)}>
            {all ? 'Show fewer' : `and ${parts.length - partsShown} more`}
          </button>
        )}
      </dd>
    </>
  )
}
