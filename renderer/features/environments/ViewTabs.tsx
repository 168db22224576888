import { Tabs } from '@mantine/core'
import {
  IconArrowsHorizontal,
  IconChartTreemap,
  IconFileText,
  IconGitBranch,
  IconHelpCircle,
  IconServer2,
  IconSitemap,
  IconTable,
  IconTerminal2,
} from '@tabler/icons-react'
import type { EnvironmentRef } from '../../../main/api/models.ts'
import { type View, views } from '../../app/routes.ts'
import { useUnsaved } from '../specs/drafts.ts'
import css from './environments.module.css'
import { UnsavedMark } from './UnsavedMark.tsx'

const icons = {
  table: IconTable,
  graph: IconSitemap,
  treemap: IconChartTreemap,
  specs: IconFileText,
  mirrors: IconServer2,
  padding: IconArrowsHorizontal,
  cache: IconHelpCircle,
  ci: IconGitBranch,
  spack: IconTerminal2,
} as const satisfies Record<View, unknown>

const words = {
  table: 'Table',
  graph: 'Graph',
  treemap: 'Treemap',
  specs: 'Specs',
  mirrors: 'Mirrors',
  padding: 'Padding',
  cache: 'Cache use',
  ci: 'CI',
  spack: 'Spack',
} as const satisfies Record<View, string>

interface TabsProps {
  readonly at: EnvironmentRef
  readonly view: View
  readonly onChange: (view: View) => void
}

/** The ways to look at an environment's packages, then what is done with its files and with Spack. */
export function ViewTabs({ at, view, onChange }: TabsProps) {
  const unsaved = useUnsaved(at)
  return (
    <Tabs value={view} onChange={(next) => onChange(views.find((v) => v === next) ?? 'table')} className={css.tabs}>
      <Tabs.List>
        {views.map((value) => {
          const Icon = icons[value]
          return (
            <Tabs.Tab
              key={value}
              value={value}
              leftSection={<Icon size={16} stroke={1.6} />}
              rightSection={value === 'specs' && unsaved && <UnsavedMark />}
              className={value === 'specs' ? css.secondGroup : undefined}
            >
              {words[value]}
            </Tabs.Tab>
          )
        })}
      </Tabs.List>
    </Tabs>
  )
}
