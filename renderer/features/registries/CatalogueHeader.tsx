import { Button, Menu } from '@mantine/core'
import { IconChevronDown, IconDownload, IconLayersUnion } from '@tabler/icons-react'
import type { RepositoryAct } from '../../app/routes.ts'
import { navigate } from '../../app/use-route.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import page from '../planning/page.module.css'
import { actWords } from './acts/words.ts'
import type { Catalogue } from './catalogues.ts'
import { shortReference } from './names.ts'
import css from './registries.module.css'

interface HeaderProps {
  readonly repository: string
  readonly catalogue: Catalogue | undefined
  readonly onRead: (detail: 'index' | 'all') => void
}

/** Which repository, and what can be done with all of it. */
export function CatalogueHeader({ repository, catalogue, onRead }: HeaderProps) {
  const full = catalogue?.answer?.repository ?? repository
  return (
    <header className={`${page.header} ${css.header}`}>
      <h1 className={page.title} title={full}>
        {shortReference(repository)}
      </h1>
      <span className={css.beside}>
        <CopyButton value={full} what="reference" />
      </span>
      <RepositoryActs repository={repository} catalogue={catalogue} onRead={onRead} />
    </header>
  )
}

function RepositoryActs({ repository, catalogue, onRead }: HeaderProps) {
  const empty = (catalogue?.rows.length ?? 0) === 0
  const packages = catalogue?.rows.some((row) => row.kind === 'package') ?? false
  const unread = catalogue?.rows.some((row) => !row.read) ?? false
  const act = (kind: RepositoryAct) => navigate({ screen: 'registries', repository, act: kind })
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
        variant="default"
        leftSection={<IconLayersUnion size={16} />}
        disabled={!packages}
        onClick={() => navigate({ screen: 'compose', repository })}
      >
        Compose…
      </Button>
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
