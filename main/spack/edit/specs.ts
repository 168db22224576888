import { isMap, isScalar, isSeq, type Node } from 'yaml'
import { listNames } from '../../support/findings.ts'
import { nearest } from '../../support/nearest.ts'
import type { Place } from '../config/yaml.ts'
import { asObject, asString, asStrings, type Json } from '../json.ts'
import { specName } from '../spec/format.ts'
import { specFault } from '../spec/syntax.ts'
import type { YamlChange, YamlPath } from './change.ts'
import { type EditableYaml, refuseEdit, valueAt } from './yaml-text.ts'

/** One entry of `specs:` as it is written. */
export interface SpecEntry {
  /** A spec alone can be changed; what unfolds to several specs is shown, and left to its author. */
  readonly kind: 'spec' | 'matrix' | 'definition' | 'group'
  readonly text: string
  /** Its place in the list. */
  readonly index: number
  readonly place: Place
  /** Of a matrix, a group: the specs that are written in it. */
  readonly inside: readonly string[]
}

/** The roots as the manifest lists them. `base` is the path of its `spack:` section. */
export function specEntries(yaml: EditableYaml, base: YamlPath): readonly SpecEntry[] {
  const list = valueAt(yaml, [...base, 'specs'])?.value
  if (!Array.isArray(list)) return []
  const node = yaml.document.getIn([...base, 'specs'], true)
  return list.flatMap((item: Json, index): readonly SpecEntry[] => {
    const at = isSeq(node) ? (node.items[index] as Node | undefined) : undefined
    const place = yaml.placeAt(at?.range?.[0] ?? 0)
    if (typeof item === 'string') {
      return [{ kind: item.startsWith('$') ? 'definition' : 'spec', text: item, index, place, inside: [] }]
    }
    const entry = asObject(item)
    if (entry === undefined) return []
    const group = asString(entry.group)
    const written = source(yaml, at)
    if (group !== undefined) return [{ kind: 'group', text: group, index, place, inside: asStrings(entry.specs) }]
    const rows = Array.isArray(entry.matrix) ? entry.matrix : []
    return [{ kind: 'matrix', text: written, index, place, inside: rows.flatMap((row: Json) => asStrings(row)) }]
  })
}

/** The changes that add a root. Throws `edit-refused` for what is there already. */
export function addSpec(yaml: EditableYaml, base: YamlPath, spec: string): readonly YamlChange[] {
  const text = checkedSpec(yaml, spec)
  const there = specEntries(yaml, base).find((entry) => entry.kind === 'spec' && same(entry.text, text))
  if (there) throw refuseEdit(yaml, there.place, `${text} is a root already`, 'Nothing has to be done.')
  return [{ kind: 'append', path: [...base, 'specs'], value: text }]
}

/**
 * The changes that take a root away: the one that is written so, or the only one of that name. Throws `edit-refused` for
 * one that several or none are, and for one that a definition, a matrix or a group brings.
 */
export function removeSpec(yaml: EditableYaml, base: YamlPath, spec: string): readonly YamlChange[] {
  const { index } = findSpec(yaml, base, spec)
  return [{ kind: 'remove', path: [...base, 'specs', index] }]
}

/** The changes that write a root anew, in its place. Throws likewise. */
export function changeSpec(yaml: EditableYaml, base: YamlPath, from: string, to: string): readonly YamlChange[] {
  const { index, text } = findSpec(yaml, base, from)
  const value = checkedSpec(yaml, to)
  const there = specEntries(yaml, base).find((entry) => entry.index !== index && same(entry.text, value))
  if (there) throw refuseEdit(yaml, there.place, `${value} is a root already`, `Remove ${text} instead.`)
  return [{ kind: 'set', path: [...base, 'specs', index], value }]
}

function findSpec(yaml: EditableYaml, base: YamlPath, spec: string): SpecEntry {
  const entries = specEntries(yaml, base)
  const plain = entries.filter((entry) => entry.kind === 'spec')
  const exact = plain.find((entry) => same(entry.text, spec))
  if (exact) return exact
  const named = plain.filter((entry) => specName(entry.text) === spec.trim())
  const [only] = named
  if (only && named.length === 1) return only
  if (only) {
    const texts = listNames(named.map((entry) => entry.text))
    throw refuseEdit(yaml, only.place, `${spec} could be ${texts}`, 'Write the spec as it stands in the file.')
  }
  throw notARoot(yaml, base, spec, entries)
}

function notARoot(yaml: EditableYaml, base: YamlPath, spec: string, entries: readonly SpecEntry[]): Error {
  const brings = (texts: readonly string[]): boolean =>
    texts.some((text) => same(text, spec) || specName(text) === spec)
  const entry = entries.find((one) => brings(one.inside))
  if (entry) {
    const what = entry.kind === 'group' ? `the group ${entry.text}` : 'a matrix'
    return refuseEdit(yaml, entry.place, `${spec} comes from ${what}, which is left as it is written`)
  }
  const definition = definitionWith(yaml, base, brings)
  if (definition) {
    return refuseEdit(yaml, definition.place, `${spec} comes from the definition ${definition.name}`)
  }
  const meant = nearest(
    spec,
    entries.map((one) => one.text),
  )
  const known = entries.map((one) => one.text)
  const place = valueAt(yaml, [...base, 'specs'])?.place
  const hint = meant ? `Did you mean ${meant}?` : known.length > 0 ? `The roots are ${listNames(known)}.` : undefined
  return refuseEdit(yaml, place, `${spec} is not a root`, hint ?? 'The environment has no roots.')
}

function definitionWith(
  yaml: EditableYaml,
  base: YamlPath,
  brings: (texts: readonly string[]) => boolean,
): { readonly name: string; readonly place: Place } | undefined {
  const definitions = valueAt(yaml, [...base, 'definitions'])?.value
  for (const [index, definition] of (Array.isArray(definitions) ? definitions : []).entries()) {
    for (const [name, specs] of Object.entries(asObject(definition) ?? {})) {
      if (!brings(asStrings(specs))) continue
      const place = valueAt(yaml, [...base, 'definitions', index, name])?.place
      if (place) return { name, place }
    }
  }
  return undefined
}

/** As Spack's own command would take it: one line, a spec or a reference to a definition. */
function checkedSpec(yaml: EditableYaml, spec: string): string {
  const text = spec.trim().replace(/\s+/g, ' ')
  const fault = text.startsWith('-') ? notASpec(text, text) : faultOf(text)
  if (fault) throw refuseEdit(yaml, undefined, fault.message, fault.hint)
  return text
}

interface SpecFault {
  readonly message: string
  readonly hint: string
}

/** Why Spack would not take an entry for a spec. One that it cannot read makes it refuse every command of the environment. */
export function faultOf(text: string): SpecFault | undefined {
  const fault = text.startsWith('$') ? undefined : specFault(text)
  switch (fault?.kind) {
    case undefined:
      return undefined
    case 'unreadable':
      return notASpec(text, fault.text)
    case 'second':
      return {
        message: `"${text}" is not one spec: ${fault.text} begins another`,
        hint: 'Make each an entry of its own.',
      }
    case 'anonymous':
      return {
        message: `"${text}" is not a spec of a package: it names none`,
        hint: 'Write it together with its package, in quotes where a shell reads it: "hdf5 +mpi".',
      }
  }
}

function notASpec(text: string, unreadable: string): SpecFault {
  return {
    message: `"${text}" is not a spec: Spack cannot read ${unreadable}`,
    hint: 'Write a name and what is wanted of it, as in hdf5@1.14 +mpi.',
  }
}

function same(a: string, b: string): boolean {
  return normal(a) === normal(b)
}

function normal(spec: string): string {
  return spec
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/ (?=[+~@])/g, '')
}

function source(yaml: EditableYaml, node: Node | undefined): string {
  const [start, end] = node?.range ?? [0, 0]
  const text = yaml.text.slice(start, end).trim()
  return isMap(node) || isScalar(node) ? text.replace(/\s+/g, ' ') : text
}
