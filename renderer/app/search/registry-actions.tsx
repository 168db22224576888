import { IconServer2 } from '@tabler/icons-react'
import type { TagKind } from '../../../main/api/catalog.ts'
import { shortTag } from '../../../main/api/format.ts'
import { actWords } from '../../features/registries/acts/words.ts'
import type { Catalogue } from '../../features/registries/catalogues.ts'
import { kinds } from '../../features/registries/kinds.ts'
import { shortReference } from '../../features/registries/names.ts'
import { navigate } from '../use-route.ts'
import type { Action } from './action.ts'

// More than a screenful helps nobody: one types another letter instead.
const tagsShown = 12

/** Repositories that were used; opening one is what asks the registry. */
export function repositoryActions(
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
export function registryActions(repository: string | undefined): readonly Action[] {
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
export function tagActions(catalogues: Readonly<Record<string, Catalogue>>, query: string): Action[] {
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
