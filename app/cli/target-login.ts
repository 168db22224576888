import type { GivenCredentials } from '../../main/api/models.ts'
import { StrataError } from '../../main/support/errors.ts'
import { type LoginOptions, readCredentials } from './secret.ts'

/** Who one is at the target of a command that reads from one registry and writes to another (`repository-options.ts`). */
export interface TargetLoginOptions {
  readonly toUsername?: string
  readonly toPasswordStdin?: boolean
  readonly toTokenStdin?: boolean
}

function targetLogin({ toUsername, toPasswordStdin, toTokenStdin }: TargetLoginOptions): LoginOptions {
  return { username: toUsername, passwordStdin: toPasswordStdin, tokenStdin: toTokenStdin }
}

/** The login for the target that the options of a command ask for; undefined when they name none. */
export function targetCredentials(options: TargetLoginOptions, command: string): Promise<GivenCredentials | undefined> {
  return readCredentials(targetLogin(options), command)
}

/** On a terminal both passwords are asked for; what is piped in is one. Throws `usage` for two. */
export function checkLogins(options: LoginOptions & TargetLoginOptions): void {
  const asked = [options, targetLogin(options)].filter((one) => one.username !== undefined || one.tokenStdin)
  if (asked.length < 2 || process.stdin.isTTY) return
  throw new StrataError('usage', 'only one login can come from standard input', {
    hint: 'Keep the other one with: strata login HOST',
  })
}
