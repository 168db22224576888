import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { IconArrowBackUp, IconArrowForwardUp, IconFolderOpen, IconUpload } from '@tabler/icons-react'
import { useCallback, useState } from 'react'
import { plural } from '../../../main/api/format.ts'
import { formatRoute } from '../../app/routes.ts'
import { navigate } from '../../app/use-route.ts'
import page from '../planning/page.module.css'
import { shortReference } from '../registries/names.ts'
import css from './compose.module.css'
import { OpenDialog } from './OpenDialog.tsx'
import type { Preview } from './use-preview.ts'
import type { Workbench } from './workbench.ts'

interface HeaderProps {
  readonly repository: string
  readonly bench: Workbench
  readonly preview: Preview
}

/** From which cache, a step back or on, another composition, and the way out of here: publishing it. */
export function ComposeHeader({ repository, bench, preview }: HeaderProps) {
  const [opening, setOpening] = useState(false)
  const close = useCallback(() => setOpening(false), [])
  const why = whyNot(bench, preview)
  return (
    <header className={page.header}>
      <h1 className={page.title} title={repository}>
        Compose{' '}
        <span className={css.from}>
          from <a href={formatRoute({ screen: 'registries', repository })}>{shortReference(repository)}</a>
        </span>
      </h1>
      {why !== undefined && (
        <span id="why-not" className={why.problem ? page.problems : page.note}>
          {why.words}
        </span>
      )}
      <div className={css.steps}>
        <Step word="Undo" keys="Ctrl Z" icon={IconArrowBackUp} disabled={!bench.canUndo} onClick={bench.undo} />
        <Step word="Redo" keys="Ctrl ⇧ Z" icon={IconArrowForwardUp} disabled={!bench.canRedo} onClick={bench.redo} />
      </div>
      <Button variant="default" leftSection={<IconFolderOpen size={16} />} onClick={() => setOpening(true)}>
        Open…
      </Button>
      <Button
        leftSection={<IconUpload size={16} />}
        disabled={why !== undefined}
        aria-describedby={why === undefined ? undefined : 'why-not'}
        onClick={() => navigate({ screen: 'compose', repository, publish: true })}
      >
        Publish…
      </Button>
      <OpenDialog repository={repository} opened={opening} onClose={close} />
    </header>
  )
}

interface StepProps {
  readonly word: string
  readonly keys: string
  readonly icon: typeof IconArrowBackUp
  readonly disabled: boolean
  readonly onClick: () => void
}

function Step({ word, keys, icon: Icon, disabled, onClick }: StepProps) {
  return (
    <Tooltip label={`${word} (${keys})`}>
      <ActionIcon variant="default" size={30} aria-label={word} disabled={disabled} onClick={onClick}>
        <Icon size={16} aria-hidden />
      </ActionIcon>
    </Tooltip>
  )
}

function whyNot(
  { composition }: Workbench,
  { preview, error }: Preview,
): { readonly words: string; readonly problem: boolean } | undefined {
  if (composition.roots.length === 0) return { words: 'Choose packages first', problem: false }
  if (error) return { words: 'It cannot be composed so', problem: true }
  const problems = preview?.findings.filter((finding) => finding.severity === 'problem').length ?? 0
  return problems > 0 ? { words: `${plural(problems, 'problem')} to settle first`, problem: true } : undefined
}
