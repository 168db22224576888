import { type ActOptions, runAct } from './act.ts'
import { type RepositoryOptions, repositoryRequest, splitReference } from './repository.ts'

/** `strata tag`: gives an image further tags. */
export async function tag(
  reference: string,
  tags: readonly string[],
  options: RepositoryOptions & ActOptions,
): Promise<void> {
  const { repository, image } = splitReference(reference)
  const request = await repositoryRequest(repository, options, 'tag')
  await runAct({ kind: 'tag', ...request, from: image, to: [...tags] }, options)
}
