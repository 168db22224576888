import { TextInput } from '@mantine/core'
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react'
import { formatCount, plural } from '../../../main/api/format.ts'
import type { PaddingReport } from '../../../main/api/spack-files.ts'
import { errorBody } from '../../client.ts'
import { Path } from '../../ui/Path.tsx'
import page from '../planning/page.module.css'
import css from './padding.module.css'

interface IntoProps {
  readonly value: string
  readonly onChange: (into: string) => void
  /** The report of what was asked; undefined while nothing was, or it is not known. */
  readonly asked: PaddingReport | undefined
  readonly error: Error | undefined | null
}

/** Another store: whether every package can be installed there. */
export function InstallInto({ value, onChange, asked, error }: IntoProps) {
  return (
    <section className={css.section} aria-label="Install into">
      <TextInput
        label="Install into…"
        description="A folder, or a Spack: would every package fit there?"
        placeholder="/shared/spack"
        value={value}
        error={error ? errorBody(error).message : undefined}
        onChange={(event) => onChange(event.currentTarget.value)}
        spellCheck={false}
        autoComplete="off"
        classNames={{ input: page.monoInput }}
      />
      {asked?.target && <Verdict target={asked.target} count={asked.packages.length} />}
    </section>
  )
}

function Verdict({ target, count }: { target: NonNullable<PaddingReport['target']>; count: number }) {
  const { failing, paddedRoot, length } = target
  return (
    <div className={css.verdict} data-state={failing === 0 ? 'fits' : 'fails'} role="status">
      {failing === 0 ? <IconCheck size={16} aria-hidden /> : <IconAlertTriangle size={16} aria-hidden />}
      <div>
        <p>
          {failing === 0
            ? count === 0
              ? 'Nothing is installed here that could be moved there.'
              : `All ${plural(count, 'package')} can be installed there.`
            : `${formatCount(failing)} of ${plural(count, 'package')} may fail there: a path in a binary can become shorter, never longer.`}
        </p>
        <p className={css.dim}>
          <Path value={paddedRoot} limit={90} /> has {formatCount(length)} bytes.
          {failing > 0 && ' Choose a shorter path, or build them again with a longer padding.'}
        </p>
      </div>
    </div>
  )
}
