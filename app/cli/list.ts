import type { Catalog } from '../../main/api/catalog.ts'
import { matchPackages } from '../../main/buildcache/match-packages.ts'
import { StrataError } from '../../main/support/errors.ts'
import { browse } from './browse.ts'
import { describeCatalog } from './catalog-text.ts'
import { type RepositoryOptions, repositoryRequest } from './repository.ts'
import { terminalWidth } from './run-job.ts'

/** `strata list`: what a repository holds, or the packages in it that fit a spec. */
export async function list(
  repository: string,
  specs: readonly string[],
  options: RepositoryOptions & { readonly sizes?: boolean },
): Promise<void> {
  const request = await repositoryRequest(repository, options, 'list')
  const detail = options.sizes ? 'all' : 'index'
  const whole = await browse((engine, run) => engine.call('catalog.read', { ...request, detail, run }))
  const catalog = specs.length === 0 ? whole : only(whole, specs)
  if (options.json) console.log(JSON.stringify(catalog))
  else console.log(describeCatalog(catalog, { width: terminalWidth(), chosen: specs.length > 0 }).join('\n'))
}

/** The catalogue with the rows of the packages that fit. Throws `package-not-found` when none does, and `usage`. */
function only(catalog: Catalog, specs: readonly string[]): Catalog {
  const packages = catalog.rows.flatMap((row) => row.package ?? [])
  const fitting = new Set(matchPackages(packages, specs).map((one) => one.hash))
  const rows = catalog.rows.filter((row) => row.package && fitting.has(row.package.hash))
  if (rows.length > 0) return { ...catalog, rows }
  throw new StrataError('package-not-found', `there is no package ${specs.join(' or ')} in ${catalog.repository}`, {
    hint: 'strata list REPOSITORY lists every one.',
  })
}
