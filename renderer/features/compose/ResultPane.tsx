import { Tabs } from '@mantine/core'
import { useState } from 'react'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { EnvironmentTab } from './EnvironmentTab.tsx'
import { FileTab } from './FileTab.tsx'
import { FindingsTab } from './FindingsTab.tsx'
import { ResultSums } from './ResultSums.tsx'
import css from './result.module.css'
import { SettingsTab } from './SettingsTab.tsx'
import type { Preview } from './use-preview.ts'
import type { Workbench } from './workbench.ts'

interface PaneProps {
  readonly bench: Workbench
  readonly preview: Preview
  readonly onShow: (hash: string) => void
}

/** What results: its size and layers, what is to be said of it, its environment, and how a container of it starts. */
export function ResultPane({ bench, preview: state, onShow }: PaneProps) {
  const { preview, error } = state
  const [tab, setTab] = useState<string | null>('findings')
  const open = preview?.conflicts.filter((one) => !one.settled).length ?? 0
  return (
    <section className={css.result} aria-label="Result">
      {error && <ErrorPanel error={error} />}
      {preview ? (
        <ResultSums preview={preview} />
      ) : (
        !error && <p className={css.hint}>Size, layers, environment and whether it will run appear here.</p>
      )}
      <Tabs className={css.tabs} value={tab} onChange={setTab} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="findings">
            Findings <Count of={preview?.findings.length ?? 0} />
          </Tabs.Tab>
          <Tabs.Tab value="environment">
            Environment <Count of={open} warning />
          </Tabs.Tab>
          <Tabs.Tab value="settings">Settings</Tabs.Tab>
          <Tabs.Tab value="file">File</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="findings" className={css.panel}>
          {preview && <FindingsTab bench={bench} preview={preview} state={state} onShow={onShow} />}
        </Tabs.Panel>
        <Tabs.Panel value="environment" className={css.panel}>
          <EnvironmentTab bench={bench} preview={preview} />
        </Tabs.Panel>
        <Tabs.Panel value="settings" className={css.panel}>
          <SettingsTab bench={bench} preview={preview} />
        </Tabs.Panel>
        <Tabs.Panel value="file" className={css.panel}>
          {preview && <FileTab preview={preview} />}
        </Tabs.Panel>
      </Tabs>
    </section>
  )
}

function Count({ of, warning = false }: { of: number; warning?: boolean }) {
  if (of === 0) return undefined
  return (
    <span className={css.tabCount} data-warning={warning || undefined}>
      {of}
    </span>
  )
}
