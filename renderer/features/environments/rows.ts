import type { EnvironmentDetail } from '../../../main/api/models.ts'
import type { PackageRow } from './columns.ts'

export const facets = ['all', 'roots', 'not installed', 'external'] as const
export type Facet = (typeof facets)[number]

/** The rows of an environment, with sizes and the cache's answer where they are known. */
export function packageRows(
  environment: EnvironmentDetail,
  sizes: Readonly<Record<string, number>> | undefined,
  cached: ReadonlySet<string> | undefined,
): readonly PackageRow[] {
  return environment.packages.map((p) => ({
    package: p,
    size: sizes?.[p.hash],
    cached: cached?.has(p.hash),
    text: `${p.name}@${p.version} ${p.variants} ${p.compiler ?? ''} ${p.target} ${p.hash}`.toLowerCase(),
  }))
}

/** Rows that hold every word of the query and belong to the facet. */
export function filterRows(rows: readonly PackageRow[], query: string, facet: Facet): readonly PackageRow[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0 && facet === 'all') return rows
  return rows.filter((row) => inFacet(row, facet) && words.every((w) => row.text.includes(w)))
}

function inFacet({ package: p }: PackageRow, facet: Facet): boolean {
  switch (facet) {
    case 'all':
      return true
    case 'roots':
      return p.root
    case 'not installed':
      return !p.installed && !p.external
    case 'external':
      return p.external
  }
}
