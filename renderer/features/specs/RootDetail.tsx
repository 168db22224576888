import { Button, TextInput } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import { useEffect, useRef } from 'react'
import type { RootEntry } from '../../../main/api/spack-files.ts'
import page from '../planning/page.module.css'
import css from './roots.module.css'
import type { RootRow, RootsProps } from './roots.ts'

interface DetailProps extends Omit<RootsProps, 'file'> {
  readonly root: RootRow
  readonly onRemove: () => void
}

const why: Readonly<Record<Exclude<RootEntry['kind'], 'spec'>, string>> = {
  matrix: 'A matrix unfolds to several specs. It is changed in the file, where it is seen whole.',
  definition: 'It stands for the specs of a definition. Both are changed in the file.',
  group: 'A group holds specs of its own. It is changed in the file, where it is seen whole.',
}

/** The chosen root: to change it, to take it out, or where it stands. */
export function RootDetail({ root, change, waits, onChange, onConfirm, onRemove, goTo }: DetailProps) {
  const field = useRef<HTMLInputElement>(null)
  const lead = useRef<HTMLButtonElement>(null)
  // Who opened it with the keyboard goes on here.
  useEffect(() => (field.current ?? lead.current)?.focus(), [])
  const toLine = (
    <Button ref={lead} variant="default" onClick={() => goTo({ line: root.line, column: 1 })}>
      {root.kind === 'spec' ? 'Show' : 'Edit'} line {root.line}
    </Button>
  )
  if (root.kind !== 'spec') {
    return (
      <div className={css.detail}>
        <code>{root.text}</code>
        <p className={page.note}>{why[root.kind]}</p>
        <div className={css.actions}>{toLine}</div>
      </div>
    )
  }
  return (
    <form
      className={css.detail}
      onSubmit={(event) => {
        event.preventDefault()
        onConfirm()
      }}
    >
      <TextInput
        ref={field}
        label={`Change ${root.text}`}
        value={change?.kind === 'change' ? change.to : root.text}
        disabled={waits}
        onChange={(event) => onChange({ kind: 'change', from: root.text, to: event.currentTarget.value })}
        spellCheck={false}
        autoComplete="off"
        classNames={{ input: page.monoInput, label: css.cutLabel }}
      />
      <div className={css.actions}>
        <Button variant="default" leftSection={<IconTrash size={14} />} disabled={waits} onClick={onRemove}>
          Remove…
        </Button>
        {toLine}
      </div>
    </form>
  )
}
