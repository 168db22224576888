import { IconCheck, IconFlag } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { paddedLength } from '../../../main/api/format.ts'
import type { PackageSummary } from '../../../main/api/models.ts'
import { Bytes } from '../../ui/Bytes.tsx'
import { Hash } from '../../ui/Hash.tsx'
import { InstallState, installState } from './PackageState.tsx'
import css from './table.module.css'

/** One row: a package and what was learned of it since. */
export interface PackageRow {
  readonly package: PackageSummary
  readonly size: number | undefined
  /** Whether the mirror that was asked has it; undefined before anybody asked. */
  readonly cached: boolean | undefined
  /** Lower case, for the filter. */
  readonly text: string
}

/** A column: how wide (a CSS grid track), what it sorts by, what it shows. */
export interface PackageColumn {
  readonly id: string
  readonly title: string
  readonly track: string
  readonly number?: boolean
  readonly value: (row: PackageRow) => string | number
  readonly cell: (row: PackageRow) => ReactNode
}

const unknown = <span className={css.dim}>–</span>

export const columns: readonly PackageColumn[] = [
  {
    id: 'name',
    title: 'Name',
    track: 'minmax(112px, 1.2fr)',
    value: (r) => r.package.name,
    cell: (r) => (
      <span className={css.name} data-root={r.package.root || undefined}>
        {r.package.name}
        {r.package.root && <IconFlag size={13} role="img" aria-label="root" />}
      </span>
    ),
  },
  { id: 'version', title: 'Version', track: '82px', value: (r) => r.package.version, cell: (r) => r.package.version },
  {
    id: 'state',
    title: 'State',
    track: '104px',
    value: (r) => installState(r.package).word,
    cell: (r) => <InstallState package={r.package} />,
  },
  {
    id: 'compiler',
    title: 'Compiler',
    track: '86px',
    value: (r) => r.package.compiler ?? '',
    cell: (r) => r.package.compiler ?? unknown,
  },
  { id: 'target', title: 'Target', track: '70px', value: (r) => r.package.target, cell: (r) => r.package.target },
  {
    id: 'variants',
    title: 'Variants',
    track: 'minmax(84px, 2fr)',
    value: (r) => r.package.variants,
    cell: (r) => <span className={css.variants}>{tellingFirst(r.package.variants)}</span>,
  },
  {
    id: 'hash',
    title: 'Hash',
    track: '88px',
    value: (r) => r.package.hash,
    cell: (r) => <Hash value={r.package.hash} />,
  },
  {
    id: 'size',
    title: 'Size',
    track: '74px',
    number: true,
    value: (r) => r.size ?? -1,
    cell: (r) => (r.size === undefined ? unknown : <Bytes value={r.size} />),
  },
  {
    id: 'prefix',
    title: 'Prefix / pad',
    track: '88px',
    number: true,
    value: (r) => r.package.prefix?.length ?? 0,
    cell: (r) => <PrefixLength prefix={r.package.prefix} />,
  },
  {
    id: 'cached',
    title: 'In cache',
    track: '66px',
    value: (r) => (r.cached === undefined ? 0 : r.cached ? 2 : 1),
    cell: (r) => <Cached cached={r.cached} />,
  },
]

/** The build system, which every package has, behind the variants that tell packages apart. */
function tellingFirst(variants: string): string {
  const words = variants.split(' ')
  const common = words.filter((w) => w.startsWith('build_system='))
  return [...words.filter((w) => !common.includes(w)), ...common].join(' ')
}

/** The tracks of the grid: the box to select with, then the columns. */
export const gridTracks = `32px ${columns.map((c) => c.track).join(' ')}`

/** The length of the prefix, and to what its store is padded: relocation needs the target to be no longer. */
function PrefixLength({ prefix }: { prefix: string | undefined }) {
  if (prefix === undefined) return unknown
  const padded = paddedLength(prefix)
  return (
    <span title={padded === undefined ? `${prefix}\nnot padded` : `${prefix}\npadded to ${padded}`}>
      {prefix.length}
      {padded !== undefined && <span className={css.dim}> / {padded}</span>}
    </span>
  )
}

function Cached({ cached }: { cached: boolean | undefined }) {
  if (cached === undefined)
    return (
      <span className={css.dim} title="No cache was asked yet">
        –
      </span>
    )
  if (!cached) return <span className={css.dim}>no</span>
  return (
    <span className={css.cached}>
      <IconCheck size={14} aria-hidden /> yes
    </span>
  )
}
