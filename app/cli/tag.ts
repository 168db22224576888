import { StrataError } from '../../main/support/errors.ts'
import { type ActOptions, runAct } from './act.ts'
import { parseImageReference } from './image-reference.ts'
import { type RepositoryOptions, repositoryRequest } from './repository.ts'

/** `strata tag`: gives an image further tags. */
export async function tag(
  reference: string,
  tags: readonly string[],
  options: RepositoryOptions & ActOptions,
): Promise<void> {
  const { repository, version } = parseImageReference(reference)
  if (version === undefined) {
    throw new StrataError('usage', `${reference} names a repository, and no image in it`, {
      hint: `Write the image's tag or digest after it: ${reference}:TAG or ${reference}@sha256:…`,
    })
  }
  const request = await repositoryRequest(repository, options, 'tag')
  await runAct({ kind: 'tag', ...request, from: version, to: [...tags] }, options)
}
