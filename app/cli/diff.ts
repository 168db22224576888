import { StrataError } from '../../main/support/errors.ts'
import { browse } from './browse.ts'
import { parseImageReference } from './image-reference.ts'
import { describeComparison } from './image-text.ts'
import { type RepositoryOptions, repositoryRequest } from './repository.ts'
import { terminalWidth } from './run-job.ts'

/** `strata diff`: two images. The second may be named by its tag or digest alone, where it is in the same repository. */
export async function diff(left: string, right: string, options: RepositoryOptions): Promise<void> {
  const one = parseImageReference(left)
  const isBare = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(right) || right.startsWith('sha256:')
  const other = isBare ? { repository: one.repository, version: right } : parseImageReference(right)
  const [tag, otherTag] = [one.version, other.version]
  if (tag === undefined || otherTag === undefined) {
    throw new StrataError('usage', `${tag === undefined ? left : right} names no image`, {
      hint: 'Name a tag or a digest: oci://host/name:tag.',
    })
  }
  const request = await repositoryRequest(one.repository, options, 'diff')
  const comparison = await browse((engine, run) =>
    engine.call('image.compare', {
      left: { ...request, tag },
      right: { ...request, repository: other.repository, tag: otherTag },
      run,
    }),
  )
  console.log(options.json ? JSON.stringify(comparison) : describeComparison(comparison, terminalWidth()).join('\n'))
}
