import { Spotlight, type SpotlightActionGroupData } from '@mantine/spotlight'
import { IconSearch, IconUpload } from '@tabler/icons-react'
import { useMemo, useRef, useState } from 'react'
import { useEnvironment, useJobs, useSettings, useWorkspace, useWriteSettings } from '../../engine.ts'
import { useCatalogues } from '../../features/registries/catalogues.ts'
import { type Route, refName } from '../routes.ts'
import { themes } from '../ThemeSwitch.tsx'
import { navigate } from '../use-route.ts'
import { type Action, matching } from './action.ts'
import { environmentAction, packageActions, roomActions } from './environment-actions.tsx'
import { registryActions, repositoryActions, tagActions } from './registry-actions.tsx'
import { composeActions, installActions, jobAction, screenActions } from './screen-actions.tsx'
import css from './search.module.css'

const pushAction: Action = {
  id: 'push',
  label: 'Push…',
  leftSection: <IconUpload size={16} />,
  onClick: () => navigate({ screen: 'push' }),
}

/** Ctrl/Cmd-K: environments, packages of the open environment, repositories and the tags that were read, actions, jobs. */
export function Search({ route }: { readonly route: Route }) {
  const [query, setQuery] = useState('')
  const box = useRef<HTMLInputElement>(null)
  const workspace = useWorkspace().data
  const ref = 'ref' in route ? route.ref : undefined
  const environment = useEnvironment(ref).data
  const jobs = useJobs().data
  const settings = useSettings().data
  const write = useWriteSettings()
  const catalogues = useCatalogues(({ all }) => all)
  const groups = useMemo(() => {
    const environments = [...(workspace?.instances.flatMap((i) => i.environments) ?? []), ...(workspace?.folders ?? [])]
    const recent = settings?.recentTargets ?? []
    const name = environment?.name ?? (ref ? refName(ref) : '')
    const actions: readonly Action[] = [
      ...(ref ? [] : [pushAction]),
      ...composeActions(recent),
      ...installActions(workspace, recent),
      ...registryActions('repository' in route ? route.repository : undefined),
      ...screenActions,
      ...themes.map(({ value, word, icon: Icon }) => ({
        id: `theme ${value}`,
        label: `Theme: ${word.toLowerCase()}`,
        leftSection: <Icon size={16} />,
        onClick: () => void write({ theme: value }),
      })),
    ]
    const all: readonly SpotlightActionGroupData[] = [
      { group: 'Environments', actions: matching(environments.map(environmentAction), query) },
      {
        group: `Packages of ${name}`,
        actions: ref && query !== '' ? packageActions(ref, environment?.packages ?? [], query) : [],
      },
      { group: 'Repositories', actions: matching(repositoryActions(recent, catalogues), query) },
      { group: 'Tags', actions: query === '' ? [] : tagActions(catalogues, query) },
      { group: `Actions on ${name}`, actions: ref ? matching(roomActions(ref), query) : [] },
      { group: 'Actions', actions: matching(actions, query) },
      { group: 'Jobs', actions: matching((jobs ?? []).slice(0, 10).map(jobAction), query) },
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
      // From a field as well: a filter often has the focus.
      tagsToIgnore={[]}
      nothingFound="Nothing has that name."
      scrollable
      maxHeight={420}
      // There at once, with the focus: what is typed right after Ctrl-K is not lost.
      transitionProps={{ duration: 0 }}
      onSpotlightOpen={() => box.current?.focus()}
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
        ref: box,
        leftSection: <IconSearch size={18} />,
        placeholder: 'Environments, packages, tags, actions, jobs',
        'aria-label': 'Search',
      }}
    />
  )
}
