import type { CatalogPackage } from '../../../main/api/catalog.ts'
import { sortable, type TagRow } from '../registries/rows.ts'

/** Where a package stands to the composition: chosen, or brought along by one that is. */
export type Mark = 'root' | 'along' | undefined

/** A row of the list: a name that several builds have, or one build. */
export type TreeRow =
  | {
      readonly kind: 'name'
      readonly id: string
      readonly name: string
      readonly builds: number
      readonly expanded: boolean
      readonly mark: Mark
    }
  | {
      readonly kind: 'build'
      readonly id: string
      /** 2 below a name. */
      readonly level: 1 | 2
      readonly tag: TagRow
      readonly about: CatalogPackage
      readonly mark: Mark
    }

type Build = Extract<TreeRow, { kind: 'build' }>

/** All builds of one name, the newest version first. */
interface NameGroup {
  readonly name: string
  readonly builds: readonly TagRow[]
}

/** The packages of a catalogue by name. What Spack did not build itself has no layer to compose with. */
export function groupByName(rows: readonly TagRow[]): readonly NameGroup[] {
  const groups = new Map<string, TagRow[]>()
  for (const row of rows) {
    const about = row.row.package
    if (row.row.kind !== 'package' || !about || about.external) continue
    const group = groups.get(about.name)
    if (group) group.push(row)
    else groups.set(about.name, [row])
  }
  return [...groups]
    .map(([name, builds]) => ({ name, builds: builds.toSorted(newestFirst) }))
    .sort((a, b) => (sortable(a.name) < sortable(b.name) ? -1 : 1))
}

function newestFirst(a: TagRow, b: TagRow): number {
  const apart = a.order === b.order ? 0 : a.order < b.order ? 1 : -1
  return apart || (b.row.createdAt ?? 0) - (a.row.createdAt ?? 0)
}

interface TreeView {
  readonly query: string
  /** Names that are unfolded. */
  readonly unfolded: ReadonlySet<string>
  readonly markOf: (hash: string) => Mark
}

/** The rows that can be seen: names with a single build that fits stand for it themselves. */
export function treeRows(groups: readonly NameGroup[], { query, unfolded, markOf }: TreeView): readonly TreeRow[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const rows: TreeRow[] = []
  for (const { name, builds } of groups) {
    const fitting = words.length === 0 ? builds : builds.filter((b) => words.every((word) => b.text.includes(word)))
    const [only] = fitting
    if (!only) continue
    if (fitting.length === 1) {
      rows.push(buildRow(only, 1, markOf))
      continue
    }
    const marks = fitting.map((build) => markOf(build.row.package?.hash ?? ''))
    const mark = marks.find((one) => one === 'root') ?? marks.find((one) => one === 'along')
    const expanded = unfolded.has(name)
    rows.push({ kind: 'name', id: name, name, builds: fitting.length, expanded, mark })
    if (expanded) rows.push(...fitting.map((build) => buildRow(build, 2, markOf)))
  }
  return rows
}

const made = new WeakMap<TagRow, Map<string, Build>>()

/** The same object while nothing of it changes: its row of the table is then not rendered anew. */
function buildRow(tag: TagRow, level: 1 | 2, markOf: TreeView['markOf']): Build {
  const about = tag.row.package
  if (!about) throw new Error('only packages are in the tree')
  const mark = markOf(about.hash)
  const known = made.get(tag) ?? new Map<string, Build>()
  made.set(tag, known)
  const key = `${level} ${mark ?? ''}`
  const row = known.get(key) ?? { kind: 'build', id: about.hash, level, tag, about, mark }
  known.set(key, row)
  return row
}
