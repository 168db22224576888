import { StrataError } from '../support/errors.ts'
import type { TarMember } from './tar-reader.ts'

/**
 * Paths of an archive are bytes. They are handled as `latin1` strings, one character a byte, relative to the prefix and
 * without slashes at their ends; the prefix itself is `''`.
 */
export type EntryPath = string

/** What a path of the prefix has become. */
export type EntryKind = 'directory' | 'file' | 'symlink'

/** Far above the largest packages (texlive has 200,000), and what a guard of so many paths takes fits in memory. */
const entryLimit = 1_000_000

/**
 * Decides which members of a hostile archive may become something, and where. The folder they go to is fresh and
 * nobody else's, so what this guard let through is all that is there: no path leads through a link, nothing is
 * written twice, a hard link only names a file of the same archive. Throws `layer-unsafe`.
 */
export class PathGuard {
  readonly kinds = new Map<EntryPath, EntryKind>([['', 'directory']])
  private readonly prefix: readonly string[]
  /** Directories that were only made because something lies in them: the archive may still list them. */
  private readonly unlisted = new Set<EntryPath>([''])

  /** `prefix` is the package's prefix in the archive, with or without a leading slash. */
  constructor(prefix: EntryPath) {
    this.prefix = prefix.split('/').filter((part) => part !== '')
  }

  /** The member's place below the prefix; `undefined` for a directory that the prefix lies in. */
  locate(member: TarMember): EntryPath | undefined {
    const parts = pathParts(member.name)
    if (this.prefix.every((part, i) => parts[i] === part)) return parts.slice(this.prefix.length).join('/')
    if (member.kind === 'directory' && parts.every((part, i) => this.prefix[i] === part)) return undefined
    throw unsafe(member, `lies outside the prefix ${this.prefix.join('/')}`)
  }

  /**
   * Takes a path for a member of this kind. Returns the directories that have to be made first, outermost first, and
   * whether it is itself a directory that was made already, because something lies in it.
   */
  claim(
    path: EntryPath,
    kind: EntryKind,
    member: TarMember,
  ): { readonly parents: EntryPath[]; readonly made: boolean } {
    const parents = this.missingParents(path, member)
    const before = this.kinds.get(path)
    const made = before === 'directory' && kind === 'directory' && this.unlisted.delete(path)
    if (before !== undefined && !made) throw unsafe(member, 'is there twice')
    for (const parent of parents) {
      this.kinds.set(parent, 'directory')
      this.unlisted.add(parent)
    }
    this.kinds.set(path, kind)
    if (this.kinds.size > entryLimit) {
      throw new StrataError('size-exceeded', `the archive has more than ${entryLimit} entries`)
    }
    return { parents, made }
  }

  /** The file of this archive that a hard link names. */
  hardLinkTarget(member: TarMember): EntryPath {
    const target = this.locate({ ...member, name: member.link })
    if (target !== undefined && this.kinds.get(target) === 'file') return target
    throw unsafe(member, `is a hard link to ${shown(member.link)}, which is not a file before it in the archive`)
  }

  /**
   * A symbolic link's target: verbatim, wherever it leads, since links to dependencies are ordinary and nothing is ever
   * written through one. Only a target that repeats the prefix without a slash is shortened, as Spack does.
   */
  symlinkTarget(member: TarMember): Buffer {
    const { link } = member
    if (link.length === 0 || link.includes(0)) throw unsafe(member, 'is a link whose target is no path')
    const prefix = Buffer.from(`${this.prefix.join('/')}/`, 'latin1')
    return link.length > prefix.length && link.subarray(0, prefix.length).equals(prefix)
      ? link.subarray(prefix.length)
      : link
  }

  private missingParents(path: EntryPath, member: TarMember): EntryPath[] {
    const missing: EntryPath[] = []
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const parent = path.slice(0, end)
      const kind = this.kinds.get(parent)
      if (kind === 'directory') break
      if (kind !== undefined) throw unsafe(member, `leads through ${shown(Buffer.from(parent, 'latin1'))}, a ${kind}`)
      missing.unshift(parent)
    }
    return missing
  }
}

/** The components of a member's name. Throws `layer-unsafe` for a name that climbs, starts at the root, or holds a NUL. */
export function pathParts(name: Buffer): string[] {
  const text = name.toString('latin1')
  const parts = text.split('/').filter((part) => part !== '' && part !== '.')
  const why = text.startsWith('/')
    ? 'is an absolute path'
    : parts.includes('..')
      ? 'climbs out of its folder'
      : text.includes('\0')
        ? 'holds a NUL byte'
        : undefined
  if (why === undefined) return parts
  throw new StrataError('layer-unsafe', `the entry ${shown(name)} ${why}`, { details: { entry: plain(name) }, hint })
}

/** What is wrong with a member, named. */
export function unsafe(member: TarMember, why: string): StrataError {
  const details = { entry: plain(member.name) }
  return new StrataError('layer-unsafe', `the entry ${shown(member.name)} ${why}`, { details, hint })
}

const hint = 'No Spack makes such an archive. Do not install from this cache before you know who wrote it, and why.'

function plain(name: Buffer): string {
  return name.toString('utf8').slice(0, 400)
}

function shown(name: Buffer): string {
  return JSON.stringify(plain(name))
}
