import { IconClockHour4, IconDownload, IconLayersUnion, IconServer2, IconSettings } from '@tabler/icons-react'
import type { Job, Workspace } from '../../../main/api/models.ts'
import type { Route } from '../routes.ts'
import { navigate } from '../use-route.ts'
import type { Action } from './action.ts'

/** Install from what was pushed to before, and into the Spack installations that are here. */
export function installActions(workspace: Workspace | undefined, recent: readonly string[]): readonly Action[] {
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
export function composeActions(recent: readonly string[]): readonly Action[] {
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

export function jobAction(job: Job): Action {
  return {
    id: `job ${job.id}`,
    label: job.title,
    description: job.state,
    leftSection: <IconClockHour4 size={16} />,
    onClick: () => navigate({ screen: 'activity', job: job.id }),
  }
}

/** The screens that need nothing to be named. */
export const screenActions: readonly Action[] = [
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
]
