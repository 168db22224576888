import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { IconAlertTriangle, IconFolder, IconFolderOpen, IconPlus, IconStack2, IconX } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { cutMiddle } from '../../../main/api/format.ts'
import type { EnvironmentEntry, EnvironmentRef, SpackInstance, Workspace } from '../../../main/api/models.ts'
import { formatRoute, refKey } from '../../app/routes.ts'
import { keys, useClient } from '../../engine.ts'
import { useUnsaved } from '../specs/drafts.ts'
import css from './environments.module.css'
import { SampleButton } from './SampleButton.tsx'
import { UnsavedMark } from './UnsavedMark.tsx'

interface ListProps {
  readonly workspace: Workspace
  readonly current: EnvironmentRef | undefined
  readonly onOpen: () => void
  readonly onNew: () => void
}

/** Every Spack instance with its environments, then the folders that were opened. */
export function EnvironmentList({ workspace, current, onOpen, onNew }: ListProps) {
  return (
    <aside className={css.list} aria-label="Environments">
      <div className={css.listScroll}>
        {workspace.instances.map((instance) => (
          <Instance key={`${instance.sysroot ?? ''}${instance.root}`} instance={instance} current={current} />
        ))}
        {workspace.folders.length > 0 && (
          <section>
            <h2 className={css.groupTitle}>Folders</h2>
            <ul>
              {workspace.folders.map((entry) => (
                <Entry key={refKey(entry.ref)} entry={entry} current={current} forget={entry.folder} folder />
              ))}
            </ul>
          </section>
        )}
      </div>
      <div className={css.listFoot}>
        <Button variant="subtle" color="gray" leftSection={<IconPlus size={16} />} onClick={onNew}>
          New environment…
        </Button>
        <Button variant="subtle" color="gray" leftSection={<IconFolderOpen size={16} />} onClick={onOpen}>
          Open…
        </Button>
        {workspace.sampleAvailable && <SampleButton variant="subtle" />}
      </div>
    </aside>
  )
}

function Instance({ instance, current }: { instance: SpackInstance; current: EnvironmentRef | undefined }) {
  const { root, version, foundBy, problem, environments } = instance
  return (
    <section>
      <h2 className={css.groupTitle} title={root}>
        <span>{foundBy === 'sample' ? 'Sample' : cutMiddle(root, 26)}</span>
        {foundBy === 'remembered' && <Forget path={root} name={root} />}
      </h2>
      <p className={css.groupNote}>
        Spack{version === undefined ? '' : ` ${version}`} · {foundBy}
      </p>
      {problem && (
        <p className={css.groupProblem} title={problem.hint}>
          <IconAlertTriangle size={14} aria-hidden /> {problem.message}
        </p>
      )}
      <ul>
        {environments.map((entry) => (
          <Entry key={refKey(entry.ref)} entry={entry} current={current} />
        ))}
        {environments.length === 0 && !problem && <li className={css.groupNote}>No named environments</li>}
      </ul>
    </section>
  )
}

interface EntryProps {
  readonly entry: EnvironmentEntry
  readonly current: EnvironmentRef | undefined
  readonly folder?: boolean
  readonly forget?: string
}

function Entry({ entry, current, folder = false, forget }: EntryProps) {
  const Icon = folder ? IconFolder : IconStack2
  const unsaved = useUnsaved(entry.ref)
  const here = current !== undefined && refKey(entry.ref) === refKey(current)
  return (
    <li className={css.entryRow}>
      <a
        className={css.entry}
        href={formatRoute({ screen: 'environments', ref: entry.ref, view: 'table' })}
        aria-current={here ? 'true' : undefined}
        title={entry.folder}
      >
        <Icon size={16} stroke={1.6} aria-hidden />
        <span>{entry.name}</span>
        {unsaved && <UnsavedMark />}
        {!entry.concretized && <small>not concretized</small>}
      </a>
      {forget !== undefined && <Forget path={forget} name={entry.name} />}
    </li>
  )
}

function Forget({ path, name }: { path: string; name: string }) {
  const client = useClient()
  const queries = useQueryClient()
  async function forget(): Promise<void> {
    queries.setQueryData(keys.workspace, await client.call('workspace.forget', { path }))
  }
  return (
    <Tooltip label="Forget: it stays on disk">
      <ActionIcon
        className={css.forget}
        variant="subtle"
        color="gray"
        size={20}
        aria-label={`Forget ${name}`}
        onClick={() => void forget()}
      >
        <IconX size={13} />
      </ActionIcon>
    </Tooltip>
  )
}
