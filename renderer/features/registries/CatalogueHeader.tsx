import { Button, Menu } from '@mantine/core'
import { IconChevronDown, IconDownload, IconX } from '@tabler/icons-react'
import type { ActKind } from '../../../main/api/acts.ts'
import { plural } from '../../../main/api/format.ts'
import { navigate } from '../../app/use-route.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import page from '../planning/page.module.css'
import { actWords } from './acts/words.ts'
import type { Catalogue } from './catalogues.ts'
import { shortReference } from './names.ts'
import css from './registries.module.css'
import type { TagRow } from './rows.ts'

interface HeaderProps {
  readonly repository: string
  readonly catalogue: Catalogue | undefined
  readonly selected: readonly TagRow[]
  readonly onClear: () => void
  readonly onRead: (detail: 'index' | 'all') => void
}

/** Which repository, and what can be done: with all of it, or with the tags that are selected. */
export function CatalogueHeader({ repository, catalogue, selected, onClear, onRead }: HeaderProps) {
  const full = catalogue?.answer?.repository ?? repository
  return (
    <header className={`${page.header} ${css.header}`}>
      <h1 className={page.title} title={full}>
        {shortReference(repository)}
      </h1>
      <span className={css.beside}>
        <CopyButton value={full} what="reference" />
      </span>
      {selected.length > 0 ? (
        <SelectionActs repository={repository} selected={selected} onClear={onClear} />
      ) : (
        <RepositoryActs repository={repository} catalogue={catalogue} onRead={onRead} />
      )}
    </header>
  )
}

function RepositoryActs({ repository, catalogue, onRead }: Omit<HeaderProps, 'selected' | 'onClear'>) {
  const empty = (catalogue?.rows.length ?? 0) === 0
  const packages = catalogue?.rows.some((row) => row.kind === 'package') ?? false
  const unread = catalogue?.rows.some((row) => !row.read) ?? false
  const act = (kind: ActKind) => navigate({ screen: 'registries', repository, act: kind })
  return (
    <div className={css.acts}>
      <Button
        variant="default"
        disabled={catalogue?.state === 'reading'}
        title={unread ? 'Asks the registry for the manifest and config of every tag' : 'Asks the registry what is new'}
        onClick={() => onRead(unread ? 'all' : (catalogue?.detail ?? 'index'))}
      >
        {unread ? 'Read all details' : 'Read again'}
      </Button>
      <Menu position="bottom-end" shadow="md" returnFocus>
        <Menu.Target>
          <Button variant="default" disabled={empty} rightSection={<IconChevronDown size={13} aria-hidden />}>
            Tidy up
          </Button>
        </Menu.Target>
        <Menu.Dropdown className={css.menu}>
          {(['index', 'check', 'prune', 'copy'] as const).map((kind) => (
            <Menu.Item key={kind} onClick={() => act(kind)}>
              {kind === 'copy' ? 'Copy all to…' : actWords[kind].verb}
              <small>{menuNotes[kind]}</small>
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Button
        leftSection={<IconDownload size={16} />}
        disabled={!packages}
        onClick={() => navigate({ screen: 'install', from: repository })}
      >
        Install…
      </Button>
    </div>
  )
}

const menuNotes = {
  index: 'so that Spack sees what is here',
  check: 'that everything referenced is there',
  prune: 'what nothing needs any more',
  copy: 'another repository, registry or folder',
} as const

function SelectionActs({ repository, selected, onClear }: Pick<HeaderProps, 'repository' | 'selected' | 'onClear'>) {
  const tags = selected.map(({ row }) => row.tag)
  const [first, second] = tags
  const specs = selected.flatMap(({ row }) => (row.package ? [`/${row.package.hash}`] : []))
  const act = (kind: ActKind) => navigate({ screen: 'registries', repository, act: kind, tags })
  return (
    <div className={css.acts}>
      <span className={css.chosen} role="status">
        {plural(tags.length, 'tag')} selected
        <button type="button" className={css.clear} aria-label="Clear the selection" onClick={onClear}>
          <IconX size={14} aria-hidden />
        </button>
      </span>
      {tags.length === 1 && (
        <Button variant="default" onClick={() => act('tag')}>
          Retag…
        </Button>
      )}
      {tags.length === 2 && (
        <Button
          variant="default"
          onClick={() => navigate({ screen: 'registries', repository, tag: first, against: second })}
        >
          Compare
        </Button>
      )}
      <Button variant="default" onClick={() => act('copy')}>
        Copy to…
      </Button>
      <Button variant="default" onClick={() => act('check')}>
        Check…
      </Button>
      <Button variant="default" className={css.danger} onClick={() => act('delete')}>
        Delete {plural(tags.length, 'tag')}…
      </Button>
      {specs.length > 0 && (
        <Button
          leftSection={<IconDownload size={16} />}
          onClick={() => navigate({ screen: 'install', from: repository, specs })}
        >
          Install {plural(specs.length, 'package')}…
        </Button>
      )}
    </div>
  )
}
