import { Spotlight, type SpotlightActionGroupData } from '@mantine/spotlight'
import {
  IconClockHour4,
  IconDownload,
  IconLayersUnion,
  IconPackage,
  IconSearch,
  IconServer2,
  IconSettings,
  IconStack2,
  IconUpload,
} from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import type { TagKind } from '../../main/api/catalog.ts'
import { shortHash, shortTag } from '../../main/api/format.ts'
import type { EnvironmentEntry, Job, PackageSummary, Workspace } from '../../main/api/models.ts'
import { useEnvironment, useJobs, useSettings, useWorkspace, useWriteSettings } from '../engine.ts'
import { actWords } from '../features/registries/acts/words.ts'
import { type Catalogue, useCatalogues } from '../features/registries/catalogues.ts'
import { kinds } from '../features/registries/kinds.ts'
import { shortReference } from '../features/registries/names.ts'
import { type EnvironmentsRoute, type Route, refKey } from './routes.ts'
import css from './search.module.css'
import { themes } from './ThemeSwitch.tsx'
import { navigate } from './use-route.ts'

// More than a screenful helps nobody: one types another letter instead.
const packagesShown = 20
const tagsShown = 12

/** Ctrl/Cmd-K: environments, packages of the open environment, repositories and the tags that were read, actions, jobs. */
export function Search({ route }: { readonly route: Route }) {
  const [query, setQuery] = useState('')
  const workspace = useWorkspace().data
  const ref = 'ref' in route ? route.ref : undefined
  const environment = useEnvironment(ref).data
  const jobs = useJobs().data
  const settings = useSettings().data
  const write = useWriteSettings()
  const catalogues = useCatalogues(({ all }) => all)
  const groups = useMemo(() => {
    const environments = [...(workspace?.instances.flatMap((i) => i.environments) ?? []), ...(workspace?.folders ?? [])]
    const all: readonly SpotlightActionGroupData[] = [
      { group: 'Environments', actions: filter(environments.map(environmentAction), query) },
      {
        group: ref ? `Packages of ${environment?.name ?? ''}` : 'Packages',
        actions: query === '' ? [] : packageActions(environment?.packages ?? [], query, (hash) => open(ref, hash)),
      },
      { group: 'Repositories', actions: filter(repositoryActions(settings?.recentTargets ?? [], catalogues), query) },
      { group: 'Tags', actions: query === '' ? [] : tagActions(catalogues, query) },
      {
        group: 'Actions',
        actions: filter(
          [
            {
              id: 'push',
              label: 'Push…',
              leftSection: <IconUpload size={16} />,
              onClick: () => navigate({ screen: 'push', ref }),
            },
            ...composeActions(settings?.recentTargets ?? []),
            ...installActions(workspace, settings?.recentTargets ?? []),
            ...registryActions('repository' in route ? route.repository : undefined),
            {
              id: 'settings',
              label: 'Settings',
              leftSection: <IconSettings size={16} />,
              onClick: () => navigate({ screen: 'settings', tab: 'general' }),
            },
            {
              id: 'registries',
              label: 'Registries and doctor',
              leftSection: <IconServer2 size={16} />,
              onClick: () => navigate({ screen: 'settings', tab: 'registries' }),
            },
            {
              id: 'activity',
              label: 'Activity',
              leftSection: <IconClockHour4 size={16} />,
              onClick: () => navigate({ screen: 'activity' }),
            },
            ...themes.map(({ value, word, icon: Icon }) => ({
              id: `theme ${value}`,
              label: `Theme: ${word.toLowerCase()}`,
              leftSection: <Icon size={16} />,
              onClick: () => void write({ theme: value }),
            })),
          ],
          query,
        ),
      },
      { group: 'Jobs', actions: filter((jobs ?? []).slice(0, 10).map(jobAction), query) },
    ]
    return all.filter((g) => g.actions.length > 0)
  }, [workspace, settings, environment, jobs, query, ref, route, write, catalogues])
  return (
    <Spotlight
      actions={[...groups]}
      filter={(_, actions) => actions}
      query={query}
      onQueryChange={setQuery}
      shortcut={['mod + K']}
      nothingFound="Nothing has that name."
      scrollable
      maxHeight={420}
      transitionProps={{ duration: 100 }}
      overlayProps={{ backgroundOpacity: 0.35, blur: 0 }}
      classNames={{
        action: css.action,
        actionSection: css.actionSection,
        actionBody: css.actionBody,
        actionDescription: css.actionDescription,
        actionsGroup: css.actionsGroup,
      }}
      attributes={{ content: { 'aria-label': 'Search' } }}
      searchProps={{
        leftSection: <IconSearch size={18} />,
        placeholder: 'Environments, packages, tags, actions, jobs',
        'aria-label': 'Search',
      }}
    />
  )
}

interface Action {
  readonly id: string
  readonly label: string
  readonly description?: string
  readonly leftSection: React.ReactNode
  readonly onClick: () => void
}

function filter(actions: readonly Action[], query: string): Action[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  return actions.filter((a) => words.every((w) => a.label.toLowerCase().includes(w)))
}

/** Install from what was pushed to before, and into the Spack installations that are here. */
function installActions(workspace: Workspace | undefined, recent: readonly string[]): readonly Action[] {
  const stores = workspace?.instances.filter((i) => i.sysroot === undefined) ?? []
  const routes: readonly (readonly [label: string, route: Extract<Route, { screen: 'install' }>])[] = [
    ['Install…', { screen: 'install' }],
    ...recent.slice(0, 5).map((from) => [`Install from ${from}…`, { screen: 'install', from }] as const),
    ...stores.map(({ root }) => [`Install into ${root}…`, { screen: 'install', into: root }] as const),
  ]
  return routes.map(([label, route]) => ({
    id: label,
    label,
    leftSection: <IconDownload size={16} />,
    onClick: () => navigate(route),
  }))
}

/** Compose from what was pushed to before. */
function composeActions(recent: readonly string[]): readonly Action[] {
  const routes: readonly (readonly [label: string, route: Extract<Route, { screen: 'compose' }>])[] = [
    ['Compose…', { screen: 'compose' }],
    ...recent.slice(0, 5).map((one) => [`Compose from ${one}…`, { screen: 'compose', repository: one }] as const),
  ]
  return routes.map(([label, route]) => ({
    id: label,
    label,
    leftSection: <IconLayersUnion size={16} />,
    onClick: () => navigate(route),
  }))
}

/** Repositories that were used; opening one is what asks the registry. */
function repositoryActions(
  recent: readonly string[],
  catalogues: Readonly<Record<string, Catalogue>>,
): readonly Action[] {
  return [...new Set([...Object.keys(catalogues), ...recent])].map((repository) => ({
    id: `repository ${repository}`,
    label: shortReference(repository),
    leftSection: <IconServer2 size={16} />,
    onClick: () => navigate({ screen: 'registries', repository }),
  }))
}

/** What can be done with the repository that is open. */
function registryActions(repository: string | undefined): readonly Action[] {
  const open: Action = {
    id: 'browse',
    label: 'Open a repository…',
    leftSection: <IconServer2 size={16} />,
    onClick: () => navigate({ screen: 'registries' }),
  }
  if (repository === undefined) return [open]
  const acts = (['index', 'check', 'prune', 'copy'] as const).map((act) => ({
    id: `act ${act}`,
    label: `${actWords[act].verb.replace('…', '')} ${shortReference(repository)}…`,
    leftSection: <IconServer2 size={16} />,
    onClick: () => navigate({ screen: 'registries', repository, act }),
  }))
  return [...acts, open]
}

/** Tags of every catalogue that was read; those that begin as typed come first. */
function tagActions(catalogues: Readonly<Record<string, Catalogue>>, query: string): Action[] {
  const q = query.toLowerCase()
  const begin: Action[] = []
  const hold: Action[] = []
  for (const [repository, { rows }] of Object.entries(catalogues)) {
    for (const { tag, kind } of rows) {
      if (!tag.toLowerCase().includes(q)) continue
      const found = tag.toLowerCase().startsWith(q) ? begin : hold
      if (found.length < tagsShown) found.push(tagAction(repository, tag, kind))
    }
  }
  return [...begin, ...hold].slice(0, tagsShown)
}

function tagAction(repository: string, tag: string, kind: TagKind): Action {
  const { icon: Icon } = kinds[kind]
  return {
    id: `tag ${repository} ${tag}`,
    label: shortTag(tag),
    description: shortReference(repository),
    leftSection: <Icon size={16} />,
    onClick: () => navigate({ screen: 'registries', repository, tag }),
  }
}

function environmentAction(entry: EnvironmentEntry): Action {
  return {
    id: `environment ${refKey(entry.ref)}`,
    label: entry.name,
    description: entry.folder,
    leftSection: <IconStack2 size={16} />,
    onClick: () => navigate({ screen: 'environments', ref: entry.ref, view: 'table' }),
  }
}

function jobAction(job: Job): Action {
  return {
    id: `job ${job.id}`,
    label: job.title,
    description: job.state,
    leftSection: <IconClockHour4 size={16} />,
    onClick: () => navigate({ screen: 'activity', job: job.id }),
  }
}

function open(ref: EnvironmentsRoute['ref'], hash: string): void {
  navigate({ screen: 'environments', ref, view: 'table', package: hash })
}

/** Packages whose name, version or hash begins as typed come first; only these are shown at all in a large environment. */
function packageActions(packages: readonly PackageSummary[], query: string, onOpen: (hash: string) => void): Action[] {
  const q = query.toLowerCase().replace(/^\//, '')
  const found: PackageSummary[] = []
  for (const p of packages) {
    if (`${p.name}@${p.version}`.startsWith(q) || p.hash.startsWith(q) || p.name.includes(q)) found.push(p)
    if (found.length === packagesShown) break
  }
  return found.map((p) => ({
    id: `package ${p.hash}`,
    label: `${p.name} ${p.version}`,
    description: `${shortHash(p.hash)} ${p.compiler ?? ''} ${p.target}`,
    leftSection: <IconPackage size={16} />,
    onClick: () => onOpen(p.hash),
  }))
}
