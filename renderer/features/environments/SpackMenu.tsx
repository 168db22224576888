import { ActionIcon, Menu } from '@mantine/core'
import { IconDots, IconDownload, IconListDetails, IconTrash } from '@tabler/icons-react'
import { plural } from '../../../main/api/format.ts'
import type { SpackAction } from '../../../main/api/spack-runs.ts'

interface MenuProps {
  /** `/hash` of each package that is selected. */
  readonly chosen: readonly string[]
  readonly onRun: (action: SpackAction) => void
}

/** What Spack itself can do with the selected packages: leads to its room, where the command is looked at first. */
export function SpackMenu({ chosen, onRun }: MenuProps) {
  const none = chosen.length === 0
  const these = none ? 'packages' : plural(chosen.length, 'package')
  return (
    <Menu position="bottom-end" shadow="md" returnFocus>
      <Menu.Target>
        <ActionIcon variant="default" size={30} aria-label="More" title="More">
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{none ? 'With Spack; select packages first' : 'With Spack'}</Menu.Label>
        <Menu.Item leftSection={<IconDownload size={15} />} disabled={none} onClick={() => onRun('install')}>
          Install {these}…
        </Menu.Item>
        <Menu.Item leftSection={<IconListDetails size={15} />} disabled={none} onClick={() => onRun('find')}>
          Find {these}…
        </Menu.Item>
        <Menu.Item leftSection={<IconTrash size={15} />} disabled={none} onClick={() => onRun('uninstall')}>
          Uninstall {these}…
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
