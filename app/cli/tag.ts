import { type ActOptions, runAct } from './act.ts'
import { parseImageReference, wantImage } from './image-reference.ts'
import { type RepositoryOptions, repositoryRequest } from './repository.ts'

/** `strata tag`: gives an image further tags. */
export async function tag(
  reference: string,
  tags: readonly string[],
  options: RepositoryOptions & ActOptions,
): Promise<void> {
  const { repository, version } = wantImage(parseImageReference(reference), reference)
  const request = await repositoryRequest(repository, options, 'tag')
  await runAct({ kind: 'tag', ...request, from: version, to: [...tags] }, options)
}
