import { type ActOptions, runAct } from './act.ts'
import { parseImageReference, wantImage } from './image-reference.ts'
import { imageTarget } from './image-target.ts'
import { type RepositoryOptions, repositoryRequest } from './repository.ts'

/** `strata export`: writes an image to a folder or a file of this machine. */
export async function exportImage(
  reference: string,
  to: string,
  options: RepositoryOptions & ActOptions & { readonly platform?: string },
): Promise<void> {
  const { repository, version: image } = wantImage(parseImageReference(reference), reference)
  const request = await repositoryRequest(repository, options, 'export')
  await runAct({ kind: 'export', ...request, image, to: await imageTarget(to), platform: options.platform }, options)
}
