import type { EnvironmentModification } from '../spack/ask.ts'
import { assertNever } from '../support/assert.ts'
import type { ImageConfig } from './document.ts'

/** Environment variables in the order in which they were first set. */
export type Variables = ReadonlyMap<string, string>

/** What a shell finds programs in when nothing says otherwise; Spack starts every image with it. */
const START: readonly [string, string] = ['PATH', '/bin:/usr/bin']

/** The variables an image begins with: the default PATH, then what the base image's config says. */
export function startingVariables(base: ImageConfig | undefined): Variables {
  const variables = new Map<string, string>([START])
  for (const entry of base?.config?.Env ?? []) {
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

/**
 * Applies modifications in order. An entry of a path-like variable stands once, where it takes effect: Spack repeats
 * entries, and only the first of equal ones is ever looked at.
 */
export function applyModifications(
  start: Variables,
  modifications: readonly EnvironmentModification[],
): Map<string, string> {
  const variables = new Map(start)
  for (const one of modifications) {
    const entries = (variables.get(one.name) ?? '').split(one.separator).filter((entry) => entry !== '')
    const others = entries.filter((entry) => entry !== one.value)
    switch (one.op) {
      case 'set':
        variables.set(one.name, one.value)
        break
      case 'unset':
        variables.delete(one.name)
        break
      case 'prepend':
        variables.set(one.name, [one.value, ...others].join(one.separator))
        break
      case 'append':
        variables.set(one.name, (entries.includes(one.value) ? entries : [...entries, one.value]).join(one.separator))
        break
      case 'remove':
        variables.set(one.name, others.join(one.separator))
        break
      default:
        assertNever(one.op)
    }
  }
  return variables
}
