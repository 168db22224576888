import { createHash } from 'node:crypto'
import { tmpdir, userInfo } from 'node:os'
import { isAbsolute, join, normalize } from 'node:path'
import { readTextIfThere } from '../files.ts'
import type { Owner, SpackInstance } from '../instances.ts'

/** What stands behind `$spack`, `$env` and the rest when paths of the configuration are read. */
export interface Substitutions {
  readonly variables: ReadonlyMap<string, string>
  readonly env: SpackInstance['env']
  readonly home: string
}

/**
 * The variables of Spack's `util/path.py` that are known without running it. `$arch` and `$target` need the
 * microarchitecture that Spack detects: they stay as written, and show in the path that is then not found.
 */
export async function substitutionsOf(owner: Owner, environment?: string): Promise<Substitutions> {
  const { env, home, root, sysroot } = owner
  const os = await operatingSystem(sysroot)
  const entries: readonly (readonly [string, string | undefined])[] = [
    ['spack', root],
    ['user', userName(env)],
    ['tempdir', env.TMPDIR || tmpdir()],
    ['user_cache_path', expandHome(env.SPACK_USER_CACHE_PATH || '~/.spack', home)],
    ['platform', platformOf(sysroot)],
    ['operating_system', os],
    ['os', os],
    ['target_family', process.arch === 'arm64' ? 'aarch64' : 'x86_64'],
    ['date', new Date().toISOString().slice(0, 10)],
    ['env', environment],
    ...(isOld(owner) ? [] : newerVariables(owner)),
  ]
  const known = entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
  return { variables: new Map(known), env, home }
}

/** Spack 0.22 leaves these as they are written. */
function newerVariables({ root, version }: Owner): readonly (readonly [string, string | undefined])[] {
  return [
    ['spack_instance_id', root === undefined ? undefined : instanceId(root)],
    ['spack_short_version', version?.split('.').slice(0, 2).join('.')],
  ]
}

function isOld({ version }: Owner): boolean {
  return version?.startsWith('0.') ?? false
}

/** Spack's name of the platform that an installation is for: a sysroot is always a Linux file system. */
export function platformOf(sysroot?: string): string {
  return sysroot === undefined ? process.platform : 'linux'
}

/**
 * A path of the configuration as Spack's `canonicalize_path` gives it: `$spack` and its like (any case), then environment
 * variables, then `~`; what is relative is taken from `folder`. What is not known stays as written; URLs are not paths.
 */
export function expandPath(text: string, substitutions: Substitutions, folder: string): string {
  const expanded = expandVariables(text, substitutions)
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(expanded)?.[1]
  if (scheme !== undefined && scheme !== 'file') return expanded
  const path = scheme === 'file' ? decodeURI(expanded.slice('file://'.length)) : expanded
  const absolute = normalize(isAbsolute(path) ? path : join(folder, path))
  return absolute.length > 1 ? absolute.replace(/\/+$/, '') : absolute
}

/** Variables and `~` in a text that need not be a path. */
export function expandVariables(text: string, { variables, env, home }: Substitutions): string {
  const substituted = text.replace(/\$(\w+)\b|\$\{(\w+)\}/g, (written, bare?: string, braced?: string) => {
    const name = bare ?? braced ?? ''
    return variables.get(name.toLowerCase()) ?? env[name] ?? written
  })
  return expandHome(substituted, home)
}

function expandHome(path: string, home: string): string {
  return path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path
}

function userName(env: SpackInstance['env']): string {
  try {
    return userInfo().username
  } catch {
    return env.USER ?? '' // a uid without an entry in the password file, as in some containers
  }
}

/** The first seven letters of the root's SHA-1 in base32 (Spack's `b32_hash`). */
function instanceId(root: string): string {
  const digest = createHash('sha1').update(root).digest()
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
  let bits = 0n
  for (const byte of digest.subarray(0, 5)) bits = (bits << 8n) | BigInt(byte)
  return Array.from({ length: 7 }, (_, i) => alphabet[Number((bits >> BigInt(35 - 5 * i)) & 31n)]).join('')
}

/** `debian12`, `ubuntu22.04`: the distribution's id and the part of its version that Spack keeps. */
async function operatingSystem(sysroot: string | undefined): Promise<string | undefined> {
  if (platformOf(sysroot) !== 'linux') return undefined
  const text = await readTextIfThere('/etc/os-release', sysroot)
  const field = (name: string) => new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(text ?? '')?.[1]
  const id = field('ID')
  if (id === undefined) return undefined
  const parts = (field('VERSION_ID') ?? '').split('.')
  return id + (id === 'ubuntu' ? parts.slice(0, 2).join('.') : (parts[0] ?? ''))
}
