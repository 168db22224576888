import { join } from 'node:path'

/** Where Strata keeps what is its own. */
export interface Folders {
  /** Settings. */
  readonly config: string
  /** The blob store: large, and safe to delete. */
  readonly cache: string
  /** The journal of jobs with their logs, and the unpacked sample. */
  readonly state: string
}

/**
 * `STRATA_HOME` when it is set, else where the platform wants such files: the XDG base directories, macOS's Library,
 * Windows' AppData.
 */
export function strataFolders(env: NodeJS.ProcessEnv, home: string, platform: NodeJS.Platform): Folders {
  const own = env.STRATA_HOME
  if (own) return { config: own, cache: join(own, 'cache'), state: join(own, 'state') }
  switch (platform) {
    case 'darwin': {
      const support = join(home, 'Library', 'Application Support', 'Strata')
      return { config: support, cache: join(home, 'Library', 'Caches', 'Strata'), state: support }
    }
    case 'win32': {
      const local = join(env.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'Strata')
      return {
        config: join(env.APPDATA || join(home, 'AppData', 'Roaming'), 'Strata'),
        cache: join(local, 'cache'),
        state: local,
      }
    }
    default:
      return {
        config: join(env.XDG_CONFIG_HOME || join(home, '.config'), 'strata'),
        cache: join(env.XDG_CACHE_HOME || join(home, '.cache'), 'strata'),
        state: join(env.XDG_STATE_HOME || join(home, '.local', 'state'), 'strata'),
      }
  }
}
