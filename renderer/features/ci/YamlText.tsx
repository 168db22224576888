import { yamlLanguage } from '@codemirror/lang-yaml'
import { highlightCode } from '@lezer/highlight'
import { type ReactNode, useMemo } from 'react'
import { yamlHighlighter } from '../../ui/yaml-highlighter.ts'
import css from './ci.module.css'

/** A YAML file to be read, its keys and comments told apart. */
export function YamlText({ value, label }: { readonly value: string; readonly label: string }) {
  const parts = useMemo(() => highlighted(value), [value])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
    <section className={css.yaml} aria-label={label} tabIndex={0}>
      <pre>{parts}</pre>
    </section>
  )
}

function highlighted(text: string): readonly ReactNode[] {
  const parts: ReactNode[] = []
  const put = (code: string, classes: string): void => {
    parts.push(
      classes === '' ? (
        code
      ) : (
        <span key={parts.length} className={classes}>
          {code}
        </span>
      ),
    )
  }
  highlightCode(text, yamlLanguage.parser.parse(text), yamlHighlighter, put, () => parts.push('\n'))
  return parts
}
