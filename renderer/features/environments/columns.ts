import { formatBytes, formatCount, paddedLength, shortHash } from '../../../main/api/format.ts'
import type { PackageSummary } from '../../../main/api/models.ts'
import { type GridColumn, gridTracks } from '../../ui/grid/column.ts'
import { installState } from './PackageState.tsx'

/** One row: a package and what was learned of it since. */
export interface PackageRow {
  readonly package: PackageSummary
  readonly size: number | undefined
  /** Whether the mirror that was asked has it; undefined before anybody asked. */
  readonly cached: boolean | undefined
  /** Lower case, for the filter. */
  readonly text: string
}

/** A column of the package table, and what it sorts by. */
export interface PackageColumn extends GridColumn<PackageRow> {
  readonly value: (row: PackageRow) => string | number
}

const unknown = '–'

export const columns: readonly PackageColumn[] = [
  {
    id: 'name',
    title: 'Name',
    track: 'minmax(108px, 1.2fr)',
    value: (r) => r.package.name,
    text: (r) => r.package.name,
    hint: (r) => r.package.name,
    hue: (r) => (r.package.root ? 'root' : undefined),
  },
  {
    id: 'version',
    title: 'Version',
    track: '78px',
    value: (r) => r.package.version,
    text: (r) => r.package.version,
    hint: (r) => r.package.version,
  },
  {
    id: 'state',
    title: 'State',
    track: '104px',
    value: (r) => installState(r.package).word,
    text: (r) => installState(r.package).word,
    hint: (r) => r.package.upstream,
    hue: (r) => installState(r.package).hue,
  },
  {
    id: 'compiler',
    title: 'Compiler',
    track: '86px',
    value: (r) => r.package.compiler ?? '',
    text: (r) => r.package.compiler ?? unknown,
    hint: (r) => r.package.compiler,
  },
  {
    id: 'target',
    title: 'Target',
    track: '68px',
    value: (r) => r.package.target,
    text: (r) => r.package.target,
    hint: (r) => r.package.target,
  },
  {
    id: 'variants',
    title: 'Variants',
    track: 'minmax(76px, 2fr)',
    value: (r) => r.package.variants,
    text: (r) => tellingFirst(r.package.variants),
    hint: (r) => tellingFirst(r.package.variants),
  },
  {
    id: 'hash',
    title: 'Hash',
    track: '88px',
    value: (r) => r.package.hash,
    text: (r) => shortHash(r.package.hash),
    hint: (r) => r.package.hash,
  },
  {
    id: 'size',
    title: 'Size',
    track: '74px',
    number: true,
    value: (r) => r.size ?? -1,
    text: (r) => (r.size === undefined ? unknown : formatBytes(r.size)),
    hint: (r) => (r.size === undefined ? undefined : `${formatCount(r.size)} bytes`),
  },
  {
    id: 'prefix',
    title: 'Prefix / pad',
    track: '86px',
    number: true,
    value: (r) => r.package.prefix?.length ?? 0,
    text: (r) => prefixLength(r.package.prefix),
    hint: (r) => r.package.prefix,
  },
  {
    id: 'cached',
    title: 'In cache',
    track: '66px',
    value: (r) => (r.cached === undefined ? 0 : r.cached ? 2 : 1),
    text: (r) => (r.cached === undefined ? unknown : r.cached ? 'yes' : 'no'),
    hint: (r) => (r.cached === undefined ? 'No cache was asked yet' : undefined),
    hue: (r) => (r.cached ? 'reuse' : undefined),
  },
]

/** The tracks of the grid: the box to select with, then the columns. */
export const packageTracks = `32px ${gridTracks(columns)}`

/** The build system, which every package has, behind the variants that tell packages apart. */
function tellingFirst(variants: string): string {
  const words = variants.split(' ')
  const common = words.filter((w) => w.startsWith('build_system='))
  return [...words.filter((w) => !common.includes(w)), ...common].join(' ')
}

/** The length of the prefix, and to what its store is padded: relocation needs the target to be no longer. */
function prefixLength(prefix: string | undefined): string {
  if (prefix === undefined) return unknown
  const padded = paddedLength(prefix)
  return padded === undefined ? String(prefix.length) : `${prefix.length} / ${padded}`
}
