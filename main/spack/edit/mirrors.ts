import { protect } from '../../support/redact.ts'
import { asObject, asString, isObject, type Json, type JsonObject } from '../json.ts'
import { compareVersions } from '../spec/version.ts'
import type { YamlChange, YamlPath } from './change.ts'
import { type EditableYaml, refuseEdit, valueAt } from './yaml-text.ts'

/** How a mirror's user is named. Names of environment variables, but for `id` and `secret`. */
export interface MirrorLogin {
  readonly id?: string
  readonly idVariable?: string
  readonly secretVariable?: string
  /** The password itself: the one form that Spack before 0.23 reads. */
  readonly secret?: string
  readonly tokenVariable?: string
}

/** What is set of a mirror; what is absent stays as it is, or is not written. */
export interface MirrorSettings {
  /** Where it is read from and written to; `fetch` and `push` that were there go. */
  readonly url?: string
  /** Where it is read from and written to, where these are apart. */
  readonly fetch?: string
  readonly push?: string
  readonly signed?: boolean
  readonly autopush?: boolean
  readonly source?: boolean
  readonly binary?: boolean
  /** `none` takes the login out. */
  readonly login?: MirrorLogin | 'none'
}

/** Which Spack reads the file; undefined: a recent one. */
export type SpackVersion = string | undefined

/** The first Spack that reads a mirror's password from an environment variable. */
const firstWithVariables = '0.23'

export function readsVariables(version: SpackVersion): boolean {
  return version === undefined || compareVersions(version, firstWithVariables) >= 0
}

/** The changes that add a mirror, before the others, as Spack's own command does: they are asked in this order. `only`: with `mirrors::`, so that those of lower scopes do not count. Throws `edit-refused`. */
export function addMirror(
  yaml: EditableYaml,
  base: YamlPath,
  mirror: { readonly name: string; readonly settings: MirrorSettings; readonly only?: boolean },
  version: SpackVersion,
): readonly YamlChange[] {
  const { name, settings, only } = mirror
  const path = [...base, 'mirrors', name]
  const there = valueAt(yaml, path)
  if (there) throw refuseEdit(yaml, there.place, `there is a mirror ${name} already`, 'Change it: strata mirror set.')
  checkName(yaml, name)
  const value = mirrorValue(yaml, settings, version)
  const replaces: YamlChange = { kind: 'replaces', path: [...base, 'mirrors'], replaces: true }
  return [{ kind: 'set', path, value, first: true }, ...(only ? [replaces] : [])]
}

/** The changes that set some of a mirror's properties. Throws `edit-refused` when it is not in this file. */
export function setMirror(
  yaml: EditableYaml,
  base: YamlPath,
  mirror: { readonly name: string; readonly settings: MirrorSettings },
  version: SpackVersion,
): readonly YamlChange[] {
  const path = [...base, 'mirrors', mirror.name]
  const found = mustBeThere(yaml, path, mirror.name)
  const added = asObject(mirrorValue(yaml, mirror.settings, version, 'properties')) ?? {}
  const keys = Object.keys(added)
  if (!isObject(found.value)) {
    if (keys.length === 0) return []
    const url = added.url ?? found.value
    if (keys.length === 1 && added.url !== undefined) return [{ kind: 'set', path, value: url }]
    return [{ kind: 'set', path, value: { url, ...added } }]
  }
  const mapping: JsonObject = found.value
  const obsolete = obsoletePaths(mapping, added, mirror.settings.login === 'none')
  const changes = keys.map((key): YamlChange => {
    const direction = (key === 'fetch' || key === 'push') && isObject(mapping[key])
    return { kind: 'set', path: direction ? [...path, key, 'url'] : [...path, key], value: added[key] ?? null }
  })
  return [...changes, ...obsolete.map((rest): YamlChange => ({ kind: 'remove', path: [...path, ...rest] }))]
}

/** Whether a mirror says something of its own for reading or for pushing. */
export function isParted(yaml: EditableYaml, base: YamlPath, name: string): boolean {
  return sidesOf(asObject(valueAt(yaml, [...base, 'mirrors', name])?.value) ?? {}).length > 0
}

export function removeMirror(yaml: EditableYaml, base: YamlPath, name: string): readonly YamlChange[] {
  const path = [...base, 'mirrors', name]
  mustBeThere(yaml, path, name)
  return [{ kind: 'remove', path }]
}

/** A secret that stands in a file, and where. Protected against being shown. */
export interface WrittenSecret {
  readonly path: YamlPath
  readonly kind: 'pair' | 'token'
  readonly id?: string
  readonly secret: string
}

/** The passwords and tokens of a mirror that stand in the file itself. */
export function writtenSecrets(yaml: EditableYaml, base: YamlPath, name: string): readonly WrittenSecret[] {
  const path = [...base, 'mirrors', name]
  const mirror = asObject(valueAt(yaml, path)?.value) ?? {}
  return ([[], ['fetch'], ['push']] as const).flatMap((side): readonly WrittenSecret[] => {
    const settings = side.length === 0 ? mirror : asObject(mirror[side[0]])
    const found: WrittenSecret[] = []
    const pair = settings?.access_pair
    if (Array.isArray(pair) && pair[1] !== null && pair[1] !== undefined) {
      const [id, secret] = pair.map(String)
      if (secret) found.push({ path: [...path, ...side, 'access_pair'], kind: 'pair', id, secret })
    }
    const token = asString(settings?.access_token)
    if (token !== undefined) found.push({ path: [...path, ...side, 'access_token'], kind: 'token', secret: token })
    for (const { secret } of found) protect(secret)
    return found
  })
}

/**
 * The changes that replace a mirror's secrets by the name of an environment variable, or (`variable` absent) take its
 * login out. Throws `edit-refused` where no secret stands in the file, and for a Spack that reads no variables.
 */
export function hideSecrets(
  yaml: EditableYaml,
  base: YamlPath,
  hidden: { readonly name: string; readonly variable?: string },
  version: SpackVersion,
): readonly YamlChange[] {
  const { name, variable } = hidden
  const { place } = mustBeThere(yaml, [...base, 'mirrors', name], name)
  const secrets = writtenSecrets(yaml, base, name)
  if (secrets.length === 0) {
    throw refuseEdit(yaml, place, `no password or token of ${name} stands in this file`, 'Nothing has to be done.')
  }
  if (variable !== undefined) checkVariables(yaml, version, [variable])
  return secrets.flatMap(({ path, kind, id }): readonly YamlChange[] => {
    if (variable === undefined) return [{ kind: 'remove', path }]
    if (kind === 'pair') return [{ kind: 'set', path, value: { id: id ?? '', secret_variable: variable } }]
    const beside = [...path.slice(0, -1), 'access_token_variable']
    return [
      { kind: 'set', path: beside, value: variable },
      { kind: 'remove', path },
    ]
  })
}

// ---- what is written ------------------------------------------------------------------------------------------------

/** A mirror as Spack's own command writes it: a URL alone where nothing else is said of it. */
function mirrorValue(
  yaml: EditableYaml,
  settings: MirrorSettings,
  version: SpackVersion,
  form: 'shortest' | 'properties' = 'shortest',
): Json {
  const { url, fetch, push, signed, autopush, source, binary, login } = settings
  for (const one of [url, fetch, push]) if (one !== undefined) checkUrl(yaml, one)
  const whole = {
    url,
    fetch,
    push,
    source,
    binary,
    signed,
    autopush,
    ...(login === undefined || login === 'none' ? {} : loginValue(yaml, login, version)),
  }
  const value: JsonObject = Object.fromEntries(Object.entries(whole).filter(([, one]) => one !== undefined))
  return form === 'shortest' && url !== undefined && Object.keys(value).length === 1 ? url : value
}

function loginValue(yaml: EditableYaml, login: MirrorLogin, version: SpackVersion): JsonObject {
  const { id, idVariable, secret, secretVariable, tokenVariable } = login
  const variables = [idVariable, secretVariable, tokenVariable].filter((one) => one !== undefined)
  checkVariables(yaml, version, variables)
  if (tokenVariable !== undefined) return { access_token_variable: tokenVariable }
  if (secret !== undefined) {
    protect(secret)
    if (readsVariables(version)) {
      throw refuseEdit(
        yaml,
        undefined,
        `Spack ${version ?? ''} reads passwords from environment variables`.replace('  ', ' '),
        'Name the variable that will hold it: --password-variable NAME.',
      )
    }
    return { access_pair: [id ?? '', secret] }
  }
  if (secretVariable === undefined || (id === undefined) === (idVariable === undefined)) {
    throw refuseEdit(
      yaml,
      undefined,
      'a login needs a user name, or the variable that holds it, and the variable that holds the password',
      'Give --username NAME or --username-variable NAME, and --password-variable NAME.',
    )
  }
  const user = id === undefined ? { id_variable: idVariable } : { id }
  return { access_pair: { ...user, secret_variable: secretVariable } }
}

function checkVariables(yaml: EditableYaml, version: SpackVersion, variables: readonly string[]): void {
  if (variables.length === 0) return
  const odd = variables.find((one) => !/^[A-Za-z_]\w*$/.test(one))
  if (odd !== undefined) {
    throw refuseEdit(yaml, undefined, `${odd} is not the name of an environment variable`)
  }
  if (readsVariables(version)) return
  throw refuseEdit(
    yaml,
    undefined,
    `Spack ${version} reads a mirror's password from its file alone (access_pair: [user, password]), not from variables`,
    'Keep the login in Strata (strata login) and out of the file, or use Spack 0.23 or newer.',
  )
}

const loginKeys: readonly string[] = ['access_pair', 'access_token', 'access_token_variable']

/**
 * What no longer counts, below a mirror. A pair and a token exclude each other, as do the two spellings of a token. One
 * URL for both directions needs those of a direction gone, which overrule it (Spack's `Mirror.get_url`).
 */
function obsoletePaths(mapping: JsonObject, added: JsonObject, noLogin: boolean): readonly YamlPath[] {
  const login = noLogin || loginKeys.some((key) => key in added)
  const own = login ? loginKeys.filter((key) => key in mapping && !(key in added)) : []
  const ofSides = sidesOf(mapping).flatMap((side): readonly YamlPath[] => {
    const written = mapping[side]
    const keys = isObject(written) ? Object.keys(written) : ['url']
    const url = 'url' in added && !(side in added)
    const gone = keys.filter((key) => (key === 'url' ? url : noLogin && loginKeys.includes(key)))
    return gone.length === keys.length && !(side in added) ? [[side]] : gone.map((key) => [side, key])
  })
  return [...own.map((key) => [key]), ...ofSides]
}

function sidesOf(mapping: JsonObject): readonly ('fetch' | 'push')[] {
  return (['fetch', 'push'] as const).filter((side) => side in mapping)
}

function mustBeThere(yaml: EditableYaml, path: YamlPath, name: string) {
  const found = valueAt(yaml, path)
  if (found) return found
  const known = Object.keys(asObject(valueAt(yaml, path.slice(0, -1))?.value) ?? {}).join(', ')
  const hint = known === '' ? 'There are no mirrors in this file.' : `The mirrors of this file are ${known}.`
  throw refuseEdit(yaml, undefined, `there is no mirror ${name}`, hint)
}

function checkName(yaml: EditableYaml, name: string): void {
  if (/^\w[\w.-]*$/.test(name)) return
  throw refuseEdit(yaml, undefined, `"${name}" is not a name for a mirror`, 'Letters, digits, - and _.')
}

function checkUrl(yaml: EditableYaml, url: string): void {
  // A folder may have blanks in its name; around it they are a slip.
  const odd = /^[a-z][\w+.-]*:\/\//i.test(url) ? /\s/ : /^\s|\s$|^$|[^\P{Cc}]/u
  if (odd.test(url)) {
    throw refuseEdit(
      yaml,
      undefined,
      `"${url}" is not a URL or a path`,
      'Write it without blanks, those of a folder aside.',
    )
  }
  const password = /^[a-z0-9+.-]+:\/\/[^/@\s]*:([^/@\s]+)@/i.exec(url)?.[1]
  if (password === undefined) return
  protect(password)
  throw refuseEdit(yaml, undefined, 'there is a password in the URL', 'Leave it out and name the user with --username.')
}
