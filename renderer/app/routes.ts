import type { ActKind } from '../../main/api/acts.ts'
import { lastPart } from '../../main/api/format.ts'
import type { EnvironmentRef } from '../../main/api/models.ts'
import type { SpackAction } from '../../main/api/spack-runs.ts'

/** Three ways to look at an environment's packages, then what is done with Spack's own side of it. */
export const views = ['table', 'graph', 'treemap', 'specs', 'mirrors', 'padding', 'cache', 'ci', 'spack'] as const
export type View = (typeof views)[number]

export const settingsTabs = ['general', 'registries'] as const
export type SettingsTab = (typeof settingsTabs)[number]

export const imageViews = ['overview', 'layers', 'config', 'graph', 'files'] as const
export type ImageView = (typeof imageViews)[number]

/** What is done with tags that are there. Composing has a screen of its own. */
export type RepositoryAct = Exclude<ActKind, 'compose'>

// Not the contract's own list: that would bring all of zod into the window.
const actKinds = [
  'tag',
  'copy',
  'delete',
  'prune',
  'index',
  'check',
  'combine',
  'export',
] as const satisfies readonly RepositoryAct[]

export const spackActions = ['concretize', 'install', 'uninstall', 'find'] as const satisfies readonly SpackAction[]

/** Where the window is. Written into the address's hash, so that back, forward and reload work. */
export type Route =
  | EnvironmentsRoute
  | { readonly screen: 'push'; readonly ref?: EnvironmentRef; readonly job?: string }
  | RegistriesRoute
  | ComposeRoute
  | InstallRoute
  | { readonly screen: 'activity'; readonly job?: string }
  | { readonly screen: 'settings'; readonly tab: SettingsTab; readonly registry?: string }

/** One environment, looked at in one way. */
export interface EnvironmentsRoute {
  readonly screen: 'environments'
  readonly ref?: EnvironmentRef
  readonly view: View
  /** DAG hash of the package that is told about. */
  readonly package?: string
  /** What Spack is to do; in the view `spack`. */
  readonly run?: SpackAction
  /** What it is to do it with, or what of the cache is to be explained. */
  readonly specs?: readonly string[]
  /** A run of Spack. */
  readonly job?: string
}

/** A repository; in it one tag, two to compare, or an act on some. */
export interface RegistriesRoute {
  readonly screen: 'registries'
  readonly repository?: string
  /** A tag or a digest. */
  readonly tag?: string
  readonly view?: ImageView
  /** Digest of the layer that is told about. */
  readonly layer?: string
  /** What the tag is compared with. */
  readonly against?: string
  readonly act?: RepositoryAct
  /** What the act is for. */
  readonly tags?: readonly string[]
  readonly job?: string
}

/** Composing from the packages of a repository. */
export interface ComposeRoute {
  readonly screen: 'compose'
  readonly repository?: string
  /** An image that is taken apart and composed anew. */
  readonly tag?: string
  /** Packages that are added to what is being composed. */
  readonly specs?: readonly string[]
  /** Where it goes, and what that would send. */
  readonly publish?: true
  readonly job?: string
}

/** What is absent leaves the form as it is. */
interface InstallRoute {
  readonly screen: 'install'
  readonly from?: string
  readonly into?: string
  readonly specs?: readonly string[]
  readonly ref?: EnvironmentRef
  readonly all?: true
  readonly job?: string
}

export type Screen = Route['screen']

/** Reads a location hash such as `#/environments?env=tools&view=graph`. Anything unknown is the first screen. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?')
  const params = new URLSearchParams(query)
  const text = (name: string) => params.get(name) ?? undefined
  const several = (name: string) => (params.has(name) ? params.getAll(name) : undefined)
  switch (path) {
    case 'push':
      return { screen: 'push', ref: readRef(params), job: text('job') }
    case 'install':
      return {
        screen: 'install',
        from: text('from'),
        into: text('into'),
        specs: several('spec'),
        ref: readRef(params),
        all: params.has('all') ? true : undefined,
        job: text('job'),
      }
    case 'registries':
      return {
        screen: 'registries',
        repository: text('repository'),
        tag: text('tag'),
        view: imageViews.find((v) => v === params.get('view')),
        layer: text('layer'),
        against: text('against'),
        act: actKinds.find((a) => a === params.get('act')),
        tags: several('for'),
        job: text('job'),
      }
    case 'compose':
      return {
        screen: 'compose',
        repository: text('repository'),
        tag: text('tag'),
        specs: several('spec'),
        publish: params.has('publish') ? true : undefined,
        job: text('job'),
      }
    case 'activity':
      return { screen: 'activity', job: text('job') }
    case 'settings': {
      const tab = settingsTabs.find((t) => t === params.get('tab')) ?? 'general'
      return { screen: 'settings', tab, registry: text('registry') }
    }
    default:
      return {
        screen: 'environments',
        ref: readRef(params),
        view: views.find((v) => v === params.get('view')) ?? 'table',
        package: text('package'),
        run: spackActions.find((a) => a === params.get('run')),
        specs: several('spec'),
        job: text('job'),
      }
  }
}

/** The hash that `parseRoute` reads back as this route. */
export function formatRoute(route: Route): string {
  const params = new URLSearchParams()
  const set = (name: string, value: string | undefined) => value !== undefined && params.set(name, value)
  if ('ref' in route && route.ref) {
    set('env', route.ref.environment)
    set('spack', route.ref.spack)
    set('sysroot', route.ref.sysroot)
  }
  if (route.screen === 'environments') {
    if (route.view !== 'table') set('view', route.view)
    set('package', route.package)
    set('run', route.run)
  }
  if (route.screen === 'install') {
    set('from', route.from)
    set('into', route.into)
    if (route.all) set('all', '')
  }
  if (route.screen === 'registries') {
    for (const name of ['repository', 'tag', 'view', 'layer', 'against', 'act'] as const) set(name, route[name])
    for (const tag of route.tags ?? []) params.append('for', tag)
  }
  if (route.screen === 'compose') {
    set('repository', route.repository)
    set('tag', route.tag)
    if (route.publish) set('publish', '')
  }
  if (route.screen === 'settings') {
    if (route.tab !== 'general') set('tab', route.tab)
    set('registry', route.registry)
  }
  if ('specs' in route) for (const spec of route.specs ?? []) params.append('spec', spec)
  if ('job' in route) set('job', route.job)
  const query = params.toString()
  return `#/${route.screen}${query === '' ? '' : `?${query}`}`
}

function readRef(params: URLSearchParams): EnvironmentRef | undefined {
  const environment = params.get('env')
  if (environment === null) return undefined
  return { environment, spack: params.get('spack') ?? undefined, sysroot: params.get('sysroot') ?? undefined }
}

/** Equal refs name the same environment; the key serves maps and lists. */
export function refKey(ref: EnvironmentRef): string {
  return [ref.sysroot ?? '', ref.spack ?? '', ref.environment].join('\n')
}

/** What to call an environment before it has been read: its name, or its folder's last part. */
export function refName(ref: EnvironmentRef): string {
  return lastPart(ref.environment)
}
