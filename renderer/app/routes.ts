import type { ActKind } from '../../main/api/acts.ts'
import type { EnvironmentRef } from '../../main/api/models.ts'

export const views = ['table', 'graph', 'treemap'] as const
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

/** Where the window is. Written into the address's hash, so that back, forward and reload work. */
export type Route =
  | { readonly screen: 'environments'; readonly ref?: EnvironmentRef; readonly view: View; readonly package?: string }
  | { readonly screen: 'push'; readonly ref?: EnvironmentRef; readonly job?: string }
  | RegistriesRoute
  | ComposeRoute
  | InstallRoute
  | { readonly screen: 'activity'; readonly job?: string }
  | { readonly screen: 'settings'; readonly tab: SettingsTab; readonly registry?: string }

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
  switch (path) {
    case 'push':
      return { screen: 'push', ref: readRef(params), job: text('job') }
    case 'install': {
      const specs = params.getAll('spec')
      return {
        screen: 'install',
        from: text('from'),
        into: text('into'),
        specs: specs.length > 0 ? specs : undefined,
        ref: readRef(params),
        all: params.has('all') ? true : undefined,
        job: text('job'),
      }
    }
    case 'registries': {
      const tags = params.getAll('for')
      return {
        screen: 'registries',
        repository: text('repository'),
        tag: text('tag'),
        view: imageViews.find((v) => v === params.get('view')),
        layer: text('layer'),
        against: text('against'),
        act: actKinds.find((a) => a === params.get('act')),
        tags: tags.length > 0 ? tags : undefined,
        job: text('job'),
      }
    }
    case 'compose': {
      const specs = params.getAll('spec')
      return {
        screen: 'compose',
        repository: text('repository'),
        tag: text('tag'),
        specs: specs.length > 0 ? specs : undefined,
        publish: params.has('publish') ? true : undefined,
        job: text('job'),
      }
    }
    case 'activity':
      return { screen: 'activity', job: text('job') }
    case 'settings': {
      const tab = settingsTabs.find((t) => t === params.get('tab')) ?? 'general'
      return { screen: 'settings', tab, registry: text('registry') }
    }
    default: {
      const view = views.find((v) => v === params.get('view')) ?? 'table'
      return { screen: 'environments', ref: readRef(params), view, package: text('package') }
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
  }
  if (route.screen === 'install') {
    set('from', route.from)
    set('into', route.into)
    for (const spec of route.specs ?? []) params.append('spec', spec)
    if (route.all) set('all', '')
  }
  if (route.screen === 'registries') {
    for (const name of ['repository', 'tag', 'view', 'layer', 'against', 'act'] as const) set(name, route[name])
    for (const tag of route.tags ?? []) params.append('for', tag)
  }
  if (route.screen === 'compose') {
    set('repository', route.repository)
    set('tag', route.tag)
    for (const spec of route.specs ?? []) params.append('spec', spec)
    if (route.publish) set('publish', '')
  }
  if (route.screen === 'settings') {
    if (route.tab !== 'general') set('tab', route.tab)
    set('registry', route.registry)
  }
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
  return ref.environment.split('/').filter(Boolean).at(-1) ?? ref.environment
}
