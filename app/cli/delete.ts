import { runAct } from './act.ts'
import { type RepositoryOptions, repositoryRequest } from './repository.ts'

/** `strata delete`: shows what goes with these tags, and deletes them when asked to. */
export async function deleteTags(
  repository: string,
  tags: readonly string[],
  options: RepositoryOptions & { readonly yes?: boolean; readonly withoutIndex?: boolean },
): Promise<void> {
  const request = await repositoryRequest(repository, options, 'delete')
  await runAct(
    { kind: 'delete', ...request, tags: [...tags], updateIndex: !options.withoutIndex },
    { json: options.json, dryRun: !options.yes },
  )
}
