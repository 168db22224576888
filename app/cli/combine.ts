import { type ActOptions, runAct } from './act.ts'
import { type RepositoryOptions, repositoryRequest } from './repository.ts'

/** `strata combine`: joins images, one of each platform, in one image index. */
export async function combine(
  repository: string,
  images: readonly string[],
  options: RepositoryOptions & ActOptions & { readonly tag: string },
): Promise<void> {
  const request = await repositoryRequest(repository, options, 'combine')
  await runAct({ kind: 'combine', ...request, images: [...images], tag: options.tag }, options)
}
