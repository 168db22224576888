import { Button, Modal, SegmentedControl, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { type ReactNode, useState } from 'react'
import { lastPart } from '../../../main/api/format.ts'
import type { EnvironmentRef } from '../../../main/api/models.ts'
import type {
  ConfiguredMirror,
  FileEditRequestInput,
  FileEditResult,
  MirrorList,
  WritableScope,
} from '../../../main/api/spack-files.ts'
import { assertNever } from '../../ui/assert.ts'
import { EditReview } from '../edits/EditReview.tsx'
import { ScopeSelect } from '../edits/ScopeSelect.tsx'
import { useEdit } from '../edits/use-edit.ts'
import page from '../planning/page.module.css'
import {
  changedSettings,
  draftOf,
  freshMirror,
  isComplete,
  type MirrorDraft,
  newSettings,
  problemsOf,
  proposeVariable,
} from './draft.ts'
import { MirrorForm } from './MirrorForm.tsx'
import css from './mirrors.module.css'

/** What is done to the mirrors. */
export type MirrorAct =
  /** `from`: one of another scope, which the new one is to stand over. */
  | { readonly kind: 'add'; readonly from?: ConfiguredMirror }
  | { readonly kind: 'change'; readonly mirror: ConfiguredMirror }
  | { readonly kind: 'remove'; readonly mirror: ConfiguredMirror }
  | { readonly kind: 'only'; readonly only: boolean }
  | { readonly kind: 'hide'; readonly mirror: ConfiguredMirror; readonly to: 'variable' | 'keychain' }

interface DialogProps {
  /** Undefined while nothing is done. */
  readonly act: MirrorAct | undefined
  readonly list: MirrorList
  readonly environment: EnvironmentRef
  readonly onClose: () => void
}

/** One change of the mirrors: what is asked for it at the left, what it writes at the right. */
export function MirrorDialog({ act, onClose, ...rest }: DialogProps) {
  return (
    <Modal
      opened={act !== undefined}
      onClose={onClose}
      title={act && titleOf(act)}
      closeButtonProps={{ 'aria-label': 'Close' }}
      size="min(1080px, 94vw)"
    >
      {act && <Act act={act} onClose={onClose} {...rest} />}
    </Modal>
  )
}

function titleOf(act: MirrorAct): string {
  switch (act.kind) {
    case 'add':
      return act.from ? `Set ${act.from.name} anew` : 'Add a mirror'
    case 'change':
      return `Change ${act.mirror.name}`
    case 'remove':
      return `Remove ${act.mirror.name}`
    case 'only':
      return act.only ? 'Use only these mirrors' : 'Use the mirrors of lower scopes, too'
    case 'hide':
      return `Move the secret of ${act.mirror.name} out of the file`
    default:
      return assertNever(act)
  }
}

type ActProps<A> = Omit<DialogProps, 'act'> & { readonly act: A }

function Act({ act, ...props }: ActProps<MirrorAct>) {
  switch (act.kind) {
    case 'add':
      return <Add act={act} {...props} />
    case 'change':
      return <Change act={act} {...props} />
    case 'remove':
      return <Remove act={act} {...props} />
    case 'only':
      return <Only act={act} {...props} />
    case 'hide':
      return <Hide act={act} {...props} />
    default:
      return assertNever(act)
  }
}

function Add({ act, list, environment, onClose }: ActProps<MirrorAct & { kind: 'add' }>) {
  const [draft, setDraft] = useState<MirrorDraft>(() => (act.from ? draftOf(act.from) : freshMirror))
  const [scope, setScope] = useState(firstWritable(list.scopes))
  const problems = problemsOf(draft, list, scope)
  const complete = scope !== undefined && isComplete(draft, problems)
  return (
    <Reviewed
      request={
        complete
          ? {
              ...environment,
              scope,
              edit: { kind: 'add-mirror', name: draft.name.trim(), settings: newSettings(draft) },
            }
          : undefined
      }
      missing="Give it a name and a URL: then this shows what will be written."
      onClose={onClose}
    >
      <MirrorForm draft={draft} onDraft={setDraft} problems={problems} list={list} isNew>
        <ScopeSelect scopes={list.scopes} value={scope} onChange={setScope} />
      </MirrorForm>
    </Reviewed>
  )
}

function Change({ act: { mirror }, list, environment, onClose }: ActProps<MirrorAct & { kind: 'change' }>) {
  const [draft, setDraft] = useState<MirrorDraft>(() => draftOf(mirror))
  const problems = problemsOf(draft, list, undefined)
  const settings = changedSettings(draft, mirror)
  const request: FileEditRequestInput | undefined =
    settings && isComplete(draft, problems)
      ? { ...environment, edit: { kind: 'set-mirror', name: mirror.name, settings } }
      : undefined
  return (
    <Reviewed request={request} missing="Nothing is changed yet." onClose={onClose}>
      <MirrorForm draft={draft} onDraft={setDraft} problems={problems} list={list} mirror={mirror} />
    </Reviewed>
  )
}

function Remove({ act: { mirror }, environment, onClose }: ActProps<MirrorAct & { kind: 'remove' }>) {
  return (
    <Reviewed request={{ ...environment, edit: { kind: 'remove-mirror', name: mirror.name } }} onClose={onClose}>
      <p>
        Spack no longer looks for packages in <span className={css.url}>{mirror.fetchUrl ?? mirror.pushUrl}</span>, nor
        pushes there. What lies there stays.
      </p>
    </Reviewed>
  )
}

function Only({ act: { only }, list, environment, onClose }: ActProps<MirrorAct & { kind: 'only' }>) {
  const own = list.scopes.filter(({ scope }) => list.mirrors.some(({ place }) => place?.scope === scope))
  const [scope, setScope] = useState(only ? firstWritable(own) : list.only?.scope)
  return (
    <Reviewed
      request={scope === undefined ? undefined : { ...environment, scope, edit: { kind: 'only-mirrors', only } }}
      missing="Choose where."
      onClose={onClose}
    >
      {only ? (
        <>
          <p>
            With two colons, <code>mirrors::</code>, Spack takes the mirrors of this scope and of those above it, and
            none below: not its own public one, for instance.
          </p>
          <ScopeSelect label="Only those of" scopes={own} value={scope} onChange={setScope} />
        </>
      ) : (
        <p>
          With one colon, <code>mirrors:</code>, the mirrors of lower scopes count again, behind those that stand here.
        </p>
      )}
    </Reviewed>
  )
}

function Hide({ act, list, environment, onClose }: ActProps<MirrorAct & { kind: 'hide' }>) {
  const { mirror } = act
  const [to, setTo] = useState(act.to)
  const [variable, setVariable] = useState(() => proposeVariable(mirror.name))
  const name = variable.trim()
  const isName = /^[A-Za-z_]\w*$/.test(name)
  const edit = { kind: 'hide-secret', name: mirror.name, to, ...(to === 'variable' ? { variable: name } : {}) } as const
  return (
    <Reviewed
      request={to === 'variable' && !isName ? undefined : { ...environment, edit }}
      missing="Name the variable."
      onClose={onClose}
    >
      {list.loginVariables && mirror.oci && (
        <SegmentedControl
          aria-label="Where to"
          data={[
            { value: 'variable', label: 'A variable' },
            { value: 'keychain', label: 'Strata’s keychain' },
          ]}
          value={to}
          onChange={(value) => setTo(value === 'keychain' ? 'keychain' : 'variable')}
        />
      )}
      {to === 'variable' ? (
        <>
          <TextInput
            data-autofocus
            label="Variable"
            description="Spack and Strata read the secret from it"
            value={variable}
            error={name !== '' && !isName && 'Letters, digits and _, and no digit first'}
            onChange={(event) => setVariable(event.currentTarget.value)}
            spellCheck={false}
            classNames={{ input: page.monoInput }}
          />
          <p>
            Copy the secret first to where the variable is set: your shell’s start-up file, or the secrets of your CI.
            Once the file is written, it stands nowhere else.
          </p>
        </>
      ) : (
        <p>
          Strata keeps the login and uses it whenever it pushes to this mirror or reads from it. Spack itself has none
          for it from then on: it reads only what anyone may read there, and pushes nothing.
        </p>
      )}
    </Reviewed>
  )
}

/** What is asked beside what will be written; closes once it is. */
function Reviewed(props: {
  readonly request: FileEditRequestInput | undefined
  readonly missing?: string
  readonly onClose: () => void
  readonly children: ReactNode
}) {
  const { request, missing, onClose, children } = props
  const edit = useEdit(request, (result) => {
    onClose()
    tell(result)
  })
  return (
    <div className={css.dialog}>
      <div className={css.form}>{children}</div>
      <div className={css.review}>
        {request === undefined && <p className={page.note}>{missing}</p>}
        <EditReview
          edit={edit}
          actions={
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
          }
        />
      </div>
    </div>
  )
}

function tell({ file, merged }: FileEditResult): void {
  notifications.show({
    message: merged
      ? `${lastPart(file)} is written. Somebody else had changed it meanwhile: both changes are in it.`
      : `${lastPart(file)} is written.`,
  })
}

function firstWritable(scopes: readonly WritableScope[]): string | undefined {
  return scopes.find((one) => one.writable)?.scope
}
