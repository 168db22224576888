import { Button } from '@mantine/core'
import { IconPencil } from '@tabler/icons-react'
import type { ReactNode, Ref } from 'react'
import { lastPart } from '../../../main/api/format.ts'
import type { FileEditPlan, FileFinding } from '../../../main/api/spack-files.ts'
import { Command } from '../../ui/Command.tsx'
import { Diff } from '../../ui/Diff.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { FindingList } from '../../ui/FindingList.tsx'
import { Path } from '../../ui/Path.tsx'
import page from '../planning/page.module.css'
import css from './edits.module.css'
import type { Edit } from './use-edit.ts'

interface ReviewProps {
  readonly edit: Edit
  /** What stands there while there is nothing to write. */
  readonly nothing?: ReactNode
  /** Beside the button that writes. */
  readonly actions?: ReactNode
  /** The button that writes. */
  readonly write?: Ref<HTMLButtonElement>
}

/** What a change of one of Spack's files would write: the file, the difference, what is wrong with it, the command; and the button that writes it. */
export function EditReview({ edit, nothing, actions, write }: ReviewProps) {
  const { planned, apply, applying, waitsFor, applyError } = edit
  const { plan, error, planning } = planned
  return (
    <section className={css.review} aria-label="What will be written" aria-busy={planning}>
      {error && <ErrorPanel error={error} />}
      {plan?.empty && (nothing ?? <p className={page.note}>Nothing would change.</p>)}
      {plan && !plan.empty && <Planned plan={plan} />}
      {/* Beside the button that was pressed: after a long difference the top of all this is out of sight. */}
      {applyError && <ErrorPanel error={applyError} />}
      <div className={css.actions}>
        <Button
          ref={write}
          leftSection={<IconPencil size={15} />}
          loading={applying}
          disabled={!plan || plan.empty || planning}
          onClick={() => void apply()}
        >
          {plan ? `${plan.creates ? 'Create' : 'Write'} ${lastPart(plan.file)}` : 'Write'}
        </Button>
        {actions}
      </div>
      {waitsFor !== undefined && (
        <p className={page.note} role="status">
          Waits for {waitsFor}, which changes this environment.
        </p>
      )}
    </section>
  )
}

function Planned({ plan }: { plan: FileEditPlan }) {
  return (
    <>
      <p className={css.file}>
        <Path value={plan.file} limit={60} />
        <small>{plan.creates ? `new, scope ${plan.scope}` : `scope ${plan.scope}`}</small>
      </p>
      <Diff value={plan.diff} label={`Difference of ${lastPart(plan.file)}`} />
      <FindingList findings={[...plan.checks.map(placed), ...plan.findings]} />
      <Command value={plan.command} />
      {plan.spackCommand !== undefined && (
        <div>
          <p className={page.note}>As Spack does it</p>
          <Command value={plan.spackCommand} />
        </div>
      )}
    </>
  )
}

/** A finding about a place of a file, with the place in its words. */
export function placed({ line, column, ...finding }: FileFinding) {
  return { ...finding, message: `Line ${line}, column ${column}: ${finding.message}` }
}
