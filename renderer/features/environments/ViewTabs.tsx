import { Tabs } from '@mantine/core'
import { IconChartTreemap, IconSitemap, IconTable } from '@tabler/icons-react'
import { type View, views } from '../../app/routes.ts'
import css from './environments.module.css'

const icons = { table: IconTable, graph: IconSitemap, treemap: IconChartTreemap } as const
const words = { table: 'Table', graph: 'Graph', treemap: 'Treemap' } as const

/** The three ways to look at an environment's packages. */
export function ViewTabs({ view, onChange }: { readonly view: View; readonly onChange: (view: View) => void }) {
  return (
    <Tabs value={view} onChange={(next) => onChange(views.find((v) => v === next) ?? 'table')} className={css.tabs}>
      <Tabs.List>
        {views.map((value) => {
          const Icon = icons[value]
          return (
            <Tabs.Tab key={value} value={value} leftSection={<Icon size={16} stroke={1.6} />}>
              {words[value]}
            </Tabs.Tab>
          )
        })}
      </Tabs.List>
    </Tabs>
  )
}
