import type { ConfiguredMirror, MirrorList, MirrorSettings } from '../../../main/api/spack-files.ts'

/** How the user of a mirror is named, as it stands in the form. */
export type LoginDraft =
  /** None, or the one that is there. */
  | { readonly kind: 'keep' }
  /** The one that is there is taken out. */
  | { readonly kind: 'none' }
  | { readonly kind: 'variables'; readonly idIs: 'name' | 'variable'; readonly id: string; readonly variable: string }
  /** Before Spack 0.23: the password itself. */
  | { readonly kind: 'file'; readonly id: string; readonly secret: string }
  | { readonly kind: 'token'; readonly variable: string }

/** A mirror as it stands in the form. */
export interface MirrorDraft {
  readonly name: string
  /** Read from and pushed to at two places. */
  readonly apart: boolean
  readonly url: string
  readonly fetch: string
  readonly push: string
  readonly binary: boolean
  readonly source: boolean
  readonly autopush: boolean
  /** `signed: false`; undefined until it is chosen: what is right then depends on the URL. */
  readonly unsigned: boolean | undefined
  readonly login: LoginDraft
}

export const freshMirror: MirrorDraft = {
  name: '',
  apart: false,
  url: '',
  fetch: '',
  push: '',
  binary: true,
  source: true,
  autopush: false,
  unsigned: undefined,
  login: { kind: 'keep' },
}

/** The form of a mirror that is there. */
export function draftOf({ name, fetchUrl, pushUrl, binary, source, autopush, signed }: ConfiguredMirror): MirrorDraft {
  const [fetch, push] = [fetchUrl ?? '', pushUrl ?? '']
  const apart = fetch !== push
  return {
    ...freshMirror,
    name,
    apart,
    url: apart ? '' : fetch,
    fetch: apart ? fetch : '',
    push: apart ? push : '',
    binary,
    source,
    autopush,
    unsigned: signed === undefined ? undefined : !signed,
  }
}

export function isRegistry(url: string): boolean {
  return /^oci(\+http)?:\/\//.test(url.trim())
}

/** Whether the mirror, or one side of it, is in a registry. */
export function isOciDraft({ apart, url, fetch, push }: MirrorDraft): boolean {
  return apart ? isRegistry(fetch) || isRegistry(push) : isRegistry(url)
}

/** What was chosen; for a new mirror in a registry `signed: false`, since nothing there is signed. */
export function isUnsigned(draft: MirrorDraft, isNew: boolean): boolean {
  return draft.unsigned ?? (isNew && isOciDraft(draft))
}

/** What keeps a field from being sent; what else is wrong the engine says of the whole. */
export interface DraftProblems {
  readonly name?: string
  readonly url?: string
  readonly fetch?: string
  readonly push?: string
  readonly types?: string
}

/** Problems of what was typed. What is still empty is none: it is only not complete. */
export function problemsOf(
  draft: MirrorDraft,
  { mirrors }: Pick<MirrorList, 'mirrors'>,
  scope: string | undefined,
): DraftProblems {
  const name = draft.name.trim()
  const same = scope === undefined ? undefined : mirrors.find((one) => one.name === name && one.place?.scope === scope)
  return {
    name: same ? `${name} is there already: change that one` : undefined,
    url: draft.apart ? undefined : urlProblem(draft.url),
    fetch: draft.apart ? urlProblem(draft.fetch) : undefined,
    push: draft.apart ? urlProblem(draft.push) : undefined,
    types: draft.binary || draft.source ? undefined : 'Choose one, or Spack has no use for it',
  }
}

function urlProblem(written: string): string | undefined {
  const url = written.trim()
  if (/\s/.test(url)) return 'There is a blank in it'
  if (/^[a-z0-9+.-]+:\/\/[^/@\s]*:[^/@\s]+@/i.test(url)) {
    return 'There is a password in it, which everyone can see: name the login below'
  }
  if (/^https?:\/\/(ghcr\.io|docker\.io|quay\.io|registry\.[\w.-]+)(\/|$)/i.test(url)) {
    return `For a registry write ${url.replace(/^https?/i, 'oci')}`
  }
  return undefined
}

/** Whether the form says enough to be planned. */
export function isComplete(draft: MirrorDraft, problems: DraftProblems): boolean {
  if (Object.values(problems).some((one) => one !== undefined)) return false
  const urls = draft.apart ? [draft.fetch, draft.push] : [draft.url]
  return draft.name.trim() !== '' && urls.every((url) => url.trim() !== '') && isLoginComplete(draft.login)
}

function isLoginComplete(login: LoginDraft): boolean {
  switch (login.kind) {
    case 'keep':
    case 'none':
      return true
    case 'variables':
      return login.id.trim() !== '' && login.variable.trim() !== ''
    case 'file':
      return login.id.trim() !== '' && login.secret !== ''
    case 'token':
      return login.variable.trim() !== ''
  }
}

/** What a new mirror is written with: nothing that Spack takes for granted. */
export function newSettings(draft: MirrorDraft): MirrorSettings {
  const { apart, binary, source, autopush } = draft
  const all = binary && source
  return {
    ...(apart ? { fetch: draft.fetch.trim(), push: draft.push.trim() } : { url: draft.url.trim() }),
    ...(all ? {} : { binary, source }),
    ...(isUnsigned(draft, true) ? { signed: false } : {}),
    ...(autopush ? { autopush } : {}),
    ...loginSettings(draft.login),
  }
}

/** What of a mirror changes; undefined when nothing does. */
export function changedSettings(draft: MirrorDraft, mirror: ConfiguredMirror): MirrorSettings | undefined {
  const old = draftOf(mirror)
  const changed = (key: 'url' | 'fetch' | 'push'): MirrorSettings =>
    draft[key].trim() === old[key] ? {} : { [key]: draft[key].trim() }
  const settings: MirrorSettings = {
    ...(draft.apart ? { ...changed('fetch'), ...changed('push') } : changed('url')),
    ...(draft.binary === old.binary && draft.source === old.source
      ? {}
      : { binary: draft.binary, source: draft.source }),
    ...(draft.unsigned === old.unsigned ? {} : { signed: draft.unsigned !== true }),
    ...(draft.autopush === old.autopush ? {} : { autopush: draft.autopush }),
    ...loginSettings(draft.login),
  }
  return Object.keys(settings).length === 0 ? undefined : settings
}

function loginSettings(login: LoginDraft): Pick<MirrorSettings, 'login'> {
  switch (login.kind) {
    case 'keep':
      return {}
    case 'none':
      return { login: 'none' }
    case 'variables': {
      const id = login.id.trim()
      const user = login.idIs === 'name' ? { id } : { idVariable: id }
      return { login: { ...user, secretVariable: login.variable.trim() } }
    }
    case 'file':
      return { login: { id: login.id.trim(), secret: login.secret } }
    case 'token':
      return { login: { tokenVariable: login.variable.trim() } }
  }
}

/** A name for the variable that will hold a mirror's password: `LAB_CACHE_PASSWORD` for `lab-cache`. */
export function proposeVariable(mirror: string, what: 'PASSWORD' | 'TOKEN' | 'USER' = 'PASSWORD'): string {
  const stem = mirror
    .toUpperCase()
    .replace(/\W+/g, '_')
    .replace(/^(?=\d)/, '_')
  return `${stem === '' ? 'MIRROR' : stem}_${what}`
}
