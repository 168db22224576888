import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import { StrataError } from '../../support/errors.ts'
import { mergeKey } from '../config/merge.ts'
import { type ParsedYaml, type Place, parseYaml } from '../config/yaml.ts'
import type { Json } from '../json.ts'
import type { YamlPath } from './change.ts'
import { endingOf, indentationAt } from './lines.ts'
import type { YamlStyle } from './write-yaml.ts'

/** A YAML file's text with all that is known of it, to be changed. */
export interface EditableYaml extends ParsedYaml {
  readonly text: string
  /** For messages. */
  readonly file: string
}

type Collection = YAMLMap.Parsed | YAMLSeq.Parsed
export type Entry = Pair | Node

/** One step of a path that is there: the entry of a collection, and its value. */
export interface Step {
  readonly holder: Collection
  readonly entry: Entry
  readonly value: Node | null
}

/** Throws `config-invalid` with line and column for what is no YAML, has a key twice, or is indented with tabs. */
export function openYaml(text: string, file: string): EditableYaml {
  return { ...parseYaml(text, file), text, file }
}

/** The value at the path as plain data, and where it is written; undefined where nothing is. */
export function valueAt(
  yaml: EditableYaml,
  path: YamlPath,
): { readonly value: Json; readonly place: Place } | undefined {
  const { steps, rest } = walk(yaml, path, 'look')
  const last = steps.at(-1)
  if (rest.length > 0 || !last) return undefined
  const value = last.value === null ? null : (last.value.toJS(yaml.document as Document) as Json)
  return { value, place: yaml.placeAt(startOf(last.entry)) }
}

/** Says no to a change: at a place of the file, or where none is to blame for the file as a whole. */
export function refuseEdit(yaml: EditableYaml, place: Place | undefined, why: string, hint?: string): StrataError {
  const at = place ? `${yaml.file}:${place.line}:${place.column}` : yaml.file
  return new StrataError('edit-refused', `${at}: ${why}`, {
    hint: hint ?? 'Change it by hand: strata env edit.',
    details: { file: yaml.file, ...place },
  })
}

// ---- finding -------------------------------------------------------------------------------------------------------

/** Follows a path as far as it goes. To change something there may be no alias and no anchor on the way. */
export function walk(
  yaml: EditableYaml,
  path: YamlPath,
  purpose: 'change' | 'look' = 'change',
): { readonly steps: readonly Step[]; readonly rest: YamlPath } {
  const steps: Step[] = []
  let at: Node | null = yaml.document.contents
  for (const [depth, key] of path.entries()) {
    const entry = entryOf(yaml, at, key)
    if (entry === undefined || !(isMap(at) || isSeq(at))) return { steps, rest: path.slice(depth) }
    const value: Node | null = isPair(entry) ? (entry.value as Node | null) : entry
    steps.push({ holder: at as Collection, entry, value })
    if (purpose === 'change') refuseShared(yaml, value)
    at = purpose === 'look' && isAlias(value) ? ((value.resolve(yaml.document) as Node | undefined) ?? null) : value
  }
  return { steps, rest: [] }
}

function entryOf(yaml: EditableYaml, at: Node | null, key: string | number): Entry | undefined {
  if (isSeq(at)) return typeof key === 'number' ? (at.items[key] as Node | undefined) : undefined
  if (!isMap(at)) return undefined
  const found = at.items.filter((pair) => isScalar(pair.key) && mergeKey(String(pair.key.value)).name === key)
  const [first, second] = found
  if (second) throw refuseEdit(yaml, yaml.placeAt(startOf(second)), `${key} is there twice, once with an ending`)
  return first
}

function refuseShared(yaml: EditableYaml, value: Node | null): void {
  if (value === null) return
  const place = yaml.placeAt(startOf(value))
  if (isAlias(value)) {
    throw refuseEdit(yaml, place, `this is the alias *${value.source}: what it stands for is written elsewhere`)
  }
  if (value.anchor !== undefined) {
    throw refuseEdit(yaml, place, `this has the anchor &${value.anchor}: a change would show in other places, too`)
  }
}

/** Where an entry begins: a pair with its key. */
export function startOf(entry: Entry | null): number {
  const node = isPair(entry) ? (entry.key as Node) : entry
  return node?.range?.[0] ?? 0
}

/** The refusal of a change to what is not there. */
export function missing(yaml: EditableYaml, path: YamlPath): StrataError {
  return refuseEdit(yaml, undefined, `there is no ${path.join(':')}`)
}

// ---- where things end ----------------------------------------------------------------------------------------------

/** Behind the colon of a pair. */
export function colonEnd(yaml: EditableYaml, pair: Pair): number {
  return yaml.text.indexOf(':', (pair.key as Node).range?.[1] ?? 0) + 1
}

/** Whether a collection stands in brackets or braces. */
export function isFlow(node: Node | null): boolean {
  return (isMap(node) || isSeq(node)) && node.flow === true
}

/** A value of which nothing is written. */
export function isAbsent(value: Node | null): boolean {
  return value === null || (isScalar(value) && value.value === null && value.range?.[0] === value.range?.[1])
}

/** Where the last thing that is written of an entry ends; comments are not part of it. */
export function endOf(yaml: EditableYaml, entry: Entry): number {
  if (isPair(entry)) {
    const value = entry.value as Node | null
    return value === null || isAbsent(value) ? colonEnd(yaml, entry) : endOf(yaml, value)
  }
  if ((isMap(entry) || isSeq(entry)) && !isFlow(entry)) {
    const last = entry.items.at(-1) as Entry | undefined
    if (last) return endOf(yaml, last)
  }
  const end = entry.range?.[1] ?? 0
  // A block scalar ends behind its last line break.
  return yaml.text[end - 1] === '\n' ? end - endingOf(yaml.text).length : end
}

// ---- the file's style ----------------------------------------------------------------------------------------------

/** How a scalar is written below the steps: a comma ends it between brackets. */
export function placeOf(steps: readonly Step[]): 'block' | 'flow' {
  return inFlow(steps) ? 'flow' : 'block'
}

/** Whether one of the steps goes through brackets or braces, where there are no lines to write. */
export function inFlow(steps: readonly Step[]): boolean {
  return steps.some((step) => isFlow(step.holder))
}

/** From and to of each entry of a collection in brackets. */
export function rangesOf(yaml: EditableYaml, collection: YAMLMap | YAMLSeq): readonly (readonly [number, number])[] {
  return (collection.items as readonly Entry[]).map((entry) => [startOf(entry), endOf(yaml, entry)])
}

/** As the file does it the first time; what it never does, as Spack does it. */
export function styleOf({ document, text }: EditableYaml): YamlStyle {
  let step: number | undefined
  let dashes: number | undefined
  const look = (node: Node | null, column: number): void => {
    if (!isMap(node) || node.flow || (step !== undefined && dashes !== undefined)) return
    for (const pair of node.items) {
      const value = pair.value as Node | null
      if (value === null || isFlow(value) || !(isMap(value) || isSeq(value))) continue
      const inner = indentationAt(text, value.range?.[0] ?? 0).length
      if (isMap(value)) step ??= inner - column
      else dashes ??= inner - column
      look(value, inner)
    }
  }
  look(document.contents, 0)
  return { step: Math.max(1, step ?? 2), dashes: Math.max(0, dashes ?? 0) }
}
