import { tagHighlighter, tags } from '@lezer/highlight'
import css from './yaml.module.css'

/** Tells the keys, strings, anchors and comments of a YAML text apart: in the editor and where a file is only read. */
export const yamlHighlighter = tagHighlighter([
  { tag: [tags.definition(tags.propertyName), tags.propertyName], class: css.key ?? '' },
  { tag: [tags.string, tags.special(tags.string)], class: css.string ?? '' },
  { tag: [tags.labelName, tags.typeName, tags.keyword, tags.meta], class: css.anchor ?? '' },
  { tag: [tags.comment, tags.lineComment], class: css.comment ?? '' },
  { tag: [tags.separator, tags.punctuation, tags.bracket], class: css.punctuation ?? '' },
])
