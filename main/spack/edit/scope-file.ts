import { basename, join } from 'node:path'
import { StrataError } from '../../support/errors.ts'
import type { Configuration } from '../config/configuration.ts'
import type { SpackInstance } from '../instances.ts'
import type { YamlPath } from './change.ts'

/** A file that a section of the configuration can be written to. */
export interface ScopeFile {
  /** `env:tools`, `user`, `site`, …: what Spack calls it. */
  readonly scope: string
  /** Logical. */
  readonly file: string
  /** Where in the file the sections begin. */
  readonly base: YamlPath
}

/** The scopes of an installation that people write to, besides an environment's own. */
const userScopes = ['user', 'site', 'system'] as const

/**
 * The files that hold `section`, the likeliest to be written to first: the environment's, the user's, then those of the
 * installation and the machine. Those that do not exist yet are among them. `SPACK_DISABLE_LOCAL_CONFIG` takes away the
 * user's and the system's.
 */
export function scopeFiles(
  section: string,
  instance: SpackInstance | undefined,
  configuration: Configuration | undefined,
  environment: { readonly name: string; readonly folder: string } | undefined,
): readonly ScopeFile[] {
  const own: readonly ScopeFile[] = environment ? [manifestFile(environment)] : []
  if (!instance || !configuration) return own
  const local = instance.env.SPACK_DISABLE_LOCAL_CONFIG === undefined
  const folders = userScopes.flatMap((scope) => {
    const known = configuration.scopes.find((one) => one.name === scope)?.path
    const folder = known ?? (local || scope === 'site' ? defaultFolder(scope, instance, configuration) : undefined)
    return folder === undefined ? [] : [{ scope, file: join(folder, `${section}.yaml`), base: [] }]
  })
  return [...own, ...folders]
}

export function manifestFile({ name, folder }: { readonly name: string; readonly folder: string }): ScopeFile {
  return { scope: `env:${name}`, file: join(folder, 'spack.yaml'), base: ['spack'] }
}

/** The scope of that name; `env` is the environment's. Throws `usage`, naming those there are. */
export function chooseScope(files: readonly ScopeFile[], wanted: string | undefined): ScopeFile {
  const found =
    wanted === undefined
      ? files[0]
      : files.find(({ scope }) => scope === wanted || (wanted === 'env' && scope.startsWith('env:')))
  if (found) return found
  const known = files.map(({ scope }) => scope).join(', ')
  if (wanted === undefined) {
    throw new StrataError('spack-not-found', 'there is no file to write to: no Spack and no environment was found', {
      hint: 'Name an environment with --env, or a Spack with --spack.',
    })
  }
  throw new StrataError('usage', `there is no configuration scope ${wanted} to write to`, {
    hint: known === '' ? 'Name an environment with --env.' : `There are ${known}.`,
  })
}

/** The file that a value was read from: an environment's, a scope's, or one that is included. */
export function fileOfOrigin(origin: { readonly scope: string; readonly file: string }): ScopeFile {
  return { ...origin, base: basename(origin.file) === 'spack.yaml' ? ['spack'] : [] }
}

/** Where a scope lies that the configuration has not read, because its folder is not there. */
function defaultFolder(
  scope: (typeof userScopes)[number],
  instance: SpackInstance,
  configuration: Configuration,
): string {
  const { env, root } = instance
  switch (scope) {
    case 'user':
      return configuration.expand(env.SPACK_USER_CONFIG_PATH || '~/.spack', root)
    case 'system':
      return configuration.expand(env.SPACK_SYSTEM_CONFIG_PATH || '/etc/spack', root)
    case 'site':
      return join(root, 'etc/spack/site')
  }
}
