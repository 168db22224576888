import type { RepositoryList } from '../../api/catalog.ts'
import type { Parsed } from '../../api/contract.ts'
import { notBuilt } from '../../support/not-built.ts'
import type { Host } from '../source.ts'

export async function listRepositories(
  _request: Parsed<'registry.repositories'>,
  _host: Host,
  _signal: AbortSignal,
): Promise<RepositoryList> {
  throw notBuilt()
}
