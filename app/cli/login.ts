import { resolve } from 'node:path'
import type { GivenCredentials } from '../../main/api/models.ts'
import { StrataError } from '../../main/support/errors.ts'
import { askName, type LoginOptions, readCredentials } from './secret.ts'
import { withEngine } from './session.ts'

/** The options of `strata login` as commander hands them over. */
export interface LoginCommandOptions extends LoginOptions {
  readonly caFile?: readonly string[]
  readonly insecure?: boolean
  readonly allowFile?: boolean
  readonly json?: boolean
}

/** `strata login`: asks the registry whether the login is right, then keeps it for this and every later command. */
export async function login(scope: string, options: LoginCommandOptions): Promise<void> {
  const credentials = await credentialsOf(scope, options)
  const kept = await withEngine((engine) =>
    engine.call('registry.login', {
      scope,
      credentials,
      caFiles: (options.caFile ?? []).map((file) => resolve(file)),
      insecure: options.insecure,
      allowFile: options.allowFile,
    }),
  )
  if (options.json) console.log(JSON.stringify(kept))
  else console.log(`Logged in to ${kept.scope}${who(kept.username)}\nThe login is kept in ${kept.source}`)
}

function who(username: string | undefined): string {
  return username === undefined ? ' with a token' : ` as ${username}`
}

async function credentialsOf(scope: string, options: LoginCommandOptions): Promise<GivenCredentials> {
  const given = options.tokenStdin || options.username !== undefined || options.passwordStdin
  const username = given ? options.username : await askName(`User name at ${scope}: `)
  const credentials = await readCredentials({ ...options, username: username || undefined }, 'login')
  if (credentials) return credentials
  throw new StrataError('usage', 'who logs in is missing', {
    hint: 'Add --username NAME, with --password-stdin for a script, or --token-stdin.',
  })
}
