import { useCallback, useDeferredValue, useMemo, useState } from 'react'
import { navigate } from '../../app/use-route.ts'
import { Command } from '../../ui/Command.tsx'
import { Grid, type Sorting } from '../../ui/grid/Grid.tsx'
import { CatalogueHeader } from './CatalogueHeader.tsx'
import { CatalogueStatus } from './CatalogueStatus.tsx'
import type { Catalogue } from './catalogues.ts'
import { columns, nextSorting, sortTags } from './columns.ts'
import { anyChosen, type Chosen, filterTags } from './facets.ts'
import { NoTags } from './NoTags.tsx'
import { shortReference } from './names.ts'
import css from './registries.module.css'
import { type TagRow, tagRows } from './rows.ts'
import { SelectionBar } from './SelectionBar.tsx'
import { TagTools } from './TagTools.tsx'
import { useCatalogue } from './use-catalogue.ts'
import { useTagFilter } from './use-tag-filter.ts'

const none: Catalogue['rows'] = []
const rowId = ({ row }: TagRow): string => row.tag
const rowName = ({ name, row }: TagRow): string => (row.package ? `${name} ${row.package.version}` : name)

/** What a repository holds: facets and a search over its tags, how its index stands, and what can be done with it. */
export function CataloguePage({ repository }: { readonly repository: string }) {
  const { catalogue, read, cancel, see } = useCatalogue(repository)
  const [filter, setFilter] = useTagFilter(repository)
  const [sorting, setSorting] = useState<Sorting>({ column: 'name', descending: false })
  const [selection, setSelection] = useState<ReadonlySet<string>>(new Set())
  const query = useDeferredValue(filter.query)
  const chosen = useDeferredValue(filter.chosen)
  const source = catalogue?.rows ?? none
  // Sorted before it is filtered: a filter then keeps the order and sorts nothing.
  const all = useMemo(() => sortTags(tagRows(source, Date.now()), sorting), [source, sorting])
  const { rows, counts } = useMemo(() => filterTags(all, query, chosen), [all, query, chosen])
  const sort = useCallback((column: string) => setSorting((old) => nextSorting(old, column)), [])
  const open = useCallback(
    ({ row }: TagRow) => navigate({ screen: 'registries', repository, tag: row.tag }),
    [repository],
  )
  const selected = useMemo(() => all.filter(({ row }) => selection.has(row.tag)), [all, selection])
  const change = (part: Partial<{ query: string; chosen: Chosen }>) => setFilter({ ...filter, ...part })
  return (
    <div className={css.main}>
      <CatalogueHeader repository={repository} catalogue={catalogue} onRead={read} />
      <CatalogueStatus repository={repository} catalogue={catalogue} onRead={read} onCancel={cancel} />
      {source.length === 0 ? (
        <NoTags repository={repository} catalogue={catalogue} onRead={read} />
      ) : (
        <>
          <TagTools filter={filter} counts={counts} found={rows.length} of={all.length} onChange={change} />
          <Grid
            label="Tags"
            columns={columns}
            rows={rows}
            rowId={rowId}
            rowName={rowName}
            onOpen={open}
            selection={selection}
            onSelection={setSelection}
            sorting={sorting}
            onSort={sort}
            onVisible={see}
            className={css.grid}
            cellClass={css.cell}
          >
            None of the tags matches
            {(anyChosen(filter.chosen) || filter.query !== '') && (
              <>
                {': '}
                <button type="button" className={css.link} onClick={() => setFilter({ query: '', chosen: {} })}>
                  clear the filters
                </button>
              </>
            )}
          </Grid>
          <div className={css.foot}>
            {selected.length > 0 ? (
              <SelectionBar repository={repository} selected={selected} onClear={() => setSelection(new Set())} />
            ) : (
              <Command value={catalogue?.answer?.command ?? `strata list ${shortReference(repository)}`} line />
            )}
          </div>
        </>
      )}
    </div>
  )
}
