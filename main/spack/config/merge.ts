import { isObject, type Json, type JsonObject } from '../json.ts'

/** A key as written, apart from what its ending asks for. */
export interface MergeKey {
  readonly name: string
  readonly mode: 'merge' | 'replace' | 'prepend' | 'append'
}

/** `key::` replaces lower scopes, `key+:` joins texts in front, `key-:` joins texts and lists behind. */
export function mergeKey(written: string): MergeKey {
  if (written.endsWith(':')) return { name: written.slice(0, -1), mode: 'replace' }
  if (written.endsWith('+')) return { name: written.slice(0, -1), mode: 'prepend' }
  if (written.endsWith('-')) return { name: written.slice(0, -1), mode: 'append' }
  return { name: written, mode: 'merge' }
}

/**
 * Spack's `merge_yaml`: `high` wins over `low`. Mappings merge, `high`'s keys first; `high`'s list goes before what `low`
 * has besides; anything else replaces. The result's keys are plain.
 */
export function merge(low: Json | undefined, high: Json, mode: MergeKey['mode'] = 'merge'): Json {
  if (low === undefined || mode === 'replace' || high === null) return plain(high)
  if (isObject(low) && isObject(high)) return mergeObjects(low, high)
  if (Array.isArray(low) && Array.isArray(high)) {
    const written = new Set(high.map((item) => JSON.stringify(item)))
    const rest = low.filter((item) => !written.has(JSON.stringify(item)))
    return mode === 'append' ? [...rest, ...high] : [...high, ...rest]
  }
  if (typeof low === 'string' && typeof high === 'string') {
    if (mode === 'prepend') return high + low
    if (mode === 'append') return low + high
  }
  return plain(high)
}

function mergeObjects(low: JsonObject, high: JsonObject): JsonObject {
  const merged = new Map<string, Json | undefined>()
  for (const [written, value] of Object.entries(high)) {
    if (value === undefined) continue
    const { name, mode } = mergeKey(written)
    merged.set(name, merge(low[name], value, mode))
  }
  for (const [name, value] of Object.entries(low)) if (!merged.has(name)) merged.set(name, value)
  return Object.fromEntries(merged)
}

/** The value with plain keys all the way down. */
function plain(value: Json): Json {
  if (!isObject(value)) return value
  return mergeObjects({}, value)
}
