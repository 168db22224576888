import { Button, SegmentedControl } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { themes } from '../../app/ThemeSwitch.tsx'
import { errorBody } from '../../client.ts'
import { keys, useAppInfo, useClient, useSettings, useWriteSettings } from '../../engine.ts'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { Path } from '../../ui/Path.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import { BlobStore } from './BlobStore.tsx'
import css from './settings.module.css'

/** Theme, blob store, remembered folders, and what this is. */
export function GeneralSettings() {
  const settings = useSettings()
  const write = useWriteSettings()
  if (settings.error) return <ErrorPanel error={errorBody(settings.error)} />
  if (!settings.data) return <Waiting words="Reading the settings" />
  const { theme, remembered } = settings.data
  return (
    <>
      <Group title="Theme">
        <SegmentedControl
          aria-label="Theme"
          data={themes.map(({ value, word }) => ({ value, label: word }))}
          value={theme}
          onChange={(value) => void write({ theme: themes.find((t) => t.value === value)?.value ?? 'system' })}
        />
      </Group>
      <Group
        title="Blob store"
        note="Packed layers, kept so that nothing is packed twice: for a retry or another registry."
      >
        <BlobStore settings={settings.data} />
      </Group>
      <Group title="Remembered folders" note="Spack installations and environments that were opened here.">
        {remembered.length === 0 ? (
          <p className={css.dim}>None yet. “Open…” on the Environments page remembers what it opens.</p>
        ) : (
          <ul>
            {remembered.map((path) => (
              <Remembered key={path} path={path} />
            ))}
          </ul>
        )}
      </Group>
      <Group title="About">
        <About />
      </Group>
    </>
  )
}

function Group({ title, note, children }: { title: string; note?: string; children: ReactNode }) {
  return (
    <section className={css.group} aria-label={title}>
      <div>
        <h2>{title}</h2>
        {note !== undefined && <p className={css.dim}>{note}</p>}
      </div>
      <div className={css.groupBody}>{children}</div>
    </section>
  )
}

function Remembered({ path }: { path: string }) {
  const client = useClient()
  const queries = useQueryClient()
  async function forget(): Promise<void> {
    queries.setQueryData(keys.workspace, await client.call('workspace.forget', { path }))
    await queries.invalidateQueries({ queryKey: keys.settings })
  }
  return (
    <li className={css.remembered}>
      <Path value={path} limit={70} />
      <Button
        variant="subtle"
        color="gray"
        leftSection={<IconX size={14} />}
        onClick={() => void forget()}
        aria-label={`Forget ${path}`}
      >
        Forget
      </Button>
    </li>
  )
}

function About() {
  const info = useAppInfo()
  if (info.error) return <ErrorPanel error={errorBody(info.error)} />
  if (!info.data) return undefined
  return (
    <dl className={css.facts}>
      <dt>Strata</dt>
      <dd>{info.data.version}</dd>
      <dt>Platform</dt>
      <dd>
        {info.data.platform}, {info.data.processors} processors
      </dd>
      <dt>Home</dt>
      <dd>
        <Path value={info.data.home} />
      </dd>
      <dt>Network</dt>
      <dd>Only the registries you name, when you ask. No account, no telemetry.</dd>
    </dl>
  )
}
