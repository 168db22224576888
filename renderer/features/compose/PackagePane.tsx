import { type KeyboardEvent, memo, useCallback, useMemo, useRef, useState } from 'react'
import type { CompositionPreview } from '../../../main/api/compose.ts'
import { formatBytes, formatCount, plural, shortHash } from '../../../main/api/format.ts'
import type { GridColumn } from '../../ui/grid/column.ts'
import { Grid } from '../../ui/grid/Grid.tsx'
import { SearchField } from '../../ui/SearchField.tsx'
import { type TagRow, unknown } from '../registries/rows.ts'
import { BaseChips } from './BaseChips.tsx'
import { type groupByName, type Mark, type TreeRow, treeRows } from './catalogue-tree.ts'
import { namesPackage, rootSpec, withoutRoot, withRoots } from './composition.ts'
import { startDrag } from './drag.ts'
import css from './packages.module.css'
import type { Workbench } from './workbench.ts'

interface PaneProps {
  readonly bench: Workbench
  readonly groups: ReturnType<typeof groupByName>
  readonly preview: CompositionPreview | undefined
  readonly onVisible: (rows: readonly TagRow[]) => void
  /** The package that is told about elsewhere. */
  readonly shown: string | undefined
}

const markWords = { root: 'root', along: 'along' } as const satisfies Record<NonNullable<Mark>, string>

const columns: readonly GridColumn<TreeRow>[] = [
  {
    id: 'name',
    title: 'Package',
    track: 'minmax(64px, 1fr)',
    text: (row) => (row.kind === 'name' ? row.name : row.level === 1 ? row.about.name : variantWords(row)),
    hint: (row) => (row.kind === 'name' ? row.name : specOf(row)),
    hue: (row) => (row.kind === 'name' ? (row.expanded ? 'open' : 'folded') : row.level === 2 ? 'build' : undefined),
  },
  {
    id: 'version',
    title: 'Version',
    track: '64px',
    text: (row) => (row.kind === 'name' ? `${formatCount(row.builds)} builds` : row.about.version),
    hint: (row) => (row.kind === 'name' ? undefined : `${row.about.version} /${shortHash(row.about.hash)}`),
    hue: (row) => row.kind,
  },
  {
    id: 'size',
    title: 'Size',
    track: '64px',
    number: true,
    text: (row) => (row.kind === 'name' ? '' : row.tag.bytes === undefined ? unknown : formatBytes(row.tag.bytes)),
  },
  {
    id: 'mark',
    title: 'In it',
    track: '42px',
    text: (row) => (row.mark === undefined ? '' : markWords[row.mark]),
    hint: (row) => (row.mark === 'along' ? 'Came along: another needs it' : undefined),
    hue: (row) => row.mark,
  },
]

/** Of several builds, what tells them apart. */
function variantWords({ about }: Extract<TreeRow, { kind: 'build' }>): string {
  return `${about.target} ${about.compiler ?? ''}`
}

function specOf({ about }: Extract<TreeRow, { kind: 'build' }>): string {
  return `${about.name}@${about.version} %${about.compiler ?? ''} ${about.variants} target=${about.target} os=${about.os} /${about.hash}`
}

const rowId = (row: TreeRow): string => row.id

/** What is in the cache: Enter, a double click or dragging adds a package to the stack, Delete takes it out. */
export const PackagePane = memo(function PackagePane({ bench, groups, preview, onVisible, shown }: PaneProps) {
  const { composition, change } = bench
  // Filtered with each letter, not when there is time: Enter has to add what matches the whole word.
  const [query, setQuery] = useState('')
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set())
  const pane = useRef<HTMLElement>(null)
  const markOf = useMemo(() => marks(composition.roots, preview), [composition.roots, preview])
  const rows = useMemo(() => treeRows(groups, { query, unfolded, markOf }), [groups, query, unfolded, markOf])
  const fold = useCallback((row: TreeRow, expanded: boolean) => {
    if (row.kind !== 'name') return
    setUnfolded((old) => {
      const next = new Set(old)
      if (expanded) next.add(row.name)
      else next.delete(row.name)
      return next
    })
  }, [])
  const add = (row: TreeRow) => {
    if (row.kind === 'name') fold(row, !row.expanded)
    else change((old) => withRoots(old, [rootSpec(row.about)]))
  }
  const remove = (row: TreeRow) => {
    if (row.kind !== 'build') return
    const spec = specOfRoot(composition.roots, preview, row.about.hash)
    if (spec !== undefined) change((old) => withoutRoot(old, spec))
  }
  const see = useCallback(
    (seen: readonly TreeRow[]) => onVisible(seen.flatMap((row) => (row.kind === 'build' ? [row.tag] : []))),
    [onVisible],
  )
  const builds = groups.reduce((sum, group) => sum + group.builds.length, 0)

  function onSearchKey(event: KeyboardEvent): void {
    const [first] = rows
    if (event.key === 'ArrowDown') pane.current?.querySelector<HTMLElement>('[role=treegrid]')?.focus()
    else if (event.key === 'Enter' && first) add(first)
    else if (event.key === 'Escape' && query !== '') setQuery('')
    else return
    event.preventDefault()
  }

  return (
    <section ref={pane} className={css.packages} aria-label="Packages of the cache">
      <div className={css.find}>
        <SearchField
          label="Search packages"
          placeholder="Name, version, +variant, /hash"
          value={query}
          onChange={setQuery}
          onKeyDown={onSearchKey}
        />
        <p className={css.count} role="status">
          {query === ''
            ? `${plural(builds, 'package')}, ${plural(groups.length, 'name')}`
            : `${plural(rows.length, 'row')} of ${plural(builds, 'package')}`}
        </p>
      </div>
      <Grid
        label="Packages"
        columns={columns}
        rows={rows}
        rowId={rowId}
        shown={shown}
        onOpen={add}
        branch={branch}
        onFold={fold}
        onRemove={remove}
        onDrag={drag}
        onVisible={see}
        className={css.grid}
        cellClass={css.cell}
      >
        No package of the cache matches.
      </Grid>
      <BaseChips base={composition.base} change={change} />
    </section>
  )
})

function branch(row: TreeRow) {
  return row.kind === 'name' ? { level: 1, expanded: row.expanded } : { level: row.level }
}

function drag(row: TreeRow, data: DataTransfer): boolean {
  if (row.kind === 'name') return false
  startDrag(data, { kind: 'package', spec: rootSpec(row.about) })
  return true
}

/** The root that a package is in the composition; as typed, it may be named by less than its hash. */
function specOfRoot(
  roots: readonly string[],
  preview: CompositionPreview | undefined,
  hash: string,
): string | undefined {
  const found = preview?.roots.find((root) => root.hash === hash)?.spec
  return roots.find((spec) => spec === found || namesPackage(spec, hash))
}

/** Chosen ones are marked at once, those that come along as soon as the engine has told. */
function marks(roots: readonly string[], preview: CompositionPreview | undefined): (hash: string) => Mark {
  const along = new Set(preview?.packages.map(({ hash }) => hash))
  const chosen = new Set(preview?.roots.flatMap(({ spec, hash }) => (roots.includes(spec) && hash ? [hash] : [])))
  const untold = roots.filter((spec) => !preview?.roots.some((root) => root.spec === spec))
  return (hash) => {
    if (chosen.has(hash) || untold.some((spec) => namesPackage(spec, hash))) return 'root'
    return roots.length > 0 && along.has(hash) ? 'along' : undefined
  }
}
