import { StrataError } from '../../main/support/errors.ts'
import { type ActOptions, runAct } from './act.ts'
import { type RepositoryOptions, repositoryRequest } from './repository.ts'
import { checkLogins, type TargetLoginOptions, targetCredentials } from './target-login.ts'

/** The options of `strata copy` as commander hands them over. */
export interface CopyOptions extends RepositoryOptions, TargetLoginOptions, ActOptions {
  readonly all?: boolean
  readonly withoutDependencies?: boolean
  readonly withoutIndex?: boolean
}

/** `strata copy`: copies tags, with the packages that they need, to another repository. */
export async function copy(from: string, to: string, tags: readonly string[], options: CopyOptions): Promise<void> {
  if (tags.length === 0 && !options.all) {
    throw new StrataError('usage', 'what to copy is missing', {
      hint: 'Name tags or packages, or everything with --all.',
    })
  }
  if (tags.length > 0 && options.all) throw new StrataError('usage', '--all goes without tags and packages')
  checkLogins(options)
  const request = await repositoryRequest(from, options, 'copy')
  await runAct(
    {
      kind: 'copy',
      ...request,
      to,
      tags: [...tags],
      toCredentials: await targetCredentials(options, 'copy'),
      dependencies: !options.withoutDependencies,
      updateIndex: !options.withoutIndex,
    },
    options,
  )
}
