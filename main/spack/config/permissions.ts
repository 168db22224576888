import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { StrataError } from '../../support/errors.ts'
import { asString } from '../json.ts'
import type { Configuration } from './configuration.ts'

/** Who may do what with an installed package. */
export interface PackagePermissions {
  /** Mode of directories. */
  readonly directory: number
  /** Mode of executable files; the others get it without the execute bits. */
  readonly file: number
  /** Name of the group that gets them. */
  readonly group?: string
}

/** Each level includes those before it. */
const readBits = { user: 0o700, group: 0o750, world: 0o755 } as const
const writeBits = { user: 0, group: 0o020, world: 0o022 } as const
const setGroupId = 0o2000

type Level = keyof typeof readBits

/**
 * `packages:<name>:permissions`, else `packages:all:permissions` (Spack's `package_prefs.py`): readable by all and
 * writable by the owner where nothing is said, and with the group inherited in folders that the group may enter, unless
 * `config:allow_sgid` is off. The configuration has to hold the sections `packages` and `config`. Throws
 * `config-invalid` where more may write than read.
 */
export function packagePermissions(configuration: Configuration | undefined, name: string): PackagePermissions {
  const setting = (key: string) =>
    [name, 'all']
      .map((which) => asString(configuration?.get(['packages', which, 'permissions', key])))
      .find((value) => value !== undefined && value !== '')
  const read = levelOf(setting('read'), 'world', name)
  const write = levelOf(setting('write'), 'user', name)
  if ((writeBits[write] & (readBits[read] >> 1)) !== writeBits[write]) {
    throw invalid(name, `lets ${write} write what only ${read} may read`)
  }
  const file = readBits[read] | writeBits[write]
  const sticky = (file & 0o070) !== 0 && configuration?.get(['config', 'allow_sgid']) !== false
  return { directory: sticky ? file | setGroupId : file, file, group: setting('group') }
}

/** The id of a group, from wherever this machine has its groups. Throws `config-invalid` when it has no such group. */
export async function groupId(name: string): Promise<number> {
  // LDAP and the like are in no file: ask the system first.
  const asked = await promisify(execFile)('getent', ['group', '--', name]).catch(() => undefined)
  const lines = (asked?.stdout ?? (await readFile('/etc/group', 'utf8').catch(() => ''))).split('\n')
  const id = lines.map((line) => line.split(':')).find((fields) => fields[0] === name)?.[2]
  if (id !== undefined && /^\d+$/.test(id)) return Number(id)
  throw new StrataError('config-invalid', `packages:…:permissions:group: this machine has no group ${name}`)
}

function levelOf(written: string | undefined, fallback: Level, name: string): Level {
  const level = written ?? fallback
  if (level === 'user' || level === 'group' || level === 'world') return level
  throw invalid(name, `has the level ${level}; there are user, group and world`)
}

function invalid(name: string, why: string): StrataError {
  return new StrataError('config-invalid', `packages:${name}:permissions ${why}`)
}
