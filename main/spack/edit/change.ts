import { mergeKey } from '../config/merge.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'

/** Keys of mappings, without what their ending asks for (`mirrors` finds `mirrors::`), and places in lists. */
export type YamlPath = readonly (string | number)[]

/** One change of a YAML file. */
export type YamlChange =
  /**
   * Gives what is at the path this value; the mappings on the way are made where they are missing. A key that is new comes
   * last in its mapping, or `first`.
   */
  | { readonly kind: 'set'; readonly path: YamlPath; readonly value: Json; readonly first?: boolean }
  /** Takes away the entry at the path. */
  | { readonly kind: 'remove'; readonly path: YamlPath }
  /** Puts a text at the end of the list at the path; makes the list where it is missing. */
  | { readonly kind: 'append'; readonly path: YamlPath; readonly value: string }
  /** Writes the key at the path as `key::`, which replaces lower scopes, or as `key:`. */
  | { readonly kind: 'replaces'; readonly path: YamlPath; readonly replaces: boolean }

/** What the file must say after the change: the measure of whether its text was changed as it was meant. */
export function changedData(data: Json, change: YamlChange): Json {
  const [key, ...path] = change.path
  if (key === undefined) return data
  const rest = { ...change, path }
  if (typeof key === 'number') {
    if (!Array.isArray(data)) return data
    if (path.length === 0 && change.kind === 'remove') return data.filter((_, i) => i !== key)
    return data.map((item: Json, i) => (i === key ? changedValue(item, rest) : item))
  }
  const mapping: JsonObject = isObject(data) ? data : {}
  const written = writtenKey(mapping, key)
  if (written === undefined) {
    if (change.kind === 'remove') return data
    const added = { [key]: changedValue(null, rest) }
    return isFirst(change) ? { ...added, ...mapping } : { ...mapping, ...added }
  }
  return Object.fromEntries(
    Object.entries(mapping).flatMap(([name, value]) => {
      if (name !== written || value === undefined) return [[name, value]]
      if (path.length > 0) return [[name, changedValue(value, rest)]]
      if (change.kind === 'remove') return []
      if (change.kind === 'replaces') return [[change.replaces ? `${key}:` : key, value]]
      return [[name, changedValue(value, rest)]]
    }),
  )
}

/** Whether a key that is new comes before the others; the mappings on the way to it come last where they are new. */
export function isFirst(change: YamlChange): boolean {
  return change.kind === 'set' && change.first === true && change.path.length === 1
}

function changedValue(value: Json, change: YamlChange): Json {
  if (change.path.length > 0) return changedData(value, change)
  if (change.kind === 'set') return change.value
  if (change.kind === 'append') return [...(Array.isArray(value) ? value : []), change.value]
  return value
}

/** The key as the mapping has it: perhaps with a colon, a plus or a minus at its end. */
export function writtenKey(mapping: JsonObject, name: string): string | undefined {
  return Object.keys(mapping).find((key) => mergeKey(key).name === name)
}
