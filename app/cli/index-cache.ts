import { type ActOptions, runAct } from './act.ts'
import { type RepositoryOptions, repositoryRequest } from './repository.ts'

/** `strata index`: brings `index.spack` up to date. */
export async function indexCache(repository: string, options: RepositoryOptions & ActOptions): Promise<void> {
  await runAct({ kind: 'index', ...(await repositoryRequest(repository, options, 'index')) }, options)
}
