import { Button } from '@mantine/core'
import { IconInbox } from '@tabler/icons-react'
import { formatRoute } from '../../app/routes.ts'
import { navigate } from '../../app/use-route.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { Waiting } from '../../ui/Waiting.tsx'
import { cancelledWords, readingWords } from './CatalogueStatus.tsx'
import type { Catalogue } from './catalogues.ts'
import { hostOf } from './names.ts'
import css from './registries.module.css'

interface NoTagsProps {
  readonly repository: string
  readonly catalogue: Catalogue | undefined
  readonly onRead: (detail: 'index' | 'all') => void
}

/** A repository of which no tag can be shown: still being read, refused, or empty. */
export function NoTags({ repository, catalogue, onRead }: NoTagsProps) {
  if (!catalogue || catalogue.state === 'reading') return <Waiting words={readingWords(catalogue?.progress)} />
  const again = () => onRead(catalogue.detail)
  if (catalogue.error) {
    const host = hostOf(repository)
    return (
      <div className={css.alone}>
        <ErrorPanel error={catalogue.error}>
          <Button variant="default" onClick={again}>
            Try again
          </Button>
          {host !== undefined && (
            <Button
              variant="default"
              component="a"
              href={formatRoute({ screen: 'settings', tab: 'registries', registry: host })}
            >
              Logins and doctor of {host}
            </Button>
          )}
        </ErrorPanel>
      </div>
    )
  }
  if (catalogue.state === 'cancelled') {
    return (
      <EmptyState icon={IconInbox} title="Not read" actions={<Button onClick={again}>Read it</Button>}>
        {cancelledWords(catalogue.progress)}
      </EmptyState>
    )
  }
  return (
    <EmptyState
      icon={IconInbox}
      title="This repository is empty"
      actions={
        <>
          <Button onClick={() => navigate({ screen: 'push' })}>Push…</Button>
          <Button variant="default" onClick={again}>
            Read again
          </Button>
        </>
      }
    >
      Nothing was pushed to it yet, or all of it was deleted. A push of an environment puts its packages, its image and
      an index here.
    </EmptyState>
  )
}
