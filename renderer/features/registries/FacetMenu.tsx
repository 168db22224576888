import { Button, Checkbox, Popover, TextInput } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { useState } from 'react'
import { formatCount } from '../../../main/api/format.ts'
import { facetOptions } from './facets.ts'
import css from './registries.module.css'
import { type FacetKey, unknown } from './rows.ts'

// A list that needs more is one to search in.
const optionsShown = 60
const worthSearching = 12

interface MenuProps {
  readonly word: string
  readonly facet: FacetKey
  readonly counts: ReadonlyMap<string, number>
  readonly chosen: ReadonlySet<string> | undefined
  readonly onToggle: (value: string) => void
  readonly onClear: () => void
}

/** One facet: its values with how many tags each would show. Escape closes it and gives the focus back. */
export function FacetMenu({ word, facet, counts, chosen, onToggle, onClear }: MenuProps) {
  const [opened, setOpened] = useState(false)
  const [only] = chosen ?? []
  const active = chosen !== undefined && chosen.size > 0
  const told = !active ? word : `${word}: ${chosen.size === 1 ? valueWords(only ?? '') : `${chosen.size} chosen`}`
  return (
    <Popover width={240} opened={opened} onChange={setOpened} position="bottom-start" trapFocus returnFocus shadow="md">
      <Popover.Target>
        <Button
          variant={active ? 'light' : 'default'}
          rightSection={<IconChevronDown size={13} aria-hidden />}
          disabled={counts.size === 0 && !active}
          onClick={() => setOpened(!opened)}
        >
          {told}
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={css.facet} aria-label={word}>
        <Values word={word} facet={facet} counts={counts} chosen={chosen} onToggle={onToggle} />
        {active && (
          <button type="button" className={css.link} onClick={onClear}>
            Any {word.toLowerCase()}
          </button>
        )}
      </Popover.Dropdown>
    </Popover>
  )
}

/** Only made while the menu is open: sorting a thousand names at each letter that is typed elsewhere would be felt. */
function Values({ word, facet, counts, chosen, onToggle }: Omit<MenuProps, 'onClear'>) {
  const [query, setQuery] = useState('')
  const options = facetOptions(facet, counts, chosen)
  const found = options.filter(({ value }) => value.toLowerCase().includes(query.toLowerCase()))
  return (
    <>
      {options.length > worthSearching && (
        <TextInput
          data-autofocus
          aria-label={`Search in ${word.toLowerCase()}`}
          placeholder={`${formatCount(options.length)} values`}
          value={query}
          onChange={(event) => setQuery(event.currentTarget.value)}
        />
      )}
      <ul className={css.facetList}>
        {found.slice(0, optionsShown).map(({ value, count }) => (
          <li key={value}>
            <Checkbox
              label={valueWords(value)}
              checked={chosen?.has(value) ?? false}
              onChange={() => onToggle(value)}
              classNames={{ label: css.facetLabel }}
            />
            <small>{formatCount(count)}</small>
          </li>
        ))}
      </ul>
      {found.length > optionsShown && (
        <p className={css.groupNote}>{formatCount(found.length - optionsShown)} more: search for them</p>
      )}
    </>
  )
}

function valueWords(value: string): string {
  return value === unknown ? 'not known' : value
}
