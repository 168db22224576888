import { Button, Checkbox, Popover, TextInput } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { useState } from 'react'
import { formatCount } from '../../../main/api/format.ts'
import type { FacetOption } from './facets.ts'
import css from './registries.module.css'
import { unknown } from './rows.ts'

// A list that needs more is one to search in.
const optionsShown = 60
const worthSearching = 12

interface MenuProps {
  readonly word: string
  readonly options: readonly FacetOption[]
  readonly chosen: ReadonlySet<string> | undefined
  readonly onToggle: (value: string) => void
  readonly onClear: () => void
}

/** One facet: its values with how many tags each would show. Escape closes it and gives the focus back. */
export function FacetMenu({ word, options, chosen, onToggle, onClear }: MenuProps) {
  const [opened, setOpened] = useState(false)
  const [query, setQuery] = useState('')
  const [only] = chosen ?? []
  const active = chosen !== undefined && chosen.size > 0
  const told = !active ? word : `${word}: ${chosen.size === 1 ? valueWords(only ?? '') : `${chosen.size} chosen`}`
  const found = options.filter(({ value }) => value.toLowerCase().includes(query.toLowerCase()))
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" trapFocus returnFocus shadow="md">
      <Popover.Target>
        <Button
          variant={active ? 'light' : 'default'}
          rightSection={<IconChevronDown size={13} aria-hidden />}
          disabled={options.length === 0}
          onClick={() => setOpened(!opened)}
        >
          {told}
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={css.facet} aria-label={word}>
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
        {active && (
          <button type="button" className={css.link} onClick={onClear}>
            Any {word.toLowerCase()}
          </button>
        )}
      </Popover.Dropdown>
    </Popover>
  )
}

function valueWords(value: string): string {
  return value === unknown ? 'not known' : value
}
