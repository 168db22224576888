import { Tabs } from '@mantine/core'
import { IconAdjustments, IconServer2 } from '@tabler/icons-react'
import { type Route, settingsTabs } from '../../app/routes.ts'
import { navigate } from '../../app/use-route.ts'
import { GeneralSettings } from './GeneralSettings.tsx'
import { RegistriesSettings } from './registries/RegistriesSettings.tsx'
import css from './settings.module.css'

const tabs = {
  general: { word: 'General', icon: IconAdjustments },
  registries: { word: 'Registries', icon: IconServer2 },
} as const

/** This app's own settings, and the registries with the logins for them. */
export function SettingsScreen({ route }: { readonly route: Extract<Route, { screen: 'settings' }> }) {
  return (
    <Tabs
      className={css.screen}
      value={route.tab}
      onChange={(next) => navigate({ screen: 'settings', tab: settingsTabs.find((t) => t === next) ?? 'general' })}
    >
      <h1 className={css.title}>Settings</h1>
      <div className={css.tabs}>
        <Tabs.List>
          {settingsTabs.map((tab) => {
            const { word, icon: Icon } = tabs[tab]
            return (
              <Tabs.Tab key={tab} value={tab} leftSection={<Icon size={16} stroke={1.6} />}>
                {word}
              </Tabs.Tab>
            )
          })}
        </Tabs.List>
      </div>
      <Tabs.Panel value="general" className={css.panel} keepMounted={false}>
        <div className={css.page}>
          <GeneralSettings />
        </div>
      </Tabs.Panel>
      <Tabs.Panel value="registries" className={css.panel} keepMounted={false}>
        <RegistriesSettings selected={route.registry} />
      </Tabs.Panel>
    </Tabs>
  )
}
