import type { RepositoryList } from '../../api/catalog.ts'
import type { Parsed } from '../../api/contract.ts'
import { hostOf, parseScope, scopeOfKey } from '../../registry/credentials/scope.ts'
import { reasonOf } from '../../registry/failure.ts'
import { transportTo } from '../../registry/open.ts'
import { formatReference, type RegistryReference } from '../../registry/reference.ts'
import { listRepositories as listCatalog } from '../../registry/repositories.ts'
import { StrataError } from '../../support/errors.ts'
import { connect } from '../connection.ts'
import { asRegistryReference, mirrorReferences, readAllMirrors } from '../registries.ts'
import { type Host, openSource } from '../source.ts'

type Request = Parsed<'registry.repositories'>

/**
 * The repositories of a registry (`host[:port]`, or `host/path` for those below a path): as it lists them itself, else
 * those that were pushed to or installed from before, and those that mirrors name, with the reason. An OCI folder is its
 * own only repository. Throws `reference-invalid` and `cancelled`.
 */
export async function listRepositories(
  request: Request,
  host: Host & { readonly recentTargets: readonly string[] },
  signal: AbortSignal,
): Promise<RepositoryList> {
  const { registry } = request
  if (registry.startsWith('oci-layout:')) return { registry, repositories: [registry], listed: true }
  const { scope, schemes } = parseScope(registry)
  const path = scope.slice(hostOf(scope).length + 1)
  const isBelow = (name: string): boolean => path === '' || name === path || name.startsWith(`${path}/`)
  try {
    const found = await askRegistry(request, hostOf(scope), schemes, host, signal)
    const repositories = found?.filter((one) => isBelow(one.repository)).map(formatReference) ?? []
    if (repositories.length > 0) return { registry: scope, repositories, listed: true }
    const problem = found
      ? `${scope} lists no repositories to this login`
      : `${hostOf(scope)} does not list its repositories`
    return { registry: scope, repositories: await remembered(scope, isBelow, host), listed: false, problem }
  } catch (error) {
    if (!(error instanceof StrataError) || error.code === 'cancelled') throw error
    return {
      registry: scope,
      repositories: await remembered(scope, isBelow, host),
      listed: false,
      problem: error.message,
    }
  }
}

/** Of several schemes the next one is tried where the port turns out to speak TLS. */
async function askRegistry(
  request: Request,
  registry: string,
  [scheme = 'https', ...others]: readonly ('https' | 'http')[],
  host: Host,
  signal: AbortSignal,
): Promise<readonly RegistryReference[] | undefined> {
  const source = await openSource(request, host).catch(() => undefined)
  // A connection is opened to a repository; of this one nothing is asked.
  const to = formatReference({ kind: 'registry', scheme, registry, repository: 'none' })
  const connection = await connect({ ...request, to, use: 'fetch' }, source, host)
  try {
    const { reference } = connection.target
    if (reference.kind === 'layout') return undefined
    const names = await listCatalog(transportTo(reference, connection.network), registry, signal)
    return names?.map((repository) => ({ ...reference, repository }))
  } catch (error) {
    if (others.length === 0 || reasonOf(error) !== 'speaks-tls') throw error
    return await askRegistry(request, registry, others, host, signal)
  } finally {
    await connection.close()
  }
}

async function remembered(
  scope: string,
  isBelow: (name: string) => boolean,
  host: Host & { readonly recentTargets: readonly string[] },
): Promise<string[]> {
  const mirrors = await readAllMirrors(host)
  const used = [...host.recentTargets.flatMap(asRegistryReference), ...mirrors.flatMap(mirrorReferences)]
  const here = used.filter((one) => scopeOfKey(one.registry) === hostOf(scope) && isBelow(one.repository))
  return [...new Set(here.map((one) => formatReference({ ...one, tag: undefined, digest: undefined })))]
}
