import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  futimesSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs'
import { assertNever } from '../support/assert.ts'
import { StrataError, toStrataError } from '../support/errors.ts'
import { type EntryKind, type EntryPath, PathGuard, unsafe } from './path-guard.ts'
import { readBuildInfo, type StoredBuildInfo } from './read-build-info.ts'
import type { TarMember, TarSink } from './tar-reader.ts'

/** The modes that a prefix gets, whatever the archive and the umask say (Spack's `permissions_setters`). */
export interface TreePermissions {
  /** Of directories: 0o2755 where the configuration says nothing (Spack makes the group sticky). */
  readonly directory: number
  /** Of files that the archive has as executable; the others get it without the execute bits. */
  readonly file: number
  /** Group id; else the group stays what the file system makes it. */
  readonly group?: number
}

const spackDefault: TreePermissions = { directory: 0o2755, file: 0o755 }

const buildInfoPath = '.spack/binary_distribution'
/** The lists of the largest packages have a few MB. */
const buildInfoLimit = 64 * 1024 * 1024
const executable = 0o111
const specialBits = 0o6000
/** Never through a link, never onto something that is there. */
const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)
/** Times that no file system refuses. */
const latestTime = 2 ** 32

/** Writes the members of an archive that belong to the prefix into a folder that it makes. */
export class Extraction implements TarSink {
  entries = 0
  contentBytes = 0
  private readonly guard: PathGuard
  private readonly root: string
  private readonly permissions: TreePermissions
  /** Those made so far, outer before inner, with their times where the archive says one. */
  private readonly directories = new Map<EntryPath, number | undefined>([['', undefined]])
  /** A further name of a file → the first. */
  private readonly firstNames = new Map<EntryPath, EntryPath>()
  private current: { readonly fd: number; readonly member: TarMember } | undefined
  private readonly buildInfoPieces: Buffer[] = []
  private inBuildInfo = false

  /** Makes the folder. Throws `prefix-exists` when something is there. */
  constructor(target: string, prefix: EntryPath, permissions: TreePermissions = spackDefault) {
    this.guard = new PathGuard(prefix)
    this.root = Buffer.from(target).toString('latin1')
    this.permissions = permissions
    makeRoot(target)
  }

  begin(member: TarMember): void {
    this.inBuildInfo = false
    if (member.kind === 'device' || member.kind === 'fifo') throw unsafe(member, `is a ${member.kind}`)
    const path = this.guard.locate(member)
    if (path === undefined) return
    this.entries++
    switch (member.kind) {
      case 'directory':
        this.makeDirectory(path, member)
        return
      case 'file':
        this.startFile(path, member)
        return
      case 'symlink': {
        this.claim(path, 'symlink', member)
        const target = this.guard.symlinkTarget(member)
        this.at(member, () => symlinkSync(target, this.onDisk(path)))
        return
      }
      case 'hardlink': {
        const first = this.guard.hardLinkTarget(member)
        this.claim(path, 'file', member)
        this.firstNames.set(path, this.firstNames.get(first) ?? first)
        this.at(member, () => linkSync(this.onDisk(first), this.onDisk(path)))
        return
      }
      default:
        assertNever(member.kind)
    }
  }

  content(piece: Buffer): void {
    const { current } = this
    if (current === undefined) return
    if (this.inBuildInfo) this.buildInfoPieces.push(Buffer.from(piece))
    this.contentBytes += piece.length
    this.at(current.member, () => {
      for (let at = 0; at < piece.length; ) at += writeSync(current.fd, piece, at)
    })
  }

  end(): void {
    const { current } = this
    if (current === undefined) return
    this.current = undefined
    this.at(current.member, () => {
      try {
        const time = timeOf(current.member)
        futimesSync(current.fd, time, time)
      } finally {
        closeSync(current.fd)
      }
    })
  }

  /** Gives the directories their modes and times, innermost first, and reads what relocation needs. */
  finish(): StoredBuildInfo {
    const buildInfo = this.readBuildInfo()
    const { directory, group } = this.permissions
    for (const [path, mtime] of [...this.directories].reverse()) {
      const place = this.onDisk(path)
      if (group !== undefined) chownSync(place, -1, group)
      chmodSync(place, directory)
      if (mtime !== undefined) utimesSync(place, mtime, mtime)
    }
    return buildInfo
  }

  /** Closes what is open; the folder is the caller's to remove. */
  abandon(): void {
    if (this.current) closeSync(this.current.fd)
    this.current = undefined
  }

  private makeDirectory(path: EntryPath, member: TarMember): void {
    const made = this.claim(path, 'directory', member)
    if (!made) this.at(member, () => mkdirSync(this.onDisk(path), 0o700))
    this.directories.set(path, timeOf(member))
  }

  private startFile(path: EntryPath, member: TarMember): void {
    if (member.mode & specialBits)
      throw unsafe(member, 'is to run with the rights of another user (set-uid or set-gid)')
    this.claim(path, 'file', member)
    this.inBuildInfo = path === buildInfoPath
    if (this.inBuildInfo && member.size > buildInfoLimit) throw unsafe(member, `has ${member.size} bytes`)
    const { file, group } = this.permissions
    const mode = member.mode & executable ? file : file & ~executable
    this.at(member, () => {
      const fd = openSync(this.onDisk(path), newFile, 0o600)
      this.current = { fd, member }
      if (group !== undefined) fchownSync(fd, -1, group)
      fchmodSync(fd, mode)
    })
  }

  /** Takes the path and makes the directories that it lies in. Returns whether it is a directory that is there already. */
  private claim(path: EntryPath, kind: EntryKind, member: TarMember): boolean {
    const { parents, made } = this.guard.claim(path, kind, member)
    for (const parent of parents) {
      this.at(member, () => mkdirSync(this.onDisk(parent), 0o700))
      this.directories.set(parent, undefined)
    }
    return made
  }

  private onDisk(path: EntryPath): Buffer {
    return Buffer.from(path === '' ? this.root : `${this.root}/${path}`, 'latin1')
  }

  /** Does something for a member; what the system says is told with the member's name. */
  private at(member: TarMember, call: () => void): void {
    try {
      call()
    } catch (thrown) {
      throw refused(member, thrown)
    }
  }

  private readBuildInfo(): StoredBuildInfo {
    if (this.guard.kinds.get(buildInfoPath) !== 'file') {
      throw new StrataError('layer-invalid', `its layer is not a Spack package: no ${buildInfoPath} in it`)
    }
    const info = readBuildInfo(Buffer.concat(this.buildInfoPieces))
    const { textFiles, binaries, links } = info
    return {
      ...info,
      textFiles: this.listed(textFiles, 'file'),
      binaries: this.listed(binaries, 'file'),
      links: this.listed(links, 'symlink'),
    }
  }

  /**
   * The listed paths that relocation may open: each is a file (or a link) of this archive, and each inode counts once. A
   * path that leads elsewhere is refused; one that is something else here (old Spacks listed links as files) is left out.
   */
  private listed(paths: readonly string[], kind: EntryKind): string[] {
    const kept = new Set<string>()
    for (const path of paths) {
      const key = Buffer.from(path).toString('latin1')
      const found = this.guard.kinds.get(key)
      if (found === undefined) {
        throw new StrataError(
          'layer-unsafe',
          `its .spack/binary_distribution lists ${JSON.stringify(path)}, which is not in it`,
        )
      }
      if (found !== kind) continue
      const first = this.firstNames.get(key)
      kept.add(first === undefined ? path : Buffer.from(first, 'latin1').toString('utf8'))
    }
    return [...kept]
  }
}

function makeRoot(target: string): void {
  try {
    // Nobody else may go in while an archive that nobody trusts is unpacked.
    mkdirSync(target, 0o700)
  } catch (thrown) {
    if (!isErrno(thrown, 'EEXIST')) throw toStrataError(thrown, `making ${target}`)
    throw new StrataError('prefix-exists', `${target} is there already`, { details: { path: target } })
  }
}

function refused(member: TarMember, thrown: unknown): StrataError {
  if (isErrno(thrown, 'EEXIST')) {
    return unsafe(
      member,
      'is there already: another name differs only in case or in Unicode form, and this file system makes no difference',
    )
  }
  const name = JSON.stringify(member.name.toString('utf8').slice(-200))
  if (isErrno(thrown, 'ENAMETOOLONG'))
    return new StrataError('layer-invalid', `the name ${name} is too long for this file system`)
  return toStrataError(thrown, `unpacking ${name}`)
}

function isErrno(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === code
}

function timeOf(member: TarMember): number {
  return Math.min(Math.max(member.mtime, 0), latestTime)
}
