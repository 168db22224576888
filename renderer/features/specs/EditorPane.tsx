import { Button } from '@mantine/core'
import { IconAlertTriangle, IconPencil } from '@tabler/icons-react'
import { type RefObject, useRef, useState } from 'react'
import { lastPart } from '../../../main/api/format.ts'
import type { EnvironmentRef } from '../../../main/api/models.ts'
import type { FileFinding, ManifestText } from '../../../main/api/spack-files.ts'
import { refKey } from '../../app/routes.ts'
import { useClient } from '../../engine.ts'
import { CheckList } from './CheckList.tsx'
import { formOf } from './file-form.ts'
import css from './specs.module.css'
import { type EditorHandle, YamlEditor } from './YamlEditor.tsx'

interface PaneProps {
  readonly at: EnvironmentRef
  readonly file: ManifestText
  /** The file's, or what has been made of it. */
  readonly text: string
  readonly version: string | undefined
  readonly unsaved: boolean
  /** Somebody else has written the file since this text was begun. */
  readonly stale: boolean
  readonly hidden: boolean
  readonly handle: RefObject<EditorHandle | null>
  readonly onText: (text: string) => void
  readonly onDiscard: () => void
  readonly onReview: () => void
}

/** The whole file, what is wrong with it, and what is done with what was typed. */
export function EditorPane(props: PaneProps) {
  const { at, file, text, version, unsaved, stale, hidden, handle, onText, onDiscard, onReview } = props
  const client = useClient()
  const [found, setFound] = useState<readonly FileFinding[]>()
  const typed = useRef(text)
  typed.current = text
  // The file's own were read with it.
  const checks = text === file.text ? file.checks : (found ?? file.checks)

  async function check(checked: string): Promise<readonly FileFinding[] | undefined> {
    try {
      const answer = await client.call('environment.check', { ...at, text: checked })
      // An answer about what was typed before would lead to lines that are others by now.
      if (checked === typed.current) setFound(answer)
      return answer
    } catch {
      return undefined
    }
  }

  return (
    <section className={css.editorPane} aria-label="spack.yaml" hidden={hidden}>
      <div className={css.toolbar}>
        <h2 className={css.fileName} title={file.file}>
          {lastPart(file.file)}
        </h2>
        {unsaved && (
          <span className={css.unsaved}>
            <IconPencil size={13} aria-hidden /> not written yet
          </span>
        )}
        <Button variant="default" disabled={!unsaved} onClick={onDiscard}>
          Discard
        </Button>
        <Button disabled={!unsaved} onClick={onReview} title="Ctrl-S, or ⌘S on a Mac">
          Review and write…
        </Button>
      </div>
      {stale && (
        <p className={css.stale} role="alert">
          <IconAlertTriangle size={16} aria-hidden />
          <span>
            Somebody else has written this file since you began. What you typed is kept; the review shows it against
            what the file says now.
          </span>
        </p>
      )}
      <YamlEditor
        name={refKey(at)}
        text={text}
        form={formOf(file.text)}
        handle={handle}
        onText={onText}
        check={check}
        complete={(doc, line, column) => client.call('environment.complete', { ...at, text: doc, line, column })}
      />
      <CheckList checks={checks} version={version} onGo={(place) => handle.current?.goTo(place)} />
    </section>
  )
}
