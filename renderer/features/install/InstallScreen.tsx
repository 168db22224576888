import { IconDownload } from '@tabler/icons-react'
import { useEffect } from 'react'
import type { Route } from '../../app/routes.ts'
import { replaceRoute } from '../../app/use-route.ts'
import { JobPage } from '../activity/JobPage.tsx'
import { saidBy, useInstallDraft } from './drafts.ts'
import { InstallPage } from './InstallPage.tsx'

type InstallRoute = Extract<Route, { screen: 'install' }>

/** Install: say from where, what and into what; plan, check, and while the job of this page runs, its progress. */
export function InstallScreen({ route }: { readonly route: InstallRoute }) {
  const change = useInstallDraft((drafts) => drafts.change)
  useEffect(() => change(saidBy(route)), [route, change])
  if (route.job === undefined) return <InstallPage />
  return (
    <JobPage
      id={route.job}
      icon={IconDownload}
      what="install"
      where="in the store"
      onRetried={(job) => replaceRoute({ screen: 'install', job })}
      next={{ words: 'Install more…', to: { screen: 'install' } }}
    />
  )
}
