import { Tooltip } from '@mantine/core'
import {
  type Icon,
  IconClockHour4,
  IconDownload,
  IconLayersUnion,
  IconServer2,
  IconSettings,
  IconStack2,
  IconUpload,
} from '@tabler/icons-react'
import { formatRoute, type Route, type Screen } from './routes.ts'
import css from './shell.module.css'

const entries: readonly { readonly screen: Screen; readonly word: string; readonly icon: Icon; readonly to: Route }[] =
  [
    { screen: 'environments', word: 'Environments', icon: IconStack2, to: { screen: 'environments', view: 'table' } },
    { screen: 'push', word: 'Push', icon: IconUpload, to: { screen: 'push' } },
    { screen: 'registries', word: 'Registries', icon: IconServer2, to: { screen: 'registries' } },
    { screen: 'compose', word: 'Compose', icon: IconLayersUnion, to: { screen: 'compose' } },
    { screen: 'install', word: 'Install', icon: IconDownload, to: { screen: 'install' } },
    { screen: 'activity', word: 'Activity', icon: IconClockHour4, to: { screen: 'activity' } },
    { screen: 'settings', word: 'Settings', icon: IconSettings, to: { screen: 'settings', tab: 'general' } },
  ]

/** The screens. Icons and words; icons alone in a narrow window. */
export function Rail({ screen }: { readonly screen: Screen }) {
  return (
    <nav className={css.rail} aria-label="Screens">
      <div className={css.logo} aria-hidden>
        <svg width="22" height="22" viewBox="0 0 32 32" role="presentation">
          <rect x="4" y="4" width="24" height="5" rx="2" className={css.logoTop} />
          <rect x="4" y="11" width="24" height="9" rx="2" className={css.logoMiddle} />
          <rect x="4" y="22" width="24" height="6" rx="2" className={css.logoBase} />
        </svg>
        <span className={css.railWord}>Strata</span>
      </div>
      {entries.map((entry) => (
        <Tooltip key={entry.screen} label={entry.word} position="right" classNames={{ tooltip: css.railTip }}>
          <a
            className={css.railEntry}
            href={formatRoute(entry.to)}
            aria-current={entry.screen === screen ? 'page' : undefined}
            data-last={entry.screen === 'settings' || undefined}
          >
            <entry.icon size={18} stroke={1.6} aria-hidden />
            <span className={css.railWord}>{entry.word}</span>
          </a>
        </Tooltip>
      ))}
    </nav>
  )
}
