import { dirname } from 'node:path'
import type { Owner } from '../instances.ts'
import { isObject, type Json } from '../json.ts'
import { merge, mergeKey } from './merge.ts'
import { readScopes, type Scope, type Section } from './scopes.ts'
import { expandPath, substitutionsOf } from './substitute.ts'
import type { Place } from './yaml.ts'

/** Where a setting was made. */
export interface Origin {
  readonly scope: string
  readonly file: string
}

/** The merged configuration of a Spack installation, of an environment, or of both. */
export interface Configuration {
  /** The merged value at `path` (section first), `$variables` as written; of the sections `config`, `mirrors`, `modules`, `upstreams`. */
  get(path: readonly string[]): Json | undefined
  /** The highest scope that sets `path` or something in it. */
  origin(path: readonly string[]): Origin | undefined
  /** The same, with the line and the column of the key in that file. */
  place(path: readonly string[]): (Origin & Place) | undefined
  /** The text at `path` as an absolute path, its variables substituted, relative to the file that says so. */
  path(path: readonly string[]): string | undefined
  /** A path that is written somewhere in the configuration, likewise. */
  expand(text: string, relativeTo: string): string
  /** Lowest precedence first. */
  readonly scopes: readonly Scope[]
  /** Includes that could not be followed, in words. */
  readonly warnings: readonly string[]
}

/**
 * Reads the scopes that `formats.md` lists, as Spack's `config.py` does. `environment` is the environment whose own
 * section has the last word; with `sections` the files of others are not opened. Throws `config-invalid` with file, line
 * and column.
 */
export async function readConfiguration(
  owner: Owner,
  environment?: { readonly folder: string },
  sections?: readonly Section[],
): Promise<Configuration> {
  const substitutions = await substitutionsOf(owner, environment?.folder)
  const { scopes, warnings } = await readScopes(owner, substitutions, environment?.folder, sections)
  const merged = new Map<string, Json | undefined>()
  const sectionOf = (section: string) => {
    if (!merged.has(section)) merged.set(section, mergeSection(scopes, section))
    return merged.get(section)
  }
  const get = ([section = '', ...rest]: readonly string[]) => valueAt(sectionOf(section), rest)
  const place = (path: readonly string[]) => placeOf(scopes, path)
  const origin = (path: readonly string[]): Origin | undefined => {
    const found = place(path)
    return found && { scope: found.scope, file: found.file }
  }
  const expand = (text: string, relativeTo: string) => expandPath(text, substitutions, relativeTo)
  return {
    get,
    origin,
    place,
    expand,
    path: (path) => {
      const text = get(path)
      const file = origin(path)?.file
      return typeof text === 'string'
        ? expand(text, file === undefined ? (owner.root ?? '/') : dirname(file))
        : undefined
    },
    scopes,
    warnings,
  }
}

function mergeSection(scopes: readonly Scope[], section: string): Json | undefined {
  let merged: Json | undefined
  for (const scope of scopes) {
    const written = scope.sections.get(section)
    if (written) merged = merge(merged, written.value, written.replaces ? 'replace' : 'merge')
  }
  return merged
}

function valueAt(value: Json | undefined, path: readonly string[]): Json | undefined {
  let at = value
  for (const key of path) at = isObject(at) ? at[key] : undefined
  return at
}

function placeOf(scopes: readonly Scope[], path: readonly string[]): (Origin & Place) | undefined {
  const [section = '', ...rest] = path
  for (const scope of [...scopes].reverse()) {
    const written = scope.sections.get(section)
    if (written === undefined) continue
    const { found, replaced, keys } = look(written.value, rest)
    if (found) return { scope: scope.name, file: written.file, ...written.placeOf(keys) }
    if (replaced || written.replaces) return undefined
  }
  return undefined
}

interface Look {
  readonly found: boolean
  readonly replaced: boolean
  /** The keys as they are written. */
  readonly keys: readonly string[]
}

/** Whether a scope says something at `path`, or cuts off the lower scopes on the way there. */
function look(value: Json, path: readonly string[]): Look {
  const keys: string[] = []
  let at: Json | undefined = value
  let replaced = false
  for (const key of path) {
    const entry: [string, Json | undefined] | undefined = isObject(at)
      ? Object.entries(at).find(([written]) => mergeKey(written).name === key)
      : undefined
    if (entry === undefined) return { found: false, replaced, keys }
    replaced ||= mergeKey(entry[0]).mode === 'replace'
    keys.push(entry[0])
    at = entry[1]
  }
  return { found: at !== undefined, replaced, keys }
}
