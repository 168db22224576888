import {
  acceptCompletion,
  autocompletion,
  type CompletionContext,
  type CompletionResult,
  completionKeymap,
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { yaml } from '@codemirror/lang-yaml'
import {
  bracketMatching,
  codeFolding,
  foldGutter,
  foldKeymap,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from '@codemirror/language'
import { type Diagnostic, linter, lintGutter, lintKeymap } from '@codemirror/lint'
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search'
import { EditorState, type Extension, Prec, type Text } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import type { FileFinding, ManifestCompletions } from '../../../main/api/spack-files.ts'
import { yamlHighlighter } from '../../ui/yaml-highlighter.ts'
import { editorPlace, type FileForm } from './file-form.ts'

/** What the editor asks of whoever shows it. Lines and columns of `complete` count from 0. */
export interface EditorServices {
  readonly complete: (text: string, line: number, column: number) => Promise<ManifestCompletions>
  /** What is wrong with the text; undefined where that cannot be told now. */
  readonly check: (text: string) => Promise<readonly FileFinding[] | undefined>
  readonly onText: (text: string) => void
}

/** Milliseconds without a letter before the text is checked. */
const checkPause = 200

/** A spack.yaml's editor: nothing in it writes a tab, which Spack refuses in indentation. */
export function editorSetup(form: FileForm, services: EditorServices, nonce: string): Extension {
  return [
    EditorView.cspNonce.of(nonce),
    form.ending === 'mixed' ? EditorState.lineSeparator.of('\n') : [],
    EditorView.contentAttributes.of({ 'aria-label': 'Text of spack.yaml', spellcheck: 'false', tabindex: '0' }),
    lineNumbers(),
    lintGutter(),
    codeFolding(),
    foldGutter({ markerDOM: foldMarker }),
    highlightSpecialChars(),
    history(),
    drawSelection(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSelectionMatches(),
    bracketMatching(),
    indentOnInput(),
    indentUnit.of('  '),
    EditorView.domEventHandlers({ beforeinput: typeOver }),
    EditorView.clipboardInputFilter.of((text) => text.replace(/^[ \t]+/gm, (blank) => blank.replaceAll('\t', '  '))),
    yaml(),
    syntaxHighlighting(yamlHighlighter),
    search({ top: true }),
    autocompletion({ override: [(context) => completions(context, services)], icons: false }),
    linter(async (view) => diagnostics(view.state.doc, form, (await services.check(view.state.doc.toString())) ?? []), {
      delay: checkPause,
    }),
    Prec.high(keymap.of([{ key: 'Tab', run: acceptCompletion }])),
    keymap.of([
      ...completionKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...foldKeymap,
      ...lintKeymap,
      ...defaultKeymap,
      indentWithTab,
    ]),
    EditorView.updateListener.of(({ docChanged, state }) => docChanged && services.onText(state.doc.toString())),
    look,
  ]
}

/**
 * Types over a selection. The browser, left to itself, would join the lines of the page with inline styles, which its
 * policy forbids.
 */
function typeOver(event: InputEvent, view: EditorView): boolean {
  const { inputType, data } = event
  if (inputType !== 'insertText' || data === null || view.composing || view.state.selection.main.empty) return false
  view.dispatch(view.state.replaceSelection(data), { userEvent: 'input.type', scrollIntoView: true })
  return true
}

async function completions(context: CompletionContext, { complete }: EditorServices): Promise<CompletionResult | null> {
  const word = context.matchBefore(/[\w-]+/)
  if (!context.explicit && word === null) return null
  const { state, pos } = context
  const line = state.doc.lineAt(pos)
  const answer = await complete(state.doc.toString(), line.number - 1, pos - line.from).catch(() => undefined)
  if (answer === undefined || context.aborted || answer.options.length === 0) return null
  // Behind a colon stand values, and where one stands already the key has been written.
  const colon = line.text.includes(':') ? '' : ':'
  return {
    from: line.from + answer.from,
    options: answer.options.map(({ label, detail }) => ({ label, detail, apply: label + colon })),
    validFor: /^[\w-]*$/,
  }
}

/** Where the marks stand: from the place of a finding to the end of what is written there. */
function diagnostics(doc: Text, form: FileForm, findings: readonly FileFinding[]): readonly Diagnostic[] {
  return findings.map((finding) => {
    const from = offsetOf(doc, editorPlace(finding, form))
    const line = doc.lineAt(from)
    const length = line.text.slice(from - line.from).replace(/\s+(#.*)?$/, '').length
    const message = finding.hint === undefined ? finding.message : `${finding.message}. ${finding.hint}`
    return { from, to: from + length, severity: severities[finding.severity], message }
  })
}

const severities = { problem: 'error', warning: 'warning', note: 'info' } as const

/** The offset of a place, or of the nearest one that the text has; line and column count from 1. */
export function offsetOf(doc: Text, { line, column }: Pick<FileFinding, 'line' | 'column'>): number {
  const at = doc.line(Math.min(Math.max(1, line), doc.lines))
  return at.from + Math.min(Math.max(1, column) - 1, at.length)
}

function foldMarker(open: boolean): HTMLElement {
  const marker = document.createElement('span')
  marker.className = open ? 'st-fold' : 'st-fold st-folded'
  return marker
}

const look = EditorView.theme({
  '&': { height: '100%', color: 'var(--st-text)', backgroundColor: 'var(--st-bg)', fontSize: '12px' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: '20px' },
  '.cm-content': { padding: '6px 0', caretColor: 'var(--st-text)' },
  '.cm-line': { padding: '0 12px 0 6px' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--st-text)' },
  '.cm-gutters': {
    color: 'var(--st-dim)',
    backgroundColor: 'var(--st-surface)',
    borderRight: '1px solid var(--st-border)',
  },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--st-hover) 55%, transparent)' },
  '.cm-activeLineGutter': { color: 'var(--st-text)', backgroundColor: 'var(--st-hover)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'var(--st-build-fill)',
  },
  '.cm-selectionMatch, .cm-searchMatch': { backgroundColor: 'var(--st-warning-fill)' },
  '.cm-searchMatch.cm-searchMatch-selected': {
    backgroundColor: 'var(--st-warning-fill)',
    outline: '2px solid var(--st-warning-ink)',
  },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--st-build-fill)' },
  '&.cm-focused .cm-nonmatchingBracket': { backgroundColor: 'var(--st-problem-fill)' },
  '.cm-specialChar': { color: 'var(--st-problem-ink)' },
  '.cm-foldPlaceholder': {
    padding: '0 4px',
    color: 'var(--st-dim)',
    backgroundColor: 'var(--st-surface)',
    borderColor: 'var(--st-border)',
  },
  '.st-fold': {
    display: 'inline-block',
    width: '5px',
    height: '5px',
    margin: '0 4px 3px',
    borderRight: '1px solid var(--st-dim)',
    borderBottom: '1px solid var(--st-dim)',
    transform: 'rotate(45deg)',
  },
  '.st-folded': { transform: 'rotate(-45deg)' },
  '.cm-tooltip, .cm-panels': {
    color: 'var(--st-text)',
    backgroundColor: 'var(--st-raised)',
    border: '1px solid var(--st-border)',
  },
  '.cm-tooltip': { borderRadius: '6px', boxShadow: '0 4px 16px var(--st-shadow)', overflow: 'hidden' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'inherit', maxHeight: '220px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '2px 10px', lineHeight: '20px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    color: 'var(--st-text)',
    background: 'var(--st-accent-soft)',
    boxShadow: 'inset 3px 0 0 var(--st-accent)',
  },
  '.cm-completionDetail': { color: 'var(--st-dim)', fontStyle: 'normal' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700' },
  '.cm-diagnostic': { padding: '4px 10px', maxWidth: '480px', borderLeftWidth: '3px' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--st-problem-bar)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--st-warning-bar)' },
  '.cm-diagnostic-info': { borderLeftColor: 'var(--st-present-bar)' },
  '.cm-lintRange': { backgroundImage: 'none', textDecorationLine: 'underline', textDecorationStyle: 'wavy' },
  '.cm-lintRange-error': { textDecorationColor: 'var(--st-problem-bar)' },
  '.cm-lintRange-warning': { textDecorationColor: 'var(--st-warning-bar)' },
  '.cm-lintRange-info': { textDecorationColor: 'var(--st-present-bar)' },
  '.cm-panels-top': { borderWidth: '0 0 1px' },
  '.cm-panel.cm-search': { padding: '6px 28px 6px 8px', fontFamily: 'inherit' },
  '.cm-panel.cm-search label': { fontSize: '12px' },
  '.cm-panel button, .cm-panel.cm-search [name=close]': { color: 'var(--st-text)', cursor: 'pointer' },
  '.cm-textfield, .cm-button': {
    padding: '3px 8px',
    fontSize: '12px',
    color: 'var(--st-text)',
    background: 'var(--st-bg)',
    border: '1px solid var(--st-border)',
    borderRadius: '4px',
  },
})
