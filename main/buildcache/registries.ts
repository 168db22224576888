import type { Output, Parsed } from '../api/contract.ts'
import type { Settings } from '../api/models.ts'
import type { KnownRegistry, RegistrySettings } from '../api/registries.ts'
import { readAuthFiles } from '../registry/credentials/auth-files.ts'
import { type CredentialSources, listLogins } from '../registry/credentials/credentials.ts'
import { hostOf, parseScope, scopeOfKey } from '../registry/credentials/scope.ts'
import { kindOfRegistry, registryPresets } from '../registry/kinds.ts'
import { formatReference, parseReference, type RegistryReference } from '../registry/reference.ts'
import { readConfiguration } from '../spack/config/configuration.ts'
import { type Mirror, readMirrors } from '../spack/config/mirrors.ts'
import { findInstances } from '../spack/instances.ts'
import { settingsOf } from './connection.ts'
import { logIn } from './login.ts'
import { isOci, mirrorLogins } from './mirror-logins.ts'
import { type Host, openSource, type Source } from './source.ts'

/** The registries that are known here, what was set for them, and the logins for them. */
export interface Registries {
  /** Known: set up, logged in to by whatever tool, named by a mirror of a Spack that is found, or pushed to before. */
  list(): Promise<Output<'registries.list'>>
  save(input: Parsed<'registries.save'>): Promise<Output<'registries.list'>>
  /** Drops what was set and every login that Strata keeps for it. */
  forget(input: Parsed<'registries.forget'>): Promise<Output<'registries.list'>>
  /** Keeps a login that the registry has taken. Throws `registry-auth`, `no-keychain` and what a registry answers. */
  login(input: Parsed<'registry.login'>): Promise<Output<'registry.login'>>
  logout(input: Parsed<'registry.logout'>): Promise<Output<'registry.logout'>>
  whoami(input: Parsed<'registry.whoami'>): Promise<Output<'registry.whoami'>>
}

export interface RegistriesParts {
  readonly host: () => Host
  readonly settings: { read(): Settings; write(change: Partial<Settings>): Promise<Settings> }
}

export function createRegistries({ host, settings }: RegistriesParts): Registries {
  const list = async (): Promise<Output<'registries.list'>> => {
    const here = host()
    const { registries: set, recentTargets } = settings.read()
    const [mirrors, files, entries, keychain] = await Promise.all([
      readAllMirrors(here),
      readAuthFiles(here.env, here.home),
      here.keychain.entries().catch(() => []),
      here.keychain.facts(),
    ])
    const recent = recentTargets.flatMap(asRegistryReference)
    const named = [
      ...set.map((one) => one.registry),
      ...recent.map((one) => one.registry),
      ...entries.map((one) => one.scope),
      ...files.flatMap((one) => one.scopes),
      ...mirrors.flatMap(mirrorReferences).map((one) => one.registry),
    ]
    const hosts = [...new Set(named.map((one) => hostOf(scopeOfKey(one))))]
    const sources = { ...sourcesOf(here), mirrors: mirrorLogins(mirrors, here.env) }
    return {
      // One after another a helper that hangs would hold up all the others.
      registries: await Promise.all(hosts.map((one) => describeRegistry(one, set, recent, sources))),
      presets: [...registryPresets],
      keychain,
    }
  }

  return {
    list,
    save: async (input) => {
      const registry = hostOf(parseScope(input.registry).scope)
      const others = settings.read().registries.filter((one) => scopeOfKey(one.registry) !== registry)
      await settings.write({ registries: [...others, { ...input, registry }] })
      return list()
    },
    forget: async ({ registry }) => {
      const name = hostOf(parseScope(registry).scope)
      const { keychain } = host()
      const scopes = (await keychain.entries()).map((one) => one.scope).filter((scope) => hostOf(scope) === name)
      for (const scope of new Set(scopes)) await keychain.delete(scope)
      const rest = settings.read().registries.filter((one) => scopeOfKey(one.registry) !== name)
      await settings.write({ registries: rest })
      return list()
    },
    login: (input) => logIn(input, host()),
    logout: async ({ scope }) => ({ removed: await host().keychain.delete(parseScope(scope).scope) }),
    whoami: async ({ to, ...ref }) => {
      const here = host()
      // Without a Spack there are simply no mirrors.
      const source = await openSource(ref, here).catch(() => undefined)
      const mirrors = mirrorsOf(source)
      const repository = soughtScope(to, mirrors)
      const [registry, path] = [hostOf(repository), repository.slice(hostOf(repository).length + 1)]
      const sources = { ...sourcesOf(here), mirrors: mirrorLogins(mirrors, here.env) }
      return { repository, logins: [...(await listLogins(registry, path === '' ? undefined : path, sources))] }
    },
  }
}

function sourcesOf({ env, home, keychain }: Host): CredentialSources {
  return { env, home, keychain }
}

async function describeRegistry(
  registry: string,
  set: readonly RegistrySettings[],
  recent: readonly RegistryReference[],
  sources: CredentialSources,
): Promise<KnownRegistry> {
  const own = settingsOf(registry, set)
  const used = recent.filter((one) => scopeOfKey(one.registry) === registry)
  return {
    registry,
    kind: own?.kind ?? kindOfRegistry(registry),
    caFiles: own?.caFiles ?? [],
    insecure: own?.insecure ?? false,
    plainHttp: own?.plainHttp ?? false,
    configured: own !== undefined,
    logins: [...(await listLogins(registry, undefined, sources))],
    recent: [...new Set(used.map(formatReference))],
  }
}

/** The repository or registry that `whoami` was asked of: a mirror's, a reference's, or a scope. */
function soughtScope(to: string, mirrors: readonly Mirror[]): string {
  const mirror = mirrors.find((one) => one.name === to)
  const text = mirror?.push?.url ?? mirror?.fetch?.url ?? to
  // With a path it is read as everywhere else, short names of Docker Hub included.
  const reference = /[^/:]\/./.test(text) ? asRegistryReference(text)[0] : undefined
  return reference ? `${scopeOfKey(reference.registry)}/${reference.repository}` : parseScope(text).scope
}

/** What a reference names in a registry; nothing for a folder, or for what is no reference (any more). */
export function asRegistryReference(text: string): readonly RegistryReference[] {
  try {
    const reference = parseReference(text)
    return reference.kind === 'registry' ? [reference] : []
  } catch {
    return []
  }
}

/** The repositories that a mirror names, those that are in an OCI registry. */
export function mirrorReferences({ push, fetch }: Mirror): readonly RegistryReference[] {
  const urls = [push?.url, fetch?.url].flatMap((url) => (url !== undefined && isOci(url) ? [url] : []))
  return urls.flatMap(asRegistryReference)
}

function mirrorsOf(source: Source | undefined): readonly Mirror[] {
  return source?.configuration ? readMirrors(source.configuration) : []
}

/** The mirrors of every Spack that is found here; one whose configuration cannot be read has none. */
export async function readAllMirrors(host: Host): Promise<readonly Mirror[]> {
  const instances = await findInstances(host)
  const mirrors = await Promise.all(
    instances.map((instance) => readConfiguration(instance).then(readMirrors, (): readonly Mirror[] => [])),
  )
  return mirrors.flat()
}
