import type { EnvironmentModification } from '../spack/ask.ts'
import { assertNever } from '../support/assert.ts'
import type { ImageConfig } from './document.ts'

/** Environment variables in the order in which they were first set. */
export type Variables = ReadonlyMap<string, string>

/** What a shell finds programs in when nothing says otherwise; Spack starts every image with it. */
const START: readonly [string, string] = ['PATH', '/bin:/usr/bin']

/** The variables an image begins with: the default PATH, then what the base image's config says. */
export function startingVariables(base: ImageConfig | undefined): Variables {
  return new Map([START, ...variablesOf(base?.config?.Env ?? [])])
}

/** A config's `Env` by name; what is no `NAME=value` is passed over, of a name that is there twice the last counts. */
export function variablesOf(env: readonly string[]): Variables {
  const variables = new Map<string, string>()
  for (const entry of env) {
    const equals = entry.indexOf('=')
    if (equals > 0) variables.set(entry.slice(0, equals), entry.slice(equals + 1))
  }
  return variables
}

/**
 * Spack's prefix inspection without Spack: what the table says of the folders that exist, dependencies first, so that
 * a root's own `bin` ends up in front (`environment_modifications_for_specs` in Spack's `user_environment.py`).
 *
 * `exists` tells whether a folder below a prefix is there.
 */
export function inspectPrefixes(
  prefixes: readonly string[],
  table: readonly (readonly [subfolder: string, variables: readonly string[]])[],
  exists: (folder: string) => boolean,
): EnvironmentModification[] {
  return prefixes.flatMap((prefix) =>
    table.flatMap(([subfolder, variables]) => {
      const folder = subfolder === '' ? prefix : `${prefix}/${subfolder}`
      if (!exists(folder)) return []
      return variables.map((name) => ({ op: 'prepend', name, value: folder, separator: ':' }) as const)
    }),
  )
}

/** A path-like variable while it is changed: its entries, each once, the last one in front when it is written out. */
interface PathList {
  readonly separator: string
  readonly entries: Set<string>
}

/**
 * Applies modifications in order. An entry of a path-like variable stands once, where it takes effect: Spack repeats
 * entries, and only the first of equal ones is ever looked at.
 */
export function applyModifications(
  start: Variables,
  modifications: readonly EnvironmentModification[],
): Map<string, string> {
  const variables = new Map(start)
  // Split once and joined at the end: an image of hundreds of packages prepends to the same few variables every time.
  const lists = new Map<string, PathList>()
  const listOf = ({ name, separator }: EnvironmentModification): Set<string> => {
    const known = lists.get(name)
    if (known?.separator === separator) return known.entries
    const value = known ? joined(known) : (variables.get(name) ?? '')
    const entries = new Set([...new Set(value.split(separator))].filter((entry) => entry !== '').reverse())
    lists.set(name, { separator, entries })
    if (!variables.has(name)) variables.set(name, '')
    return entries
  }
  for (const one of modifications) {
    switch (one.op) {
      case 'set':
        lists.delete(one.name)
        variables.set(one.name, one.value)
        break
      case 'unset':
        lists.delete(one.name)
        variables.delete(one.name)
        break
      case 'prepend': {
        const entries = listOf(one)
        entries.delete(one.value)
        entries.add(one.value)
        break
      }
      case 'append': {
        const entries = listOf(one)
        if (!entries.has(one.value)) {
          lists.set(one.name, { separator: one.separator, entries: new Set([one.value, ...entries]) })
        }
        break
      }
      case 'remove':
        listOf(one).delete(one.value)
        break
      default:
        assertNever(one.op)
    }
  }
  for (const [name, list] of lists) variables.set(name, joined(list))
  return variables
}

function joined({ separator, entries }: PathList): string {
  return [...entries].reverse().join(separator)
}
