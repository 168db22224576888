import type { Catalog, CatalogRow } from '../../main/api/catalog.ts'
import { cutMiddle, formatBytes, formatRelative, plural, shortHash } from '../../main/api/format.ts'
import { out } from './colours.ts'
import { type Cell, table } from './table.ts'

const NAME_WIDTH = 48
/** Names of tags and packages that a sentence holds. */
const NAMED = 8

export interface CatalogTextOptions {
  readonly width?: number
  /** Only some packages were asked for: what is said of the whole repository stays away. */
  readonly chosen: boolean
}

/** A catalogue as people read it: the packages, the other tags, and whether the index agrees with the tags. */
export function describeCatalog(catalog: Catalog, { width, chosen }: CatalogTextOptions): string[] {
  const packages = catalog.rows.filter((row) => row.package).sort(byName)
  const others = catalog.rows.filter((row) => !row.package)
  const sized = packages.some((row) => row.bytes !== undefined)
  const heads = ['package', 'hash', 'compiler', 'target', 'os', ...(sized ? ['layer', 'image', 'made'] : []), '']
  const blocks = [
    table(
      withHead(
        heads,
        packages.map((row) => packageRow(row, sized)),
      ),
      { right: sized ? [5, 6] : [], width },
    ),
    table(withHead(['tag', 'is', 'platform', 'layers', 'bytes', ''], others.map(otherRow)), { right: [3, 4], width }),
  ].filter((block) => block.length > 0)
  const lines = blocks.flatMap((block) => [...block, ''])
  return [out.bold(catalog.repository), '', ...lines, ...(chosen ? [] : describeState(catalog))]
}

function withHead(heads: readonly string[], rows: readonly (readonly Cell[])[]): readonly (readonly Cell[])[] {
  return rows.length === 0 ? [] : [heads.map((text): Cell => [text, out.dim]), ...rows]
}

function byName(a: CatalogRow, b: CatalogRow): number {
  const [one, other] = [a.package, b.package]
  return (
    (one?.name ?? '').localeCompare(other?.name ?? '') ||
    (one?.version ?? '').localeCompare(other?.version ?? '', undefined, { numeric: true })
  )
}

function packageRow(row: CatalogRow, sized: boolean): readonly Cell[] {
  const { name = '', version = '', hash = '', compiler = '', target = '', os = '', variants = '' } = row.package ?? {}
  const bytes = (size: number | undefined): string => (size === undefined ? '' : formatBytes(size))
  const made = row.createdAt === undefined ? '' : formatRelative(row.createdAt, Date.now())
  const note: Cell = row.problem
    ? [row.problem, out.red]
    : row.listed === false
      ? [`not in the index  ${variants}`, out.yellow]
      : [variants, out.dim]
  return [
    cutMiddle(`${name}@${version}`, NAME_WIDTH),
    [shortHash(hash), out.dim],
    compiler,
    target,
    os,
    ...(sized ? [bytes(row.ownBytes), bytes(row.bytes), made] : []),
    note,
  ]
}

function otherRow({ tag, kind, platform, layers, bytes, problem }: CatalogRow): readonly Cell[] {
  return [
    cutMiddle(tag, NAME_WIDTH),
    kind === 'damaged' ? [kind, out.red] : kind,
    platform ?? '',
    layers === undefined ? '' : String(layers),
    bytes === undefined ? '' : formatBytes(bytes),
    problem ? [problem, out.red] : '',
  ]
}

/** The sums, and where index and tags disagree. */
export function describeState({ rows, index, unlisted, gone, problem, repository }: Catalog): string[] {
  const counts = new Map<CatalogRow['kind'], number>()
  for (const { kind } of rows) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  const sums = [...counts].map(([kind, count]) => `${count} ${count === 1 ? kind : (plurals[kind] ?? kind)}`)
  const lines = [sums.length > 0 ? sums.join(' · ') : 'There is nothing in it yet.']
  if (problem !== undefined) lines.push(out.yellow(`Its tags could not be listed: ${problem}`))
  if (index?.problem !== undefined) lines.push(out.red(`The index cannot be used: ${index.problem}`))
  else if (index)
    lines.push(`index.spack lists ${plural(index.packages ?? 0, 'package')} (database version ${index.version})`)
  else if (counts.has('package')) lines.push('There is no index: Spack lists nothing of it.')
  if (unlisted.length > 0)
    lines.push(out.yellow(`${plural(unlisted.length, 'package')} not in the index: ${some(unlisted)}`))
  if (gone.length > 0) {
    const names = gone.map((one) => `${one.name}@${one.version}/${shortHash(one.hash)}`)
    lines.push(out.yellow(`${plural(gone.length, 'package')} of the index without a tag: ${some(names)}`))
  }
  const outdated = unlisted.length > 0 || gone.length > 0 || index?.problem !== undefined
  if (outdated || (!index && counts.has('package'))) lines.push(out.dim(`$ strata index ${repository}`))
  return lines
}

const plurals: Partial<Readonly<Record<CatalogRow['kind'], string>>> = {
  package: 'packages',
  environment: 'environments',
  image: 'images',
  platforms: 'image indexes',
  chart: 'charts',
  signature: 'signatures',
  attestation: 'attestations',
  artifact: 'artifacts',
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).join(', ')
  return names.length > NAMED ? `${shown} and ${names.length - NAMED} more` : shown
}
