import { ActionIcon, Menu } from '@mantine/core'
import { IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react'
import type { Settings } from '../../main/api/models.ts'
import { useSettings, useWriteSettings } from '../engine.ts'

export const themes = [
  { value: 'system', word: 'As the system', icon: IconDeviceDesktop },
  { value: 'light', word: 'Light', icon: IconSun },
  { value: 'dark', word: 'Dark', icon: IconMoon },
] as const satisfies readonly { value: Settings['theme']; word: string; icon: typeof IconSun }[]

/** Light, dark, or as the system says; saved in the settings. */
export function ThemeSwitch() {
  const theme = useSettings().data?.theme ?? 'system'
  const write = useWriteSettings()
  const Shown = themes.find((t) => t.value === theme)?.icon ?? IconDeviceDesktop
  return (
    <Menu position="bottom-end" width={170} transitionProps={{ duration: 100 }}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={28} aria-label="Theme" title="Theme">
          <Shown size={17} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.RadioGroup
          value={theme}
          onChange={(value) => void write({ theme: themes.find((t) => t.value === value)?.value ?? 'system' })}
        >
          {themes.map(({ value, word, icon: Icon }) => (
            <Menu.RadioItem key={value} value={value} rightSection={<Icon size={16} stroke={1.6} />}>
              {word}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  )
}
