import { Autocomplete } from '@mantine/core'
import type { Mirror } from '../../../main/api/models.ts'
import { useSettings } from '../../engine.ts'
import { groups } from './Field.tsx'
import css from './page.module.css'

interface CacheInputProps {
  /** For screen readers. */
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  /** Of the environment, if one can be read. */
  readonly mirrors: readonly Mirror[]
}

/** A build cache: a mirror of the environment by its name, a repository that was used before, or any reference. */
export function CacheInput({ label, value, onChange, mirrors }: CacheInputProps) {
  const settings = useSettings().data
  const named = mirrors.filter((one) => one.oci)
  const recent = (settings?.recentTargets ?? []).filter((one) => !named.some((mirror) => mirror.name === one))
  const mirror = named.find((one) => one.name === value)
  // The list is offered whole unless something of one's own is being typed.
  const known = value === '' || mirror !== undefined || recent.includes(value)
  return (
    <>
      <Autocomplete
        aria-label={label}
        placeholder="oci://ghcr.io/me/cache"
        data={groups({ Mirrors: named.map((one) => one.name), Recent: recent })}
        filter={({ options }) => (known ? options : [])}
        value={value}
        onChange={onChange}
        spellCheck={false}
        classNames={{ input: css.monoInput }}
      />
      {mirror && <p className={css.note}>{mirror.pushUrl ?? mirror.fetchUrl}</p>}
    </>
  )
}
