import { realpath } from 'node:fs/promises'
import { delimiter, dirname, join, resolve } from 'node:path'
import { StrataError } from '../support/errors.ts'
import { kindOf, readTextIfThere } from './files.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** A Spack installation. All paths are logical: what Spack calls them, below `sysroot` when there is one. */
export interface SpackInstance {
  readonly root: string
  /** The folder that stands for `/` for everything that this Spack wrote. */
  readonly sysroot?: string
  /** `0.22.5`; unknown when only its store is there. */
  readonly version?: string
  /** `bin/spack`, when it is there. */
  readonly executable?: string
  /** `SPACK_ROOT`, `PATH`, `home folder`, `remembered` or `given`. */
  readonly foundBy: string
  /** The environment variables and the home folder that its configuration is read with. */
  readonly env: Environment
  readonly home: string
}

/** Whose configuration is read: that of a Spack, or without one what an environment says by itself. */
export type Owner = Pick<SpackInstance, 'sysroot' | 'env' | 'home'> & Partial<Pick<SpackInstance, 'root' | 'version'>>

export interface InstanceSearch {
  readonly env: Environment
  readonly home: string
  readonly sysroot?: string
  /** Roots that the user has opened before. */
  readonly remembered?: readonly string[]
}

/** Any one of these makes a folder a Spack installation: a whole clone, or what a container image keeps of one. */
const marks = ['bin/spack', 'etc/spack', 'lib/spack/spack', 'var/spack', 'opt/spack/.spack-db']

/**
 * The Spack installations of this machine, each once, the likeliest first: `SPACK_ROOT`, the `spack` on `PATH` with its
 * links followed, `~/spack`, then those remembered. Reads only a few small files of each; runs nothing.
 */
export async function findInstances(search: InstanceSearch): Promise<readonly SpackInstance[]> {
  const onPath = search.sysroot === undefined ? await rootOnPath(search.env) : undefined
  const candidates: readonly (readonly [foundBy: string, root: string | undefined])[] = [
    ['SPACK_ROOT', search.env.SPACK_ROOT || undefined],
    ['PATH', onPath],
    ['home folder', join(search.home, 'spack')],
    ...(search.remembered ?? []).map((root) => ['remembered', root] as const),
  ]
  const found = new Map<string, SpackInstance>()
  for (const [foundBy, root] of candidates) {
    if (root === undefined || !(await isInstance(root, search.sysroot))) continue
    const identity = search.sysroot === undefined ? await realpath(root) : root
    if (!found.has(identity)) found.set(identity, await inspect(root, foundBy, search))
  }
  return [...found.values()]
}

/** The Spack installation at `root`. Throws `spack-not-found` when nothing there looks like one. */
export async function openInstance(
  root: string,
  options: { readonly env: Environment; readonly home?: string; readonly sysroot?: string },
): Promise<SpackInstance> {
  const logical = options.sysroot === undefined ? resolve(root) : root
  if (!(await isInstance(logical, options.sysroot))) {
    throw new StrataError('spack-not-found', `${logical} is not a Spack installation`, {
      hint: 'Name the folder that holds bin/spack, the one that SPACK_ROOT names.',
      details: { root: logical },
    })
  }
  return inspect(logical, 'given', { ...options, home: options.home ?? options.env.HOME ?? '/' })
}

async function inspect(root: string, foundBy: string, search: InstanceSearch): Promise<SpackInstance> {
  const { env, home, sysroot } = search
  const executable = join(root, 'bin/spack')
  return {
    root,
    sysroot,
    version: await readVersion(root, sysroot),
    executable: (await kindOf(executable, sysroot)) === 'file' ? executable : undefined,
    foundBy,
    env,
    home,
  }
}

async function isInstance(root: string, sysroot: string | undefined): Promise<boolean> {
  for (const mark of marks) if ((await kindOf(join(root, mark), sysroot)) !== undefined) return true
  return false
}

/** The root of the first `spack` on `PATH`: the executable is `<root>/bin/spack`, however it is linked. */
async function rootOnPath(env: Environment): Promise<string | undefined> {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const executable = join(folder, 'spack')
    // A folder that may not be looked into holds no program for this user, as for the shell.
    const kind = folder === '' ? undefined : await kindOf(executable).catch(() => undefined)
    if (kind !== 'file') continue
    return dirname(dirname(await realpath(executable)))
  }
  return undefined
}

/** `__version__` of `lib/spack/spack/__init__.py`, or the tuple that it was made from in older ones. */
async function readVersion(root: string, sysroot: string | undefined): Promise<string | undefined> {
  const source = await readTextIfThere(join(root, 'lib/spack/spack/__init__.py'), sysroot)
  if (source === undefined) return undefined
  const quoted = /^__version__\s*=\s*["']([^"']+)["']/m.exec(source)?.[1]
  const tuple = /^spack_version_info\s*=\s*\(([^)]*)\)/m.exec(source)?.[1]
  return (
    quoted ??
    tuple
      ?.split(',')
      .map((part) => part.trim())
      .join('.')
  )
}
