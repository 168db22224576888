import type { Input, Output, Parsed } from '../../main/api/contract.ts'
import type { Keychain, KnownRegistry, RegistryLogin, RegistrySettings } from '../../main/api/registries.ts'
import { kindOfRegistry, registryPresets } from '../../main/registry/kinds.ts'
import { StrataError } from '../../main/support/errors.ts'

/** Registries as a user of several years has them: every source of a login, one with a problem, one registry unsafe. */

const dockerConfig = '~/.docker/config.json'

const foundLogins: readonly RegistryLogin[] = [
  { scope: 'ghcr.io', kind: 'basic', username: 'demo', origin: 'file', source: dockerConfig },
  { scope: 'docker.io', kind: 'identity', origin: 'helper', source: `docker-credential-secretservice, named in ${dockerConfig}` },
  { scope: 'registry.gitlab.com', kind: 'basic', username: 'gitlab+deploy-token-42', origin: 'mirror', source: 'mirror "group" in /home/demo/.spack/mirrors.yaml', problem: 'GROUP_CACHE_TOKEN is not set' },
] // biome-ignore format: a table

const keptLogins: readonly RegistryLogin[] = [
  { scope: 'ghcr.io/hpc-lab', kind: 'basic', username: 'hpc-lab-bot', origin: 'strata', source: 'the desktop’s keyring (Secret Service)' },
  { scope: 'harbor.hpc.example.org/climate', kind: 'basic', username: 'robot$ci', origin: 'strata', source: 'the desktop’s keyring (Secret Service)' },
] // biome-ignore format: a table

const setUp: readonly RegistrySettings[] = [
  { registry: 'harbor.hpc.example.org', kind: 'harbor', caFiles: ['/etc/ssl/hpc-site-ca.pem'], insecure: false, plainHttp: false },
  { registry: 'registry.lab.example.org:5000', kind: 'distribution', caFiles: [], insecure: true, plainHttp: false },
] // biome-ignore format: a table

const recent: readonly string[] = [
  'oci://ghcr.io/demo/cache',
  'oci://ghcr.io/demo/science',
  'oci://harbor.hpc.example.org/climate/cache',
]

const systemKeychain: Keychain = { kind: 'system', where: 'the desktop’s keyring (Secret Service)' }
const fileKeychain = {
  where: '/home/demo/.config/strata/logins.json, readable by you alone',
  problem: 'no Secret Service answers on this machine',
}

export interface FakeRegistriesOptions {
  readonly known: 'none' | 'many'
  readonly keychain: Keychain['kind']
}

export interface FakeRegistries {
  list(): Output<'registries.list'>
  save(input: Parsed<'registries.save'>): Output<'registries.list'>
  forget(input: Parsed<'registries.forget'>): Output<'registries.list'>
  /** Takes every password but `wrong`. */
  login(input: Parsed<'registry.login'>): Output<'registry.login'>
  logout(input: Parsed<'registry.logout'>): Output<'registry.logout'>
  whoami(input: Pick<Input<'registry.whoami'>, 'to'>): Output<'registry.whoami'>
}

export function createFakeRegistries({ known, keychain: kind }: FakeRegistriesOptions): FakeRegistries {
  const keychain: Keychain = kind === 'system' ? systemKeychain : { ...fileKeychain, kind }
  const many = known === 'many'
  const found = many ? foundLogins : []
  let kept = many ? [...keptLogins] : []
  let settings = many ? [...setUp] : []

  // Strata's own are tried before what others keep.
  const logins = () => [...kept, ...found]

  function registry(name: string): KnownRegistry {
    const set = settings.find((s) => s.registry === name)
    const plain = { registry: name, kind: kindOfRegistry(name), caFiles: [], insecure: false, plainHttp: false }
    return {
      ...(set ?? plain),
      configured: set !== undefined,
      logins: logins().filter((login) => hostOf(login.scope) === name),
      recent: many ? recent.filter((one) => one.startsWith(`oci://${name}/`)) : [],
    }
  }

  function list(): Output<'registries.list'> {
    const names = new Set([...settings.map((s) => s.registry), ...logins().map((login) => hostOf(login.scope))])
    return { registries: [...names].toSorted().map(registry), presets: [...registryPresets], keychain }
  }

  return {
    list,
    save: (input) => {
      if (/[\s/]/.test(input.registry)) {
        throw new StrataError('reference-invalid', `"${input.registry}" is not a host name`, {
          hint: 'A registry is host or host:port; repositories are named where they are used.',
        })
      }
      settings = [...settings.filter((s) => s.registry !== input.registry), input]
      return list()
    },
    forget: ({ registry: name }) => {
      settings = settings.filter((s) => s.registry !== name)
      kept = kept.filter((login) => hostOf(login.scope) !== name)
      return list()
    },
    login: ({ scope, credentials, allowFile }) => {
      if (keychain.kind === 'none' && !allowFile) {
        throw new StrataError('no-keychain', `this machine has no keychain that can be used: ${keychain.problem}`)
      }
      const [secret, username] =
        'token' in credentials ? [credentials.token] : [credentials.password, credentials.username]
      if (secret === 'wrong') {
        throw new StrataError('registry-auth', `${hostOf(scope)} refused the login of ${username ?? 'this token'} (401)`, {
          hint: 'A personal access token (classic) with write:packages is what it takes; a password of the web page is not.',
          details: { url: `https://${hostOf(scope)}/token`, status: 401 },
        })
      } // biome-ignore format: plain data
      const source = keychain.where.replace(/, readable.*/, '')
      const made: RegistryLogin = { scope, kind: username === undefined ? 'token' : 'basic', username, origin: 'strata', source } // biome-ignore format: plain data
      kept = [made, ...kept.filter((login) => login.scope !== scope)]
      return made
    },
    logout: ({ scope }) => {
      const before = kept.length
      kept = kept.filter((login) => login.scope !== scope)
      return { removed: kept.length < before }
    },
    whoami: ({ to }) => {
      const repository = to.replace(/^[a-z+]+:\/\//, '')
      if (/[A-Z]/.test(repository)) {
        throw new StrataError('reference-invalid', `${to}: the name of a repository is in lower case`)
      }
      return { repository, logins: logins().filter((login) => `${repository}/`.startsWith(`${login.scope}/`)) }
    },
  }
}

function hostOf(scope: string): string {
  return scope.replace(/^[a-z+]+:\/\//, '').split('/')[0] ?? scope
}
