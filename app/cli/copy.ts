import type { GivenCredentials } from '../../main/api/models.ts'
import { StrataError } from '../../main/support/errors.ts'
import { type ActOptions, runAct } from './act.ts'
import { type RepositoryOptions, repositoryRequest } from './repository.ts'
import { type LoginOptions, readCredentials } from './secret.ts'

/** The options of `strata copy` as commander hands them over. */
export interface CopyOptions extends RepositoryOptions, ActOptions {
  readonly all?: boolean
  readonly withoutDependencies?: boolean
  readonly withoutIndex?: boolean
  readonly toUsername?: string
  readonly toPasswordStdin?: boolean
  readonly toTokenStdin?: boolean
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
      toCredentials: await targetCredentials(options),
      dependencies: !options.withoutDependencies,
      updateIndex: !options.withoutIndex,
    },
    options,
  )
}

function targetLogin({ toUsername, toPasswordStdin, toTokenStdin }: CopyOptions): LoginOptions {
  return { username: toUsername, passwordStdin: toPasswordStdin, tokenStdin: toTokenStdin }
}

function targetCredentials(options: CopyOptions): Promise<GivenCredentials | undefined> {
  return readCredentials(targetLogin(options), 'copy')
}

/** On a terminal both passwords are asked for; what is piped in is one. */
function checkLogins(options: CopyOptions): void {
  const asked = [options, targetLogin(options)].filter((one) => one.username !== undefined || one.tokenStdin)
  if (asked.length < 2 || process.stdin.isTTY) return
  throw new StrataError('usage', 'only one login can come from standard input', {
    hint: 'Keep the other one with: strata login HOST',
  })
}
