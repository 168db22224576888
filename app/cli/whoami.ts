import type { RegistryIdentity, RegistryLogin } from '../../main/api/registries.ts'
import { out } from './colours.ts'
import { withEngine } from './session.ts'
import { type Cell, table } from './table.ts'

/** `strata whoami`: every login for a repository in the order in which they are tried, and which of them is used. */
export async function whoami(to: string, options: { readonly json?: boolean }): Promise<void> {
  const environment = process.env.SPACK_ENV || undefined
  const identity = await withEngine((engine) => engine.call('registry.whoami', { to, environment }))
  console.log(options.json ? JSON.stringify(identity) : describeIdentity(identity).join('\n'))
}

/** The repository, then a line a login. No secret is among what the engine hands out. */
export function describeIdentity({ repository, logins }: RegistryIdentity): string[] {
  const used = logins.find((one) => one.problem === undefined)
  const anonymous = used === undefined ? ['anonymous: no login was found for it; strata login gives it one'] : []
  return [out.bold(repository), ...table(logins.map((one) => loginRow(one, one === used))), ...anonymous]
}

function loginRow(login: RegistryLogin, used: boolean): readonly Cell[] {
  const { scope, kind, username, source, problem } = login
  const mark: Cell = used ? ['✓ used', out.green] : problem === undefined ? '' : ['✗', out.red]
  const name = username ?? (kind === 'basic' ? '' : kind === 'token' ? 'a token' : 'an identity token')
  return [mark, name, scope, problem === undefined ? source : `${source}: ${problem}`]
}
