import { Button, Popover, TextInput } from '@mantine/core'
import { IconColumns } from '@tabler/icons-react'
import { useState } from 'react'
import type { CatalogRow } from '../../../../main/api/catalog.ts'
import { plural, shortTag } from '../../../../main/api/format.ts'
import { navigate } from '../../../app/use-route.ts'
import { useCatalogues } from '../catalogues.ts'
import { kinds } from '../kinds.ts'
import css from '../registries.module.css'

const shownAtMost = 8
const noRows: readonly CatalogRow[] = []

/** Asks for the second tag of a comparison: those of the same package first, or any that is typed. */
export function CompareButton({ repository, tag }: { readonly repository: string; readonly tag: string }) {
  const rows = useCatalogues(({ all }) => all[repository]?.rows) ?? noRows
  const [opened, setOpened] = useState(false)
  const [query, setQuery] = useState('')
  const typed = query.trim()
  const found = opened ? comparable(rows, tag, typed) : []

  function compare(against: string): void {
    setOpened(false)
    navigate({ screen: 'registries', repository, tag, against })
  }

  return (
    <Popover width={320} opened={opened} onChange={setOpened} position="bottom-end" trapFocus returnFocus shadow="md">
      <Popover.Target>
        <Button variant="default" leftSection={<IconColumns size={16} />} onClick={() => setOpened(!opened)}>
          Compare…
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={css.pick} aria-label="Compare with">
        <form
          onSubmit={(event) => {
            event.preventDefault()
            const [first] = found
            const exact = found.find((row) => row.tag === typed)
            const against = (exact ?? first)?.tag ?? typed
            if (against !== '') compare(against)
          }}
        >
          <TextInput
            data-autofocus
            aria-label="Tag to compare with"
            placeholder="Tag to compare with"
            value={query}
            onChange={(event) => setQuery(event.currentTarget.value)}
            spellCheck={false}
          />
        </form>
        <ul className={css.pickList}>
          {found.slice(0, shownAtMost).map((row) => {
            const { icon: Icon } = kinds[row.kind]
            return (
              <li key={row.tag}>
                <button type="button" className={css.pickRow} onClick={() => compare(row.tag)} title={row.tag}>
                  <Icon size={14} aria-hidden /> {shortTag(row.tag)}
                </button>
              </li>
            )
          })}
        </ul>
        {found.length > shownAtMost && (
          <p className={css.groupNote}>and {plural(found.length - shownAtMost, 'more tag')}: type to find them</p>
        )}
        {found.length === 0 && <p className={css.groupNote}>Press Enter to compare with what was typed.</p>}
      </Popover.Dropdown>
    </Popover>
  )
}

/** What a tag can sensibly be compared with: of the same package first, then of the same kind. */
export function comparable(rows: readonly CatalogRow[], tag: string, query: string): readonly CatalogRow[] {
  const own = rows.find((row) => row.tag === tag)
  const words = query.toLowerCase()
  const rank = (row: CatalogRow): number => {
    if (own?.package && row.package?.name === own.package.name) return 0
    return row.kind === own?.kind ? 1 : 2
  }
  return rows
    .filter(
      (row) =>
        row.tag !== tag && row.kind !== 'damaged' && row.kind !== 'index' && row.tag.toLowerCase().includes(words),
    )
    .toSorted((a, b) => rank(a) - rank(b))
}
