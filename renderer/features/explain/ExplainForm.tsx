import { Button, SegmentedControl, Textarea } from '@mantine/core'
import { IconHelpCircle } from '@tabler/icons-react'
import type { FormEvent } from 'react'
import type { Mirror } from '../../../main/api/models.ts'
import { CacheInput } from '../planning/CacheInput.tsx'
import { Credentials } from '../planning/Credentials.tsx'
import { Field } from '../planning/Field.tsx'
import page from '../planning/page.module.css'
import css from './explain.module.css'
import { choices, type Question } from './question.ts'

interface FormProps {
  readonly question: Question & { readonly cache: string }
  readonly change: (change: Partial<Question>) => void
  readonly mirrors: readonly Mirror[]
  /** Absent while something is missing. */
  readonly onAsk: (() => void) | undefined
}

const words = { roots: 'Roots', all: 'All packages', specs: 'Specs' } as const

/** Which cache, and what of the environment is to be explained. */
export function ExplainForm({ question, change, mirrors, onAsk }: FormProps) {
  const { choice, specs, cache } = question
  const missing = cache.trim() === '' ? 'Name a cache first' : 'Write a spec first'

  function submit(event: FormEvent): void {
    event.preventDefault()
    onAsk?.()
  }

  return (
    <form className={css.ask} onSubmit={submit}>
      <Field label="Cache">
        <CacheInput
          label="Cache: a mirror or a registry"
          value={cache}
          onChange={(value) => change({ cache: value })}
          mirrors={mirrors}
        />
        <Credentials draft={question} change={change} />
      </Field>
      <Field label="What">
        <div className={css.choice}>
          <SegmentedControl
            aria-label="What to explain"
            data={choices.map((value) => ({ value, label: words[value] }))}
            value={choice}
            onChange={(value) => change({ choice: choices.find((one) => one === value) ?? 'roots' })}
          />
          <Button
            type="submit"
            leftSection={<IconHelpCircle size={16} />}
            disabled={onAsk === undefined}
            title={onAsk ? undefined : missing}
          >
            Explain
          </Button>
        </div>
        {choice === 'specs' && (
          <>
            <Textarea
              aria-label="Specs, one a line"
              placeholder={'hdf5@1.14 +mpi\n -   brzxvu7  zlib@1.2.13 …'}
              autosize
              minRows={2}
              maxRows={8}
              size="xs"
              value={specs}
              onChange={(event) => change({ specs: event.currentTarget.value })}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(event)
              }}
              spellCheck={false}
              classNames={{ input: page.monoInput }}
            />
            <p className={page.note}>
              One a line: specs or hashes, or what Spack printed of its plan (spack spec -Il, spack install). Ctrl+Enter
              explains them.
            </p>
          </>
        )}
      </Field>
    </form>
  )
}
