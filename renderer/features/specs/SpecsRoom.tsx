import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { type KeyboardEvent, useCallback, useEffect, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import type { EnvironmentRef } from '../../../main/api/models.ts'
import type { FileFinding, ManifestText } from '../../../main/api/spack-files.ts'
import { refKey } from '../../app/routes.ts'
import { keys } from '../../engine.ts'
import { useEdit } from '../edits/use-edit.ts'
import { type Change, requestOf, writtenBy } from './change.ts'
import { useSpecsDrafts } from './drafts.ts'
import { EditorPane } from './EditorPane.tsx'
import { ReviewPane } from './ReviewPane.tsx'
import { RootsPane } from './RootsPane.tsx'
import css from './specs.module.css'
import { WrittenNotice } from './WrittenNotice.tsx'
import type { EditorHandle } from './YamlEditor.tsx'

interface RoomProps {
  readonly at: EnvironmentRef
  readonly file: ManifestText
  readonly version: string | undefined
}

/** Roots at the left, the file at the right; what a change would write takes the place of the file until it is written. */
export function SpecsRoom({ at, file, version }: RoomProps) {
  const queries = useQueryClient()
  const draft = useSpecsDrafts(({ byRef }) => byRef[refKey(at)])
  const { write, discard, rebase, tell } = useSpecsDrafts.getState()
  const [change, setChange] = useState<Change>()
  const editor = useRef<EditorHandle>(null)
  const writeButton = useRef<HTMLButtonElement>(null)
  const [confirming, setConfirming] = useState(false)
  const returnTo = useRef<Element>(null)

  const request = requestOf(change, at, file, draft)
  const edit = useEdit(request, ({ merged }) => {
    if (change) tell(at, writtenBy(change, merged))
    if (change?.kind === 'text') discard(at)
    leave()
  })
  const { plan, planning, error } = edit.planned
  const ready = plan !== undefined && !plan.empty && !planning
  const unsaved = draft !== undefined && draft.text !== file.text && !edit.applying
  const stale = unsaved && draft.base.digest !== file.digest

  const begin = useCallback((next: Change | undefined) => {
    setChange(next)
    setConfirming(false)
  }, [])

  /** Leads to the button that writes, as soon as the difference stands above it. */
  const confirm = useCallback(() => {
    returnTo.current = document.activeElement
    setConfirming(true)
  }, [])

  function leave(): void {
    // The file is back on the screen at once: a moment later the focus might be taken from where somebody has gone on.
    flushSync(() => begin(undefined))
    const before = returnTo.current
    returnTo.current = null
    if (before instanceof HTMLElement) before.focus()
  }

  function review(): void {
    begin({ kind: 'text' })
    confirm()
  }

  const goTo = useCallback(
    (place: Pick<FileFinding, 'line' | 'column'>) => {
      // The editor has no place on the screen before the difference has left it.
      flushSync(() => begin(undefined))
      editor.current?.goTo(place)
    },
    [begin],
  )

  useEffect(() => {
    if (confirming && ready) writeButton.current?.focus()
  }, [confirming, ready])

  // Somebody else has written the file that is edited here: it is read anew, and both changes are brought together.
  const moved = error?.code === 'file-changed'
  useEffect(() => {
    if (moved) void queries.invalidateQueries({ queryKey: keys.manifest(at) })
  }, [moved, queries, at])

  // Somebody else has written the same.
  const same = draft !== undefined && draft.text === file.text && !edit.applying
  useEffect(() => {
    if (same) discard(at)
  }, [same, discard, at])

  function onKeyDown(event: KeyboardEvent): void {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 's') {
      event.preventDefault()
      if (request !== undefined && ready && !edit.applying) void edit.apply()
      else if (request === undefined && unsaved) review()
    }
    if (event.key === 'Escape' && change !== undefined) leave()
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys of everything inside
    <div className={css.room} onKeyDown={onKeyDown}>
      <RootsPane file={file} change={change} onChange={begin} onConfirm={confirm} goTo={goTo} waits={unsaved} />
      <div className={css.right}>
        <WrittenNotice at={at} />
        {request !== undefined && (
          <ReviewPane edit={edit} write={writeButton} onLeave={leave} goTo={goTo}>
            {moved && stale && (
              <Button variant="default" onClick={() => rebase(at, file)}>
                Compare with the new text
              </Button>
            )}
          </ReviewPane>
        )}
        <EditorPane
          at={at}
          file={file}
          text={unsaved ? draft.text : file.text}
          version={version}
          unsaved={unsaved}
          stale={stale}
          hidden={request !== undefined}
          handle={editor}
          onText={(text) => write(at, text, file)}
          onDiscard={() => discard(at)}
          onReview={review}
        />
      </div>
    </div>
  )
}
