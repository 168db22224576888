import { browse } from './browse.ts'
import { describeState } from './catalog-text.ts'
import { out } from './colours.ts'
import { parseImageReference } from './image-reference.ts'
import { describeImage } from './image-text.ts'
import { type RepositoryOptions, repositoryRequest } from './repository.ts'
import { terminalWidth } from './run-job.ts'

/** `strata show`: one image; of a repository without a tag what it holds, in short. */
export async function show(reference: string, options: RepositoryOptions): Promise<void> {
  const { repository, version: tag } = parseImageReference(reference)
  const request = await repositoryRequest(repository, options, 'show')
  if (tag === undefined) {
    const catalog = await browse((engine, run) => engine.call('catalog.read', { ...request, run }))
    const lines = [out.bold(catalog.repository), ...describeState(catalog)]
    console.log(options.json ? JSON.stringify(catalog) : lines.join('\n'))
    return
  }
  const image = await browse((engine, run) => engine.call('image.show', { ...request, tag, run }))
  console.log(options.json ? JSON.stringify(image) : describeImage(image, terminalWidth()).join('\n'))
}
