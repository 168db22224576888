import { Button, NumberInput } from '@mantine/core'
import { useState } from 'react'
import { formatCount, plural } from '../../../main/api/format.ts'
import type { FileEditRequestInput, PaddingReport } from '../../../main/api/spack-files.ts'
import { replaceRoute } from '../../app/use-route.ts'
import { errorBody } from '../../client.ts'
import { Command } from '../../ui/Command.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { Path } from '../../ui/Path.tsx'
import { EditReview } from '../edits/EditReview.tsx'
import { ScopeSelect } from '../edits/ScopeSelect.tsx'
import { useEdit } from '../edits/use-edit.ts'
import type { OneEnvironment } from '../environments/room.ts'
import { useSpackDraft } from '../spack/drafts.ts'
import css from './padding.module.css'

type Proposal = NonNullable<PaddingReport['proposal']>

interface LengthProps {
  readonly report: PaddingReport
  readonly route: OneEnvironment
  /** Undefined while nothing is asked; 0 takes the setting away. */
  readonly value: number | undefined
  readonly onChange: (length: number | undefined) => void
  readonly proposal: Proposal | undefined
  readonly error: Error | null
}

/** Another `padded_length`: the root that it gives, what has to be built again for it, and setting it. */
export function OtherLength({ report, route, value, onChange, proposal, error }: LengthProps) {
  const [scope, setScope] = useState(() => scopeOf(report))
  const [written, setWritten] = useState<{ readonly rebuild: number }>()
  const legal = value !== undefined && Number.isInteger(value) && value >= 0 && value <= 4096
  const request: FileEditRequestInput | undefined =
    legal && scope !== undefined ? { ...route.ref, scope, edit: { kind: 'set-padding', length: value } } : undefined
  // What has to be built again is counted in the store as it is: once the file is written, that is another one.
  const rebuild = value === 0 ? report.packages.length : (proposal?.rebuild.length ?? 0)
  // Nothing is written before that is known: it is said afterwards, too.
  const isCounted = value === 0 || proposal?.length === value || error !== null
  const edit = useEdit(request, () => {
    setWritten({ rebuild })
    onChange(undefined)
  })
  return (
    <section className={css.section} aria-label="Another padded length">
      <NumberInput
        label="Another padded length"
        description="Characters that the store’s root is padded to: what is built there can later go to any root that is not longer. 0 takes the setting away."
        placeholder={String(report.length)}
        value={value ?? ''}
        error={value !== undefined && !legal && 'A whole number up to 4096, the longest path of Linux'}
        onChange={(next) => {
          setWritten(undefined)
          onChange(next === '' ? undefined : Number(next))
        }}
        allowDecimal={false}
        allowNegative={false}
        className={css.number}
      />
      {error && legal && value > 0 && <ErrorPanel error={errorBody(error)} />}
      {legal && value === 0 && <NoPadding report={report} />}
      {legal && value > 0 && proposal && <Proposed proposal={proposal} report={report} />}
      {legal && isCounted && (
        <>
          <ScopeSelect scopes={report.scopes} value={scope} onChange={setScope} />
          {scope?.startsWith('env:') && (
            <p className={css.dim}>
              It then counts for this environment alone, whose packages go to another store than those of the others.
            </p>
          )}
          <EditReview edit={edit} />
        </>
      )}
      {written && <Next rebuild={written.rebuild} route={route} />}
    </section>
  )
}

/** Where it is set; else with this Spack, whose store it is, and where that may not be written, with the user. */
function scopeOf({ setting, scopes }: PaddingReport): string | undefined {
  const writable = scopes.filter((one) => one.writable).map((one) => one.scope)
  return [setting?.scope, 'site', 'user', ...writable].find((one) => one !== undefined && writable.includes(one))
}

function NoPadding({ report }: { report: PaddingReport }) {
  return (
    <p>
      Packages are then installed in <Path value={report.root} limit={90} />, and those of a cache go to roots of at
      most {report.root.length} bytes alone, once they are built there.
    </p>
  )
}

// So many names can be read; the rest is in the table.
const named = 12

function Proposed({ proposal, report }: { proposal: Proposal; report: PaddingReport }) {
  const { paddedRoot, rebuild, why } = proposal
  const wanted = new Set(rebuild)
  const names = report.packages.filter((one) => wanted.has(one.hash)).map((one) => one.name)
  return (
    <div className={css.proposal} role="status">
      <p>
        <Path value={paddedRoot} limit={90} />
      </p>
      <p>{why}</p>
      {names.length > 0 && (
        <p>
          To be built again: <b>{plural(names.length, 'package')}</b>
          <span className={css.dim}>
            {' '}
            {names.slice(0, named).join(', ')}
            {names.length > named && ` and ${formatCount(names.length - named)} more`}
          </span>
        </p>
      )}
    </div>
  )
}

/** Once it is written: Spack builds anew what was installed elsewhere, even where a cache has it. */
function Next({ rebuild, route }: { rebuild: number; route: OneEnvironment }) {
  const [, changeRun] = useSpackDraft(route.ref)
  const anew = rebuild > 0
  function install(): void {
    changeRun({ noCache: anew, cacheOnly: false })
    replaceRoute({ ...route, view: 'spack', run: 'install', specs: undefined })
  }
  return (
    <div className={css.next} role="status">
      <p>
        It is written. The store is another folder now, which holds nothing that was installed before
        {anew
          ? `: ${plural(rebuild, 'package')} have to be built again to gain from it. A cache’s copies of them have as little room.`
          : '.'}
      </p>
      <Command value={`spack -e ${route.ref.environment} install${anew ? ' --no-cache' : ''}`} />
      <Button variant="default" onClick={install}>
        Install with Spack…
      </Button>
    </div>
  )
}
