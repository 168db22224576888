import { basename, dirname, join } from 'node:path'
import { StrataError } from '../../support/errors.ts'
import { kindOf, readTextIfThere } from '../files.ts'
import type { Owner } from '../instances.ts'
import { asBoolean, asObject, asString, isObject, type Json, type JsonObject } from '../json.ts'
import { mergeKey } from './merge.ts'
import { expandPath, expandVariables, platformOf, type Substitutions } from './substitute.ts'
import { type LocatedYaml, type Place, readLocatedYaml } from './yaml.ts'

/** The sections that Strata reads; a scope folder holds one file for each. */
export const sections = ['config', 'mirrors', 'modules', 'upstreams'] as const
export type Section = (typeof sections)[number] | 'packages' | 'concretizer'

/** One section as one scope writes it. */
export interface ScopeSection {
  readonly value: Json
  /** Written `section::`: lower scopes do not count. */
  readonly replaces: boolean
  readonly file: string
  /** Where in the file what is at a path of keys, as they are written, stands. */
  readonly placeOf: (path: readonly string[]) => Place
}

/** A level of the configuration. */
export interface Scope {
  readonly name: string
  /** Its folder, or its one file. */
  readonly path: string
  readonly sections: ReadonlyMap<string, ScopeSection>
}

interface Reading {
  readonly owner: Owner
  readonly substitutions: Substitutions
  /** Files of other sections are not opened. */
  readonly sections: readonly Section[]
  /** Includes that could not be followed, in words. */
  readonly warnings: string[]
}

/** Deeper nesting of `include:` is a circle (Spack's `MAX_RECURSIVE_INCLUDES`). */
const maxIncludes = 100

/**
 * The scopes of an installation and, above them, of an environment, lowest precedence first.
 *
 * Until Spack 1.0 they are defaults, system, site and user, each with a `<platform>` folder above it; from 1.1 on
 * `etc/spack/include.yaml` names them. Included scopes lie just below the scope that includes them, the first one named
 * highest. Where there is no Spack, there are those of the environment alone. Throws `config-invalid`.
 */
export async function readScopes(
  owner: Owner,
  substitutions: Substitutions,
  environment: string | undefined,
  wanted: readonly Section[] = sections,
): Promise<{ readonly scopes: readonly Scope[]; readonly warnings: readonly string[] }> {
  const reading: Reading = { owner, substitutions, sections: wanted, warnings: [] }
  const folders = await topFolders(reading)
  const scopes: Scope[] = []
  for (const [name, path] of folders) scopes.push(...(await readFolderScope(name, path, reading, 0)))
  if (environment !== undefined) scopes.push(...(await readEnvironmentScope(environment, reading)))
  return { scopes: lastOfEach(scopes), warnings: reading.warnings }
}

async function topFolders({ owner, substitutions }: Reading): Promise<readonly (readonly [string, string])[]> {
  const { env, root, sysroot } = owner
  if (root === undefined) return []
  const etc = join(root, 'etc/spack')
  if ((await kindOf(join(etc, 'include.yaml'), sysroot)) !== undefined) {
    return [
      ['defaults', join(etc, 'defaults')],
      ['spack', etc],
    ]
  }
  const local = env.SPACK_DISABLE_LOCAL_CONFIG === undefined
  const folder = (variable: string, path: string) => expandPath(env[variable] || path, substitutions, root)
  const named: (readonly [string, string])[] = [['defaults', join(etc, 'defaults')]]
  if (local) named.push(['system', folder('SPACK_SYSTEM_CONFIG_PATH', '/etc/spack')])
  named.push(['site', etc])
  if (local) named.push(['user', folder('SPACK_USER_CONFIG_PATH', '~/.spack')])
  const platform = platformOf(sysroot)
  return named.flatMap(([name, path]) => [
    [name, path] as const,
    [`${name}/${platform}`, join(path, platform)] as const,
  ])
}

async function readFolderScope(name: string, path: string, reading: Reading, depth: number): Promise<readonly Scope[]> {
  const found = new Map<string, ScopeSection>()
  for (const section of [...reading.sections, 'include']) {
    const file = join(path, `${section}.yaml`)
    const text = await readTextIfThere(file, reading.owner.sysroot)
    if (text === undefined) continue
    const read = sectionsOf(readLocatedYaml(text, file), [], file).get(section)
    if (read) found.set(section, read)
  }
  return withIncludes({ name, path, sections: found }, path, reading, depth)
}

async function readFileScope(name: string, path: string, reading: Reading, depth: number): Promise<readonly Scope[]> {
  const located = readLocatedYaml((await readTextIfThere(path, reading.owner.sysroot)) ?? '', path)
  const [only] = Object.keys(located.data)
  // An environment's manifest may be included for its configuration.
  const base = only !== undefined && mergeKey(only).name === 'spack' ? [only] : []
  return withIncludes({ name, path, sections: sectionsOf(located, base, path) }, dirname(path), reading, depth)
}

async function readEnvironmentScope(folder: string, reading: Reading): Promise<readonly Scope[]> {
  const file = join(folder, 'spack.yaml')
  if ((await kindOf(file, reading.owner.sysroot)) === undefined) return []
  return readFileScope(`env:${basename(folder)}`, file, reading, 0)
}

/** The sections of a file; those of a manifest stand below its one key, `base`. */
function sectionsOf(
  { data, placeOf }: LocatedYaml,
  base: readonly string[],
  file: string,
): ReadonlyMap<string, ScopeSection> {
  const found = new Map<string, ScopeSection>()
  const [top] = base
  for (const [written, value] of Object.entries((top === undefined ? data : asObject(data[top])) ?? {})) {
    const { name, mode } = mergeKey(written)
    if (value === undefined || value === null) continue
    const placeIn = (path: readonly string[]): Place => placeOf([...base, written, ...path], 'key')
    found.set(name, { value, replaces: mode === 'replace', file, placeOf: placeIn })
  }
  return found
}

async function withIncludes(scope: Scope, folder: string, reading: Reading, depth: number): Promise<readonly Scope[]> {
  const include = scope.sections.get('include')
  if (include === undefined) return [scope]
  if (depth >= maxIncludes) {
    throw new StrataError('config-invalid', `${include.file}: include: goes round in a circle`, {
      details: { file: include.file },
    })
  }
  const below: Scope[] = []
  const entries = Array.isArray(include.value) ? include.value : []
  for (const entry of [...entries].reverse()) below.push(...(await readInclude(entry, scope, folder, reading, depth)))
  return [...below, scope]
}

async function readInclude(
  written: Json,
  parent: Scope,
  folder: string,
  reading: Reading,
  depth: number,
): Promise<readonly Scope[]> {
  const entry: JsonObject = isObject(written) ? written : { path: written }
  const text = includedPath(entry, reading)
  if (text === undefined || !applies(asString(entry.when), reading)) return []
  const expanded = expandVariables(text, reading.substitutions)
  if (/^(https?|ftp|git|ssh|oci):/.test(expanded)) {
    reading.warnings.push(`${parent.path}: the include ${expanded} is remote and is not read`)
    return []
  }
  const path = expandPath(text, reading.substitutions, folder)
  const name = asString(entry.name) ?? `${parent.name}:${path}`
  const kind = await kindOf(path, reading.owner.sysroot)
  if (kind === 'folder') return readFolderScope(name, path, reading, depth + 1)
  if (kind === 'file') return readFileScope(name, path, reading, depth + 1)
  if (asBoolean(entry.optional) !== true) reading.warnings.push(`${parent.path}: the include ${path} is not there`)
  return []
}

/** `path`, unless the environment variable that the entry names moves it; a `git:` entry has none that we can read. */
function includedPath(entry: JsonObject, { owner, warnings }: Reading): string | undefined {
  const variable = asString(entry.path_override_env_var)
  const path = (variable && owner.env[variable]) || asString(entry.path)
  if (path === undefined) warnings.push(`an include from ${asString(entry.git) ?? 'elsewhere'} is not read`)
  return path
}

/** `when` is Python; what Spack itself writes is a look into the environment. Anything else counts, and is reported. */
function applies(when: string | undefined, { owner, warnings }: Reading): boolean {
  if (when === undefined) return true
  const asked = /^["'](\w+)["'] (not )?in env$/.exec(when.trim())
  if (asked?.[1] !== undefined) return (owner.env[asked[1]] !== undefined) !== (asked[2] !== undefined)
  const platform = /^platform == ["'](\w+)["']$/.exec(when.trim())?.[1]
  if (platform !== undefined) return platform === platformOf(owner.sysroot)
  warnings.push(`the condition ${when} of an include is not understood; it is taken as true`)
  return true
}

/** A scope that is named twice counts once, where it has most say. */
function lastOfEach(scopes: readonly Scope[]): readonly Scope[] {
  const last = new Map(scopes.map((scope, i) => [scope.name, i]))
  return scopes.filter((scope, i) => last.get(scope.name) === i)
}
