import type { KnownRegistry, RegistryLogin } from '../../../../main/api/registries.ts'
import { assertNever } from '../../../ui/assert.ts'

/** The login that is used: the first that could be read. None means anonymous. */
export function usedLogin(logins: readonly RegistryLogin[]): RegistryLogin | undefined {
  return logins.find((login) => login.problem === undefined)
}

/** Who a login is, as far as it says. */
export function loginName(login: RegistryLogin): string {
  if (login.username !== undefined) return login.username
  switch (login.kind) {
    case 'basic':
      return 'a name and password'
    case 'token':
      return 'a token'
    case 'identity':
      return 'an identity token'
    default:
      return assertNever(login.kind)
  }
}

/** How to be rid of a login that is not Strata's own: whoever keeps it has to forget it. */
export function removal(login: RegistryLogin): string | undefined {
  switch (login.origin) {
    case 'strata':
    case 'given':
      return undefined
    case 'environment':
      return 'Unset the variable to be rid of it.'
    case 'file':
    case 'helper':
      return `“docker logout ${login.scope}” or “podman logout ${login.scope}” removes it.`
    case 'mirror':
      return '“spack mirror set” changes it.'
    default:
      return assertNever(login.origin)
  }
}

/** What was set decides; else a reference without a scheme means http on this machine and TLS everywhere else. */
export function scheme({ configured, plainHttp }: KnownRegistry): string {
  if (!configured) return ''
  return plainHttp ? 'oci+http://' : 'oci://'
}
