import { createHash } from 'node:crypto'
import { basename, dirname, join, resolve } from 'node:path'
import { StrataError } from '../../support/errors.ts'
import { type Configuration, readConfiguration } from '../config/configuration.ts'
import { kindOf, namesIn, readTextIfThere } from '../files.ts'
import type { SpackInstance } from '../instances.ts'
import type { Json } from '../json.ts'
import { specName } from '../spec/format.ts'
import { type Lockfile, parseLockfile } from './lockfile.ts'
import { parseManifest } from './manifest.ts'

/** An environment as a list of them shows it. */
export interface EnvironmentEntry {
  readonly name: string
  /** Logical. */
  readonly folder: string
  /** It has a spack.lock. */
  readonly concretized: boolean
}

export interface SpackEnvironment {
  readonly name: string
  readonly folder: string
  /** The requested specs as spack.yaml has them; those of the lockfile when there is no spack.yaml. */
  readonly specs: readonly string[]
  readonly view?: Json
  /** Absent while it is not concretized. */
  readonly lock?: Lockfile
  /** sha256 over spack.yaml and spack.lock: changes whenever one of them does. */
  readonly manifestFingerprint: string
}

/** Folders below `environments_root` are named by their path; deeper than this nobody nests them. */
const maxNesting = 4

/** The named environments of an installation, by name. */
export async function listEnvironments(
  instance: SpackInstance,
  configuration: Configuration,
): Promise<readonly EnvironmentEntry[]> {
  return environmentsBelow(environmentsRoot(instance, configuration), '', instance.sysroot, maxNesting)
}

/**
 * A named environment of `instance`, or the one in a folder (its spack.yaml may be named as well). A name wins over a
 * folder of that name, as with `spack -e`. Throws `environment-not-found`, naming the known ones, `config-invalid` with
 * line and column, and what `parseLockfile` throws.
 */
export async function readEnvironment(
  instance: SpackInstance | undefined,
  nameOrFolder: string,
): Promise<SpackEnvironment> {
  const { name, folder } = await findEnvironment(instance, nameOrFolder)
  const { yaml, lock, fingerprint } = await readFiles(folder, instance?.sysroot)
  const lockfile = lock === undefined ? undefined : parseLockfile(lock, join(folder, 'spack.lock'))
  const manifest =
    yaml === undefined
      ? { specs: lockfile?.roots.map((root) => root.spec) ?? [] }
      : parseManifest(yaml, join(folder, 'spack.yaml'))
  return { name, folder, ...manifest, lock: lockfile, manifestFingerprint: fingerprint }
}

/**
 * The requested specs whose package the lockfile has no root for: they were added since it was concretized. What
 * definitions and matrices bring is not looked at.
 */
export function unconcretized({ specs, lock }: SpackEnvironment): readonly string[] {
  const names = new Set(lock?.roots.map(({ spec }) => specName(spec)))
  return specs.filter((spec) => specName(spec) !== '' && !names.has(specName(spec)))
}

/** What `manifestFingerprint` would be now. */
export async function environmentFingerprint(instance: SpackInstance | undefined, folder: string): Promise<string> {
  return (await readFiles(folder, instance?.sysroot)).fingerprint
}

async function readFiles(
  folder: string,
  sysroot: string | undefined,
): Promise<{ readonly yaml: string | undefined; readonly lock: string | undefined; readonly fingerprint: string }> {
  const [yaml, lock] = await Promise.all([
    readTextIfThere(join(folder, 'spack.yaml'), sysroot),
    readTextIfThere(join(folder, 'spack.lock'), sysroot),
  ])
  const hash = createHash('sha256').update(yaml ?? '')
  return { yaml, lock, fingerprint: hash.update(`\0${lock ?? ''}`).digest('hex') }
}

/** Which folder a name or a folder stands for; throws `environment-not-found`. */
export async function findEnvironment(
  instance: SpackInstance | undefined,
  nameOrFolder: string,
): Promise<{ readonly name: string; readonly folder: string }> {
  const configuration = instance && (await readConfiguration(instance, undefined, ['config']))
  if (instance && configuration && /^[\w][\w./-]*$/.test(nameOrFolder)) {
    const folder = join(environmentsRoot(instance, configuration), nameOrFolder)
    if (await isEnvironment(folder, instance.sysroot)) return { name: nameOrFolder, folder }
  }
  const given = instance?.sysroot === undefined ? resolve(nameOrFolder) : nameOrFolder
  const folder = /^spack\.(yaml|lock)$/.test(basename(given)) ? dirname(given) : given
  if (await isEnvironment(folder, instance?.sysroot)) return { name: basename(folder), folder }
  const known = instance && configuration ? await listEnvironments(instance, configuration) : []
  const names = known.map((entry) => entry.name).join(', ')
  throw new StrataError('environment-not-found', `there is no environment ${nameOrFolder}`, {
    hint: names
      ? `Known ones: ${names}. Or name a folder that holds a spack.yaml.`
      : 'Name a folder that holds a spack.yaml.',
    details: { environment: nameOrFolder, known: names },
  })
}

/** The folder of the named environments, logical. */
export function environmentsRoot(instance: SpackInstance, configuration: Configuration): string {
  return configuration.path(['config', 'environments_root']) ?? join(instance.root, 'var/spack/environments')
}

/** A lockfile alone is enough: it shows what was concretized. */
async function isEnvironment(folder: string, sysroot: string | undefined): Promise<boolean> {
  for (const file of ['spack.yaml', 'spack.lock']) {
    if ((await kindOf(join(folder, file), sysroot)) === 'file') return true
  }
  return false
}

async function environmentsBelow(
  root: string,
  prefix: string,
  sysroot: string | undefined,
  depth: number,
): Promise<readonly EnvironmentEntry[]> {
  const found: EnvironmentEntry[] = []
  for (const name of await namesIn(root, sysroot)) {
    const folder = join(root, name)
    if (name.startsWith('.') || (await kindOf(folder, sysroot)) !== 'folder') continue
    if ((await kindOf(join(folder, 'spack.yaml'), sysroot)) === 'file') {
      const concretized = (await kindOf(join(folder, 'spack.lock'), sysroot)) === 'file'
      found.push({ name: prefix + name, folder, concretized })
    } else if (depth > 1) {
      found.push(...(await environmentsBelow(folder, `${prefix}${name}/`, sysroot, depth - 1)))
    }
  }
  return found
}
