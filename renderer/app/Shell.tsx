import { useMantineColorScheme } from '@mantine/core'
import { IconPlugConnectedX } from '@tabler/icons-react'
import { lazy, Suspense, useEffect } from 'react'
import { useConnection, useLiveQueries, useSettings } from '../engine.ts'
import { ActivityScreen } from '../features/activity/ActivityScreen.tsx'
import { EnvironmentsScreen } from '../features/environments/EnvironmentsScreen.tsx'
import { InstallScreen } from '../features/install/InstallScreen.tsx'
import { PushScreen } from '../features/push/PushScreen.tsx'
import { SettingsScreen } from '../features/settings/SettingsScreen.tsx'
import { useAskBeforeClosing } from '../features/specs/drafts.ts'
import { assertNever } from '../ui/assert.ts'
import { Waiting } from '../ui/Waiting.tsx'
import { Rail } from './Rail.tsx'
import { type Route, refKey } from './routes.ts'
import { Search } from './search/Search.tsx'
import css from './shell.module.css'
import { TopBar } from './TopBar.tsx'
import { useRoute } from './use-route.ts'

// Its forms bring much that the first screen does not need.
const RegistriesScreen = lazy(async () => ({
  default: (await import('../features/registries/RegistriesScreen.tsx')).RegistriesScreen,
}))

const ComposeScreen = lazy(async () => ({
  default: (await import('../features/compose/ComposeScreen.tsx')).ComposeScreen,
}))

/** Rail at the left, bar at the top, the screen of the present route in the rest. */
export function Shell() {
  useLiveQueries()
  useThemeFromSettings()
  const route = useRoute()
  const connection = useConnection()
  return (
    <div className={css.shell}>
      <ClosingGuard />
      <button type="button" className={css.skip} onClick={() => document.getElementById('content')?.focus()}>
        Skip to content
      </button>
      <Rail screen={route.screen} />
      <div className={css.right}>
        <TopBar route={route} />
        {connection === 'lost' && (
          <div className={css.lost} role="status">
            <IconPlugConnectedX size={16} aria-hidden />
            Connection to Strata lost. Trying to reach it again; jobs go on without this window.
          </div>
        )}
        <main id="content" className={css.content} tabIndex={-1}>
          <CurrentScreen route={route} />
        </main>
      </div>
      <Search route={route} />
    </div>
  )
}

/** A component of its own, so that the first letter of a text does not draw the whole window anew. */
function ClosingGuard(): undefined {
  useAskBeforeClosing()
}

function CurrentScreen({ route }: { readonly route: Route }) {
  switch (route.screen) {
    case 'environments':
      return <EnvironmentsScreen route={route} />
    case 'push':
      return <PushScreen key={route.ref ? refKey(route.ref) : ''} route={route} />
    case 'registries':
      return (
        <Suspense fallback={<Waiting words="Loading the screen" />}>
          <RegistriesScreen route={route} />
        </Suspense>
      )
    case 'compose':
      return (
        <Suspense fallback={<Waiting words="Loading the screen" />}>
          <ComposeScreen route={route} />
        </Suspense>
      )
    case 'install':
      return <InstallScreen route={route} />
    case 'activity':
      return <ActivityScreen route={route} />
    case 'settings':
      return <SettingsScreen route={route} />
    default:
      return assertNever(route)
  }
}

/** The theme lives in the settings, so that every window of this user looks alike. */
function useThemeFromSettings(): void {
  const { data: settings } = useSettings()
  const { setColorScheme } = useMantineColorScheme()
  useEffect(() => {
    if (settings) setColorScheme(settings.theme === 'system' ? 'auto' : settings.theme)
  }, [settings, setColorScheme])
}
