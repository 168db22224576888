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
import { type View, views } from '../../app/routes.ts'
import css from './environments.module.css'

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

/** The ways to look at an environment's packages, then what is done with its files and with Spack. */
export function ViewTabs({ view, onChange }: { readonly view: View; readonly onChange: (view: View) => void }) {
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
