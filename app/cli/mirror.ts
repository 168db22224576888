import type { MirrorList, MirrorSettings } from '../../main/api/spack-files.ts'
import { StrataError } from '../../main/support/errors.ts'
import { out } from './colours.ts'
import { type EditOptions, runEdit } from './edit.ts'
import { readCredentials } from './secret.ts'
import { withEngine } from './session.ts'
import { type Cell, table } from './table.ts'

/** The options of `strata mirror add` and `set` as commander hands them over. */
export interface MirrorOptions extends EditOptions {
  readonly url?: string
  readonly fetch?: string
  readonly push?: string
  readonly signed?: boolean
  readonly unsigned?: boolean
  readonly autopush?: boolean
  readonly type?: readonly string[]
  readonly username?: string
  readonly usernameVariable?: string
  readonly passwordVariable?: string
  readonly passwordStdin?: boolean
  readonly tokenVariable?: string
  /** False for `--no-login`. */
  readonly login?: boolean
  readonly only?: boolean
  readonly hideSecret?: string
  readonly keepSecret?: boolean
}

/** `strata mirror add` */
export async function addMirror(name: string, url: string | undefined, options: MirrorOptions): Promise<void> {
  if (url === undefined && options.fetch === undefined) {
    throw new StrataError('usage', "the mirror's URL is missing", { hint: 'Give it, or --fetch and --push.' })
  }
  const settings = await settingsOf({ ...options, url })
  await runEdit({ kind: 'add-mirror', name, settings, only: options.only ?? false }, activeEnvironment(options))
}

/** `strata mirror set` */
export async function setMirror(name: string, options: MirrorOptions): Promise<void> {
  const { hideSecret: variable, keepSecret } = options
  const where = activeEnvironment(options)
  if (keepSecret || variable !== undefined) {
    await runEdit({ kind: 'hide-secret', name, to: keepSecret ? 'keychain' : 'variable', variable }, where)
    return
  }
  const settings = await settingsOf(options)
  if (Object.values(settings).every((one) => one === undefined)) {
    throw new StrataError('usage', 'what is to be set is missing', { hint: 'See strata mirror set --help.' })
  }
  await runEdit({ kind: 'set-mirror', name, settings }, where)
}

/** `strata mirror remove` */
export async function removeMirror(name: string, options: EditOptions): Promise<void> {
  await runEdit({ kind: 'remove-mirror', name }, activeEnvironment(options))
}

/** `strata mirror only` */
export async function onlyMirrors(only: boolean, options: EditOptions): Promise<void> {
  await runEdit({ kind: 'only-mirrors', only }, activeEnvironment(options))
}

/** `strata mirror list` */
export async function listMirrors(options: EditOptions): Promise<void> {
  const { env: environment, spack, sysroot, json } = activeEnvironment(options)
  const list = await withEngine((engine) => engine.call('mirrors.read', { environment, spack, sysroot }))
  console.log(json ? JSON.stringify(list) : describeMirrors(list).join('\n'))
}

/** Spack commands work on the active environment, too; a scope that was named is that scope. */
function activeEnvironment<T extends EditOptions>(options: T): T {
  const active = process.env.SPACK_ENV || undefined
  return { ...options, env: options.env ?? active }
}

async function settingsOf(options: MirrorOptions): Promise<MirrorSettings> {
  const { url, fetch, push, signed, unsigned, autopush, type } = options
  return {
    url,
    fetch,
    push,
    signed: unsigned ? false : signed,
    autopush,
    source: type?.includes('source'),
    binary: type?.includes('binary'),
    login: await loginOf(options),
  }
}

async function loginOf(options: MirrorOptions): Promise<MirrorSettings['login']> {
  const { username, usernameVariable, passwordVariable, passwordStdin, tokenVariable } = options
  const named = [username, usernameVariable, passwordVariable, tokenVariable].some((one) => one !== undefined)
  if (options.login === false) {
    if (!named && !passwordStdin) return 'none'
    throw new StrataError('usage', '--no-login takes a login out: it goes with no other one')
  }
  if (passwordStdin) {
    const given = await readCredentials({ username, passwordStdin }, 'mirror add')
    return given && 'password' in given ? { id: given.username, secret: given.password } : undefined
  }
  if (!named) return undefined
  return { id: username, idVariable: usernameVariable, secretVariable: passwordVariable, tokenVariable }
}

function describeMirrors({ mirrors, only, scopes }: MirrorList): string[] {
  if (mirrors.length === 0) {
    const [first] = scopes
    return ['There are no mirrors.', ...(first ? [out.dim(`strata mirror add writes to ${first.file}`)] : [])]
  }
  const rows = mirrors.map((one): readonly Cell[] => [
    [one.name, out.bold],
    one.fetchUrl === one.pushUrl ? (one.pushUrl ?? '') : `fetch ${one.fetchUrl ?? '-'} push ${one.pushUrl ?? '-'}`,
    one.secretInFile ? [one.login ?? '', out.yellow] : (one.login ?? ''),
    flagsOf(one),
    [one.place ? `${one.place.scope} ${one.place.file}:${one.place.line}` : '', out.dim],
  ])
  const note = only ? [out.dim(`mirrors:: in ${only.file}:${only.line}: those of lower scopes do not count`)] : []
  return [...table(rows), ...note]
}

function flagsOf({ signed, autopush, source, binary }: MirrorList['mirrors'][number]): string {
  const flags = [
    signed === false ? 'unsigned' : '',
    autopush ? 'autopush' : '',
    source && binary ? '' : source ? 'source only' : 'binary only',
  ]
  return flags.filter((one) => one !== '').join(', ')
}
