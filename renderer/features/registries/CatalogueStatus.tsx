import { Button } from '@mantine/core'
import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { describeReading, formatCount, plural } from '../../../main/api/format.ts'
import { navigate } from '../../app/use-route.ts'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { ThinBar } from '../../ui/ThinBar.tsx'
import type { Catalogue } from './catalogues.ts'
import css from './registries.module.css'

interface StatusProps {
  readonly repository: string
  readonly catalogue: Catalogue | undefined
  readonly onRead: (detail: 'index' | 'all') => void
  readonly onCancel: () => void
}

/** How reading goes, and how the index stands to the tags. Without rows NoTags says it in the middle of the page. */
export function CatalogueStatus({ repository, catalogue, onRead, onCancel }: StatusProps) {
  if (!catalogue || catalogue.rows.length === 0) return undefined
  const { state, progress, detail, error } = catalogue
  const update = () => navigate({ screen: 'registries', repository, act: 'index' })
  return (
    <div className={css.status}>
      {state === 'reading' && (
        <Line tone="note" words={readingWords(progress)}>
          {progress && <ThinBar part={progress.read / Math.max(1, progress.total)} className={css.bar} />}
          <Button variant="default" size="compact-xs" onClick={onCancel}>
            Cancel
          </Button>
        </Line>
      )}
      {state === 'cancelled' && (
        <Line tone="note" words={cancelledWords(progress)}>
          <Button variant="default" size="compact-xs" onClick={() => onRead(detail)}>
            Go on
          </Button>
        </Line>
      )}
      {state === 'failed' && error && (
        <ErrorPanel error={error}>
          <Button variant="default" onClick={() => onRead(detail)}>
            Try again
          </Button>
        </ErrorPanel>
      )}
      {state === 'read' && catalogue.answer?.problem !== undefined && (
        <Line tone="warning" words={`Only what the index speaks of is shown: ${catalogue.answer.problem}`} />
      )}
      {state === 'read' && <IndexLine catalogue={catalogue} onUpdate={update} />}
    </div>
  )
}

/** `Reading 2,013 tags, 640 so far`. */
export function readingWords(progress: Catalogue['progress']): string {
  if (!progress) return 'Reading the tags'
  return describeReading(progress)
}

export function cancelledWords(progress: Catalogue['progress']): string {
  if (!progress) return 'Reading was cancelled.'
  return `Cancelled after ${formatCount(progress.read)} of ${plural(progress.total, 'tag')}: what was read is shown.`
}

function IndexLine({ catalogue, onUpdate }: { catalogue: Catalogue; onUpdate: () => void }) {
  const words = driftWords(catalogue)
  const problem = catalogue.answer?.index?.problem
  if (problem !== undefined) return <Line tone="warning" words={`The index cannot be used: ${problem}`} />
  if (words === undefined) return undefined
  return (
    <Line tone="warning" words={words}>
      <Button variant="default" size="compact-xs" onClick={onUpdate}>
        Update index…
      </Button>
    </Line>
  )
}

/** How the index differs from the tags: `12 tags are not in the index · 3 in the index are gone`; undefined when it does not. */
export function driftWords({ answer, rows }: Pick<Catalogue, 'answer' | 'rows'>): string | undefined {
  if (!answer) return undefined
  if (!answer.index) {
    const packages = rows.filter((row) => row.kind === 'package').length
    return packages > 0 ? `There is no index: Spack cannot list these ${plural(packages, 'package')}` : undefined
  }
  const { unlisted, gone } = answer
  const parts = [
    unlisted.length > 0 && `${plural(unlisted.length, 'tag')} ${unlisted.length === 1 ? 'is' : 'are'} not in the index`,
    gone.length > 0 && `${formatCount(gone.length)} in the index ${gone.length === 1 ? 'is' : 'are'} gone`,
  ].filter((part) => part !== false)
  return parts.length > 0 ? parts.join(' · ') : undefined
}

function Line({ tone, words, children }: { tone: 'note' | 'warning'; words: string; children?: ReactNode }) {
  const Icon = tone === 'warning' ? IconAlertTriangle : IconInfoCircle
  return (
    <div className={css.line} data-tone={tone}>
      <Icon size={15} aria-hidden />
      <span role="status">{words}</span>
      {children}
    </div>
  )
}
