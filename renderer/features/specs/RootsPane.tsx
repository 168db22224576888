import { TextInput } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { memo, useDeferredValue, useMemo, useState } from 'react'
import { countFound } from '../../../main/api/format.ts'
import type { GridColumn } from '../../ui/grid/column.ts'
import { Grid } from '../../ui/grid/Grid.tsx'
import { SearchField } from '../../ui/SearchField.tsx'
import page from '../planning/page.module.css'
import { RootDetail } from './RootDetail.tsx'
import css from './roots.module.css'
import type { RootRow, RootsProps } from './roots.ts'
import { SettingsForm } from './SettingsForm.tsx'

const columns: readonly GridColumn<RootRow>[] = [
  { id: 'spec', title: 'Root', track: 'minmax(120px, 1fr)', text: (row) => row.text, hint: (row) => row.text },
  { id: 'kind', title: 'Kind', track: '78px', text: (row) => row.kind, hue: (row) => row.kind },
  { id: 'line', title: 'Line', track: '52px', number: true, text: (row) => String(row.line) },
]

// Below this one sees all of it at a glance.
const worthFiltering = 12

const rowId = ({ id }: RootRow): string => id

/** The roots one by one, and the settings beside them. */
export const RootsPane = memo(function RootsPane(props: RootsProps) {
  const { file, change, onChange, onConfirm, goTo, waits } = props
  const [query, setQuery] = useState('')
  const deferred = useDeferredValue(query)
  const [chosen, setChosen] = useState<RootRow>()
  const all = useMemo(
    () => file.roots.map((root, index): RootRow => ({ ...root, id: `${index} ${root.text}` })),
    [file],
  )
  const rows = useMemo(() => all.filter(({ text }) => text.includes(deferred.trim())), [all, deferred])
  // What was chosen may be gone, or stand elsewhere, since the file was written.
  const shown = chosen && all.find(({ id }) => id === chosen.id)
  const unreadable = file.view === undefined

  function remove(row: RootRow): void {
    setChosen(row)
    if (row.kind !== 'spec' || waits) return
    onChange({ kind: 'remove', specs: [row.text] })
    onConfirm()
  }

  return (
    <section className={css.roots} aria-label="Roots">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          onConfirm()
        }}
      >
        <TextInput
          label="Add a spec"
          placeholder="hdf5@1.14 +mpi"
          description="Enter shows what is written, and Enter again writes it"
          leftSection={<IconPlus size={14} />}
          value={change?.kind === 'add' ? change.spec : ''}
          disabled={waits || unreadable}
          onChange={(event) => onChange({ kind: 'add', spec: event.currentTarget.value })}
          spellCheck={false}
          autoComplete="off"
          classNames={{ input: page.monoInput }}
        />
      </form>
      {waits && <p className={page.note}>Write or discard first what was typed into the file.</p>}
      {unreadable && (
        <p className={page.note}>The file cannot be read yet. Mend it at the right: its checks say where.</p>
      )}
      {all.length > worthFiltering && (
        <div className={css.filter}>
          <SearchField label="Filter roots" placeholder="Filter" value={query} onChange={setQuery} />
          <span className={page.note} role="status">
            {countFound(rows.length, all.length, 'root')}
          </span>
        </div>
      )}
      <div className={css.gridFrame}>
        <Grid
          label="Roots of the file"
          columns={columns}
          rows={rows}
          rowId={rowId}
          shown={shown?.id}
          onOpen={setChosen}
          onRemove={remove}
          cellClass={css.cell}
        >
          {all.length === 0 ? 'No roots yet. Add a spec above.' : 'None of them matches.'}
        </Grid>
      </div>
      {shown && (
        <RootDetail
          key={shown.id}
          root={shown}
          change={change}
          waits={waits}
          onChange={onChange}
          onConfirm={onConfirm}
          onRemove={() => remove(shown)}
          goTo={goTo}
        />
      )}
      {!unreadable && <SettingsForm {...props} />}
    </section>
  )
})
