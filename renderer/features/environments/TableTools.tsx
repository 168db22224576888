import { Button, SegmentedControl, Tooltip } from '@mantine/core'
import { IconCloudSearch } from '@tabler/icons-react'
import { countFound } from '../../../main/api/format.ts'
import { SearchField } from '../../ui/SearchField.tsx'
import { type Facet, facets } from './rows.ts'
import css from './table.module.css'
import type { useCached } from './use-cached.ts'

interface ToolsProps {
  readonly query: string
  readonly onQuery: (query: string) => void
  readonly facet: Facet
  readonly onFacet: (facet: Facet) => void
  readonly found: number
  readonly of: number
  readonly cached: ReturnType<typeof useCached>
}

const words = { all: 'All', roots: 'Roots', 'not installed': 'Not installed', external: 'External' } as const

/** Filter and facets above the table, and the question to a build cache: only ever asked by this button. */
export function TableTools({ query, onQuery, facet, onFacet, found, of, cached }: ToolsProps) {
  return (
    <div className={css.tools}>
      <SearchField
        className={css.filter}
        label="Filter packages"
        placeholder="Filter by name, version, variant, hash"
        value={query}
        onChange={onQuery}
      />
      <SegmentedControl
        aria-label="Which packages"
        data={facets.map((value) => ({ value, label: words[value] }))}
        value={facet}
        onChange={(value) => onFacet(facets.find((f) => f === value) ?? 'all')}
      />
      <span className={css.count} role="status">
        {countFound(found, of, 'package')}
      </span>
      {cached.mirror && (
        <Tooltip
          label={cached.problem ?? `Asks ${cached.mirror.pushUrl ?? cached.mirror.fetchUrl} which packages it has`}
        >
          <Button
            variant="default"
            loading={cached.asking}
            leftSection={<IconCloudSearch size={16} />}
            onClick={cached.ask}
            className={cached.problem === undefined ? undefined : css.problem}
          >
            {cached.problem === undefined
              ? `Compare with ${cached.mirror.name}`
              : `Could not ask ${cached.mirror.name}`}
          </Button>
        </Tooltip>
      )}
    </div>
  )
}
