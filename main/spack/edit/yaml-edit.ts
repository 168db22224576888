import { isMap, isPair, isScalar, isSeq, type Node } from 'yaml'
import { StrataError } from '../../support/errors.ts'
import type { Place } from '../config/yaml.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'
import { changedData, isFirst, type YamlChange, type YamlPath } from './change.ts'
import { appendToFlow, prependToFlow, removeFromFlow } from './flow-edit.ts'
import { endingOf, indentationAt, lineEnd, lineStart, nextLine } from './lines.ts'
import { applySplices, overlap, type Splice } from './splice.ts'
import { blockLines, inlineEntries, inlineText, isInline } from './write-yaml.ts'
import {
  colonEnd,
  type EditableYaml,
  type Entry,
  endOf,
  inFlow,
  isAbsent,
  isFlow,
  missing,
  openYaml,
  placeOf,
  rangesOf,
  refuseEdit,
  type Step,
  startOf,
  styleOf,
  walk,
} from './yaml-text.ts'

export interface Edited {
  readonly yaml: EditableYaml
  /** What was done to the text. */
  readonly splices: readonly Splice[]
}

/**
 * Makes one change by splicing the text: every byte that is not part of it stays. The result is read again, and has to
 * say what the file said before with the change made, and nothing else: whatever cannot be changed so is refused with
 * `edit-refused`, which names the line. Aliases, and what an anchor is on, are never changed.
 */
export function changeYaml(yaml: EditableYaml, change: YamlChange): Edited {
  const { steps, rest } = walk(yaml, change.path)
  const splices = splicesOf(yaml, change, steps, rest)
  const place = yaml.placeAt(startOf(steps.at(-1)?.entry ?? null))
  const text = applySplices(yaml.text, splices)
  return { yaml: readBack(yaml, text, changedData(yaml.data, change), place), splices }
}

/**
 * Makes several changes, each of what the one before has left. They are spliced in together where that reads back as it should,
 * since reading is what takes the time; else one by one.
 */
export function changeAll(yaml: EditableYaml, changes: readonly YamlChange[]): EditableYaml {
  const [first, second] = changes
  if (first && second === undefined) return changeYaml(yaml, first).yaml
  return together(yaml, changes) ?? changes.reduce((now, change) => changeYaml(now, change).yaml, yaml)
}

function together(yaml: EditableYaml, changes: readonly YamlChange[]): EditableYaml | undefined {
  try {
    const splices = changes.flatMap((change) => {
      const { steps, rest } = walk(yaml, change.path)
      return splicesOf(yaml, change, steps, rest)
    })
    if (overlap(splices)) return undefined
    return readBack(yaml, applySplices(yaml.text, splices), changes.reduce(changedData, yaml.data), {
      line: 1,
      column: 1,
    })
  } catch (thrown) {
    // One by one they may be possible; if not, that says which of them is not, and why.
    if (thrown instanceof StrataError) return undefined
    throw thrown
  }
}

function splicesOf(yaml: EditableYaml, change: YamlChange, steps: readonly Step[], rest: YamlPath): readonly Splice[] {
  const last = steps.at(-1)
  switch (change.kind) {
    case 'set':
      return rest.length === 0 && last
        ? replaceValue(yaml, steps, last, change.value)
        : addBelow(yaml, steps, nested(rest, change.value), isFirst({ ...change, path: rest }))
    case 'append':
      return rest.length === 0 ? append(yaml, steps, change.value) : addList(yaml, steps, rest, change.value)
    case 'remove':
      if (rest.length > 0 || !last) throw missing(yaml, change.path)
      return removeEntry(yaml, steps, last)
    case 'replaces': {
      const key = last && isPair(last.entry) ? (last.entry.key as Node) : undefined
      if (rest.length > 0 || !key) throw missing(yaml, change.path)
      const end = key.range?.[1] ?? 0
      const doubled = isScalar(key) && String(key.value).endsWith(':')
      if (doubled === change.replaces) return []
      return [change.replaces ? { start: end, end, text: ':' } : { start: end - 1, end, text: '' }]
    }
  }
}

// ---- adding and replacing ------------------------------------------------------------------------------------------

function nested(path: YamlPath, value: Json): JsonObject {
  const [key = '', ...rest] = path
  return { [String(key)]: rest.length === 0 ? value : nested(rest, value) }
}

/** Puts entries into the mapping that the steps lead to, which may be missing or empty: last, or `first`. */
function addBelow(yaml: EditableYaml, steps: readonly Step[], entries: JsonObject, first = false): readonly Splice[] {
  const owner = steps.at(-1)
  const at = owner ? owner.value : yaml.document.contents
  if (at === null || isAbsent(at)) {
    return owner ? replaceValue(yaml, steps, owner, entries) : addToEnd(yaml, blockLines(entries, '', styleOf(yaml)))
  }
  if (!isMap(at)) {
    throw refuseEdit(yaml, yaml.placeAt(startOf(at)), `expected a mapping here, to put ${Object.keys(entries)[0]} into`)
  }
  if (at.flow) {
    if (at.items.length === 0 && !inFlow(steps)) {
      if (owner) return replaceValue(yaml, steps, owner, entries)
      const [start, end] = at.range ?? [0, 0]
      return [{ start, end, text: blockLines(entries, '', styleOf(yaml)).join(endingOf(yaml.text)) }]
    }
    const addToFlow = first ? prependToFlow : appendToFlow
    return addToFlow(yaml.text, rangesOf(yaml, at), at.range ?? [0, 0, 0], inlineEntries(entries))
  }
  const indent = indentationAt(yaml.text, at.range?.[0] ?? 0)
  // Above the comments of what was first.
  const before = first && owner && isPair(owner.entry) ? colonEnd(yaml, owner.entry) : undefined
  return insertLines(yaml, before ?? endOf(yaml, at), blockLines(entries, indent, styleOf(yaml)))
}

function replaceValue(yaml: EditableYaml, steps: readonly Step[], step: Step, value: Json): readonly Splice[] {
  if (isInline(value) || inFlow(steps)) return replaceInline(yaml, step, inlineText(value, placeOf(steps)))
  const indent = indentationAt(yaml.text, startOf(step.entry)) + ' '.repeat(styleOf(yaml).step)
  return replaceByLines(yaml, step, blockLines(value as JsonObject, indent, styleOf(yaml)))
}

function replaceInline(yaml: EditableYaml, { entry, value }: Step, text: string): readonly Splice[] {
  const absent = value === null || isAbsent(value)
  const [start, end] = absent ? [0, 0] : [value.range?.[0] ?? 0, endOf(yaml, value)]
  if (!isPair(entry)) return [{ start, end, text: absent ? text : keepQuotes(value, text) }]
  const colon = colonEnd(yaml, entry)
  if (absent) return [{ start: colon, end: colon, text: ` ${text}` }]
  if (!isBlock(value)) return [{ start, end, text: keepQuotes(value, text) }]
  return [
    { start: colon, end: colon, text: ` ${text}` },
    { start: lineEnd(yaml.text, colon), end: lineEnd(yaml.text, end), text: '' },
  ]
}

/** A text that was in quotes stays in quotes of the same kind, where they can hold it. */
function keepQuotes(value: Node, text: string): string {
  if (!isScalar(value) || !/^[\w./+~^$@%=,: -]*$/.test(text)) return text
  if (value.type === 'QUOTE_SINGLE' && typeof value.value === 'string') return `'${text}'`
  if (value.type === 'QUOTE_DOUBLE' && typeof value.value === 'string') return `"${text}"`
  return text
}

function replaceByLines(yaml: EditableYaml, { entry, value }: Step, lines: readonly string[]): readonly Splice[] {
  const { text } = yaml
  if (!isPair(entry)) throw refuseEdit(yaml, yaml.placeAt(startOf(entry)), 'a mapping cannot be written here')
  const colon = colonEnd(yaml, entry)
  if (value === null || isAbsent(value)) return insertLines(yaml, colon, lines)
  const end = endOf(yaml, value)
  if (!isBlock(value)) return [{ start: colon, end, text: '' }, ...insertLines(yaml, end, lines)]
  const from = lineEnd(text, colon)
  return [{ start: from, end: lineEnd(text, end), text: '' }, ...insertLines(yaml, colon, lines)]
}

function isBlock(value: Node): boolean {
  if (isScalar(value)) return value.type === 'BLOCK_LITERAL' || value.type === 'BLOCK_FOLDED'
  return (isMap(value) || isSeq(value)) && !isFlow(value)
}

/** New lines behind the line of `offset`. A text without a final line break keeps having none. */
function insertLines(yaml: EditableYaml, offset: number, lines: readonly string[]): readonly Splice[] {
  const at = lineEnd(yaml.text, offset)
  const ending = endingOf(yaml.text)
  return [{ start: at, end: at, text: ending + lines.join(ending) }]
}

/** For a file without content: behind its comments. */
function addToEnd(yaml: EditableYaml, lines: readonly string[]): readonly Splice[] {
  const { text } = yaml
  const ending = endingOf(text)
  const open = text !== '' && text !== '\ufeff' && !text.endsWith('\n')
  return [{ start: text.length, end: text.length, text: (open ? ending : '') + lines.join(ending) + ending }]
}

// ---- lists ---------------------------------------------------------------------------------------------------------

function append(yaml: EditableYaml, steps: readonly Step[], value: string): readonly Splice[] {
  const owner = steps.at(-1)
  const list = owner?.value ?? null
  if (owner && (list === null || isAbsent(list))) return newList(yaml, owner, value)
  if (!isSeq(list) || !owner) throw refuseEdit(yaml, yaml.placeAt(startOf(list)), 'expected a list here')
  if (list.flow) {
    if (list.items.length === 0 && !inFlow(steps)) return newList(yaml, owner, value)
    return appendToFlow(yaml.text, rangesOf(yaml, list), list.range ?? [0, 0, 0], inlineText(value, 'flow'))
  }
  const indent = indentationAt(yaml.text, list.range?.[0] ?? 0)
  return insertLines(yaml, endOf(yaml, list), [`${indent}- ${inlineText(value, 'block')}`])
}

/** The lines of a list of one below its key. */
function newList(yaml: EditableYaml, owner: Step, value: string): readonly Splice[] {
  const indent = indentationAt(yaml.text, startOf(owner.entry)) + ' '.repeat(styleOf(yaml).dashes)
  return replaceByLines(yaml, owner, [`${indent}- ${inlineText(value, 'block')}`])
}

/** A list that is not there yet: its key with an empty one, which is then opened. */
function addList(yaml: EditableYaml, steps: readonly Step[], rest: YamlPath, value: string): readonly Splice[] {
  if (inFlow(steps) || hasEntriesInFlow(steps.at(-1)?.value ?? null))
    return addBelow(yaml, steps, nested(rest, [value]))
  return addBelow(yaml, steps, nested(rest, [])).map((splice) => {
    const line = splice.text.trimEnd().split(/\r?\n/).at(-1) ?? ''
    const indent = (/^ */.exec(line)?.[0] ?? '') + ' '.repeat(styleOf(yaml).dashes)
    const opened = `:${endingOf(yaml.text)}${indent}- ${inlineText(value, 'block')}`
    return { ...splice, text: splice.text.replace(/: \[\](?=\s*$)/, () => opened) }
  })
}

function hasEntriesInFlow(node: Node | null): boolean {
  return isMap(node) && node.flow === true && node.items.length > 0
}

// ---- removing ------------------------------------------------------------------------------------------------------

function removeEntry(yaml: EditableYaml, steps: readonly Step[], { holder, entry }: Step): readonly Splice[] {
  const items = holder.items as readonly Entry[]
  if (isFlow(holder)) return removeFromFlow(yaml.text, rangesOf(yaml, holder), items.indexOf(entry), holder.range)
  const lines = removeLines(yaml, entry)
  const owner = steps.at(-2)
  if (items.length > 1 || !owner) return [lines]
  // Nothing written is null, which Spack does not take for a mapping or a list.
  const colon = isPair(owner.entry) ? colonEnd(yaml, owner.entry) : startOf(owner.entry)
  return [{ start: colon, end: colon, text: isMap(holder) ? ' {}' : ' []' }, lines]
}

function removeLines(yaml: EditableYaml, entry: Entry): Splice {
  const { text } = yaml
  const start = lineStart(text, startOf(entry))
  const last = endOf(yaml, entry)
  const end = nextLine(text, last)
  // The last line of a text without a final line break takes the break before it along.
  if (end < text.length || text.endsWith('\n') || start === 0) return { start, end, text: '' }
  return { start: start - endingOf(text).length, end, text: '' }
}

// ---- reading back --------------------------------------------------------------------------------------------------

function readBack(yaml: EditableYaml, text: string, expected: Json, at: Place): EditableYaml {
  let result: EditableYaml
  try {
    result = openYaml(text, yaml.file)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw refuseEdit(yaml, at, `what is written here cannot be changed without damage (${why})`)
  }
  // An empty document and an empty mapping are the same to every reader.
  const same = JSON.stringify(result.data) === JSON.stringify(isObject(expected) ? expected : {})
  if (!same) throw refuseEdit(yaml, at, 'what is written here cannot be changed without changing something else')
  return result
}
