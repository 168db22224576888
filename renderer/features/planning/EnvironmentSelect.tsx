import { Select } from '@mantine/core'
import type { EnvironmentEntry, EnvironmentRef } from '../../../main/api/models.ts'
import { refKey, refName } from '../../app/routes.ts'
import css from './page.module.css'

/** Lists environments by name; equal names are told apart by their folder. */
export function EnvironmentSelect(props: {
  readonly entries: readonly EnvironmentEntry[]
  readonly current?: EnvironmentRef
  readonly onChoose: (ref: EnvironmentRef) => void
}) {
  const { entries, current, onChoose } = props
  const known = entries.some((e) => current && refKey(e.ref) === refKey(current))
  const data = entries.map((e) => ({
    value: refKey(e.ref),
    label: entries.filter((o) => o.name === e.name).length > 1 ? `${e.name} (${e.folder})` : e.name,
  }))
  if (current && !known) data.unshift({ value: refKey(current), label: refName(current) })
  return (
    <Select
      aria-label="Environment"
      placeholder="Environment"
      className={css.select}
      data={data}
      value={current ? refKey(current) : null}
      allowDeselect={false}
      searchable={entries.length > 8}
      onChange={(key) => {
        const entry = entries.find((e) => refKey(e.ref) === key)
        if (entry) onChoose(entry.ref)
      }}
    />
  )
}
