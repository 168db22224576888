import { runAct } from './act.ts'
import { type RepositoryOptions, repositoryRequest } from './repository.ts'

/** `strata check`: whether everything that is referenced is there. Ends with 1 when something is not. */
export async function check(
  repository: string,
  tags: readonly string[],
  options: RepositoryOptions & { readonly deep?: boolean },
): Promise<void> {
  const { deep, json } = options
  const request = await repositoryRequest(repository, options, 'check')
  await runAct({ kind: 'check', ...request, tags: [...tags], deep }, { json })
}
