import type { Parsed } from '../api/contract.ts'
import type { RegistryLogin } from '../api/registries.ts'
import type { Credential } from '../registry/credentials/credentials.ts'
import { hostOf, parseScope } from '../registry/credentials/scope.ts'
import { reasonOf } from '../registry/failure.ts'
import { createNetwork, transportTo } from '../registry/open.ts'
import { protect } from '../support/redact.ts'
import { givenCredential, settingsOf, trustOf } from './connection.ts'
import type { Host } from './source.ts'

/**
 * Keeps a login in Strata's keychain once the registry has taken it: what is refused is kept nowhere. A registry that
 * asks nobody who he is (open to read, say) takes any; docker and podman keep such a login as well.
 * Throws `registry-auth` for a wrong login, `no-keychain`, `reference-invalid`, and what a connection throws.
 */
export async function logIn(input: Parsed<'registry.login'>, host: Host): Promise<RegistryLogin> {
  const { scope, schemes } = parseScope(input.scope)
  const credential = givenCredential(input.credentials)
  protect(credential.kind === 'basic' ? credential.password : credential.token)
  await verify(hostOf(scope), schemes, credential, input, host)
  const { keychain } = host
  const { kind } = credential
  if ('username' in input.credentials) await keychain.write(scope, { kind: 'basic', ...input.credentials }, input)
  else await keychain.write(scope, { kind: 'token', ...input.credentials }, input)
  const entries = await keychain.entries()
  const entry = entries.find((one) => one.scope === scope && one.problem === undefined)
  return { scope, kind, username: entry?.username, origin: 'strata', source: entry?.where ?? '' }
}

/**
 * `GET /v2/` with the login, as `docker login` asks: for a Bearer registry its token server is asked on the way. Of several
 * schemes the next one is tried where the port turns out to speak TLS.
 */
async function verify(
  registry: string,
  schemes: readonly ('https' | 'http')[],
  credential: Credential,
  request: Pick<Parsed<'registry.login'>, 'caFiles' | 'insecure'>,
  { env, registries }: Pick<Host, 'env' | 'registries'>,
): Promise<void> {
  const set = settingsOf(registry, registries)
  const network = createNetwork({ credentials: async () => credential, trust: () => trustOf(request, set), env })
  const [scheme = 'https', ...others] = set?.plainHttp ? (['http'] as const) : schemes
  try {
    const transport = transportTo({ kind: 'registry', scheme, registry, repository: '' }, network)
    const answer = await transport.send({
      method: 'GET',
      url: new URL('/v2/', transport.host.origin),
      what: `${registry}: login`,
      scope: { repository: '', actions: 'pull' },
    })
    if (answer.status >= 400) throw await answer.failure()
    answer.close()
  } catch (thrown) {
    if (others.length === 0 || reasonOf(thrown) !== 'speaks-tls') throw thrown
    await verify(registry, others, credential, request, { env, registries })
  } finally {
    await network.close()
  }
}
