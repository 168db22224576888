import { ActionIcon, Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconCheck, IconChevronDown, IconChevronUp, IconCopy, IconDownload } from '@tabler/icons-react'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { formatCount, plural } from '../../../main/api/format.ts'
import { errorBody } from '../../client.ts'
import { useClient } from '../../engine.ts'
import { copyText } from '../../ui/clipboard.ts'
import { SearchField } from '../../ui/SearchField.tsx'
import css from './output.module.css'
import { outputToCopy, saveOutput } from './save-output.ts'
import type { OutputSearch } from './use-search.ts'

interface ToolsProps {
  readonly job: string
  readonly fileName: string
  readonly words: string
  readonly onWords: (words: string) => void
  readonly search: OutputSearch
  /** Which of the lines found is the one that is looked at. */
  readonly chosen: number | undefined
  readonly onGo: (by: 1 | -1) => void
  /** Back to the lines. */
  readonly onLeave: () => void
  readonly total: number
}

/** The search above the output, and what is done with all of it. */
export function OutputTools(props: ToolsProps) {
  const { words, onWords, search, chosen, onGo, onLeave, total } = props
  const input = useRef<HTMLInputElement>(null)
  useFindKey(input)
  const nothing = search.found.lines.length === 0

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === 'Enter') {
      event.preventDefault()
      onGo(event.shiftKey ? -1 : 1)
    }
    if (event.key === 'Escape') {
      event.preventDefault()
      onWords('')
      onLeave()
    }
  }

  return (
    <search className={css.tools} aria-label="Output">
      <SearchField
        className={css.search}
        label="Search the output"
        value={words}
        onChange={onWords}
        ref={input}
        onKeyDown={onKeyDown}
      />
      <ActionIcon.Group>
        <ActionIcon variant="default" size="md" aria-label="Previous" disabled={nothing} onClick={() => onGo(-1)}>
          <IconChevronUp size={15} />
        </ActionIcon>
        <ActionIcon variant="default" size="md" aria-label="Next" disabled={nothing} onClick={() => onGo(1)}>
          <IconChevronDown size={15} />
        </ActionIcon>
      </ActionIcon.Group>
      <span className={css.count} role="status">
        {words.trim() === '' ? plural(total, 'line') : foundWords(search, chosen)}
      </span>
      <WholeText {...props} />
    </search>
  )
}

function foundWords({ found, complete }: OutputSearch, chosen: number | undefined): string {
  const { lines, cut } = found
  if (lines.length === 0) return complete ? 'No line has it' : 'Searching'
  const all = `${formatCount(lines.length)}${cut || !complete ? '+' : ''} ${lines.length === 1 ? 'line' : 'lines'}`
  return chosen === undefined ? all : `${formatCount(chosen + 1)} of ${all}`
}

function WholeText({ job, fileName, total }: ToolsProps) {
  const client = useClient()
  const [copied, setCopied] = useState(false)
  const [busy, setBusy] = useState<'copy' | 'save'>()

  async function act(what: 'copy' | 'save'): Promise<void> {
    setBusy(what)
    try {
      if (what === 'save') await saveOutput(client, job, fileName)
      else await copy()
    } catch (error) {
      notifications.show({ color: 'red', message: errorBody(error).message })
    } finally {
      setBusy(undefined)
    }
  }

  async function copy(): Promise<void> {
    const text = await outputToCopy(client, job)
    if (text === undefined) throw new Error('The output is longer than a clipboard takes. Save it as text.')
    await copyText(text)
    setCopied(true)
  }

  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1500)
    return () => clearTimeout(timer)
  }, [copied])

  return (
    <>
      <Button
        variant="default"
        leftSection={copied ? <IconCheck size={15} /> : <IconCopy size={15} />}
        loading={busy === 'copy'}
        disabled={total === 0}
        onClick={() => void act('copy')}
      >
        {copied ? 'Copied' : 'Copy all'}
      </Button>
      <Button
        variant="default"
        leftSection={<IconDownload size={15} />}
        loading={busy === 'save'}
        disabled={total === 0}
        onClick={() => void act('save')}
      >
        Save text
      </Button>
    </>
  )
}

/** Ctrl-F or Cmd-F searches the output: the browser's own search knows only the lines in view. */
function useFindKey(input: { readonly current: HTMLInputElement | null }): void {
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent): void => {
      if (event.key.toLowerCase() !== 'f' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return
      event.preventDefault()
      input.current?.focus()
      input.current?.select()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [input])
}
