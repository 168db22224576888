import { countFound, formatCount } from '../../../main/api/format.ts'
import { SearchField } from '../../ui/SearchField.tsx'
import { FacetMenu } from './FacetMenu.tsx'
import { anyChosen, type Chosen, type Filtered, facetOptions, toggled } from './facets.ts'
import { kinds } from './kinds.ts'
import css from './registries.module.css'
import type { FacetKey } from './rows.ts'
import type { TagFilter } from './use-tag-filter.ts'

interface ToolsProps {
  readonly filter: TagFilter
  readonly counts: Filtered['counts']
  readonly found: number
  readonly of: number
  readonly onChange: (change: Partial<TagFilter>) => void
}

const menus = [
  { key: 'name', word: 'Name' },
  { key: 'target', word: 'Target' },
  { key: 'compiler', word: 'Compiler' },
  { key: 'age', word: 'Age' },
  { key: 'size', word: 'Size' },
] as const satisfies readonly { key: FacetKey; word: string }[]

/** The kinds with their numbers, a menu for each other facet, and the search. */
export function TagTools({ filter, counts, found, of, onChange }: ToolsProps) {
  const { query, chosen } = filter
  const choose = (next: Chosen) => onChange({ chosen: next })
  return (
    <div className={css.tools}>
      <Kinds chosen={chosen} counts={counts} onChange={choose} />
      <div className={css.toolRow}>
        <SearchField
          className={css.search}
          label="Search tags"
          placeholder="Name, version, +variant, /hash, tag"
          value={query}
          onChange={(typed) => onChange({ query: typed })}
        />
        {menus.map(({ key, word }) => (
          <FacetMenu
            key={key}
            word={word}
            facet={key}
            counts={counts[key]}
            chosen={chosen[key]}
            onToggle={(value) => choose(toggled(chosen, key, value))}
            onClear={() => choose({ ...chosen, [key]: undefined })}
          />
        ))}
        <span className={css.count} role="status">
          {countFound(found, of, 'tag')}
        </span>
        {(anyChosen(chosen) || query !== '') && (
          <button
            type="button"
            className={css.link}
            aria-label="Clear filters"
            onClick={() => onChange({ query: '', chosen: {} })}
          >
            Clear
          </button>
        )}
      </div>
    </div>
  )
}

interface KindsProps {
  readonly chosen: Chosen
  readonly counts: Filtered['counts']
  readonly onChange: (chosen: Chosen) => void
}

/** What there is, at a glance; a press shows only that. */
function Kinds({ chosen, counts, onChange }: KindsProps) {
  const options = facetOptions('kind', counts.kind, chosen.kind)
  const total = options.reduce((sum, { count }) => sum + count, 0)
  const any = (chosen.kind?.size ?? 0) === 0
  return (
    <fieldset className={css.kinds} aria-label="Kind">
      <button
        type="button"
        className={css.chip}
        aria-pressed={any}
        onClick={() => onChange({ ...chosen, kind: undefined })}
      >
        All <small>{formatCount(total)}</small>
      </button>
      {options.map(({ value, count }) => {
        const kind = value in kinds ? kinds[value as keyof typeof kinds] : undefined
        if (!kind) return undefined
        return (
          <button
            key={value}
            type="button"
            className={css.chip}
            aria-pressed={chosen.kind?.has(value) ?? false}
            data-kind={value}
            onClick={() => onChange(toggled(chosen, 'kind', value))}
          >
            <kind.icon size={14} stroke={1.8} aria-hidden /> {kind.many} <small>{formatCount(count)}</small>
          </button>
        )
      })}
    </fieldset>
  )
}
