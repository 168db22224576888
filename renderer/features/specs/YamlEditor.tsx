import { historyField } from '@codemirror/commands'
import { EditorState } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react'
import type { FileFinding } from '../../../main/api/spack-files.ts'
import { type EditorServices, editorSetup, offsetOf } from './editor-setup.ts'
import { editorPlace, type FileForm, fromEditor, toEditor } from './file-form.ts'
import css from './specs.module.css'

export interface EditorHandle {
  /** Puts the cursor there and gives the editor the focus; line and column of the file, from 1. */
  readonly goTo: (place: Pick<FileFinding, 'line' | 'column'>) => void
}

interface EditorProps extends EditorServices {
  /** Names what is edited: its cursor and what can be undone come back with it. */
  readonly name: string
  /** The whole file. */
  readonly text: string
  /** Of the file; another form is another editor. */
  readonly form: FileForm
  readonly handle: Ref<EditorHandle>
}

/** Cursor and history of the editors that are not shown, for as long as the window lives. */
const left = new Map<string, unknown>()

/** A CodeMirror editor of one file's text. `text` says what is in it; what was typed comes back by `onText`. */
export function YamlEditor({ name, text, form, handle, ...services }: EditorProps) {
  const parent = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  const shown = useRef(text)
  const now = useRef({ text, services })
  now.current = { text, services }
  const { mark, ending } = form

  useEffect(() => {
    if (!parent.current) return
    const own = { mark, ending }
    const file = (doc: string) => fromEditor(doc, own)
    const extensions = editorSetup(
      own,
      {
        complete: (...at) => now.current.services.complete(...at),
        check: (doc) => now.current.services.check(file(doc)),
        onText: (doc) => {
          shown.current = file(doc)
          now.current.services.onText(shown.current)
        },
      },
      window.__webpack_nonce__ ?? '',
    )
    shown.current = now.current.text
    const doc = toEditor(shown.current, own)
    const made = new EditorView({ parent: parent.current, state: restored(name, doc, extensions) })
    view.current = made
    return () => {
      left.set(name, made.state.toJSON({ history: historyField }))
      made.destroy()
      view.current = undefined
    }
  }, [name, mark, ending])

  useEffect(() => {
    if (!view.current || text === shown.current) return
    shown.current = text
    view.current.dispatch({ changes: replacement(view.current.state.doc.toString(), toEditor(text, { mark, ending })) })
  }, [text, mark, ending])

  useImperativeHandle(handle, () => ({
    goTo: (place) => {
      const editor = view.current
      if (!editor) return
      const anchor = offsetOf(editor.state.doc, editorPlace(place, { mark, ending }))
      editor.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) })
      editor.focus()
    },
  }))

  return <div ref={parent} className={css.editor} />
}

/** As it was left, where the text is still the same. */
function restored(name: string, doc: string, extensions: ReturnType<typeof editorSetup>): EditorState {
  const json = left.get(name)
  if (json !== undefined) {
    const state = EditorState.fromJSON(json, { extensions }, { history: historyField })
    if (state.doc.toString() === doc) return state
  }
  return EditorState.create({ doc, extensions })
}

/** The shortest stretch to replace: the cursor stays where nothing has changed. */
function replacement(before: string, after: string): { from: number; to: number; insert: string } {
  let from = 0
  while (from < before.length && from < after.length && before[from] === after[from]) from++
  let [to, end] = [before.length, after.length]
  while (to > from && end > from && before[to - 1] === after[end - 1]) {
    to--
    end--
  }
  return { from, to, insert: after.slice(from, end) }
}
