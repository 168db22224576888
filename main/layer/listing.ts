import type { LayerFile } from '../api/catalog.ts'
import { formatBytes, formatCount } from '../api/format.ts'
import { whiteoutOf } from '../api/whiteout.ts'
import { StrataError } from '../support/errors.ts'
import { plainName } from '../support/plain-name.ts'
import type { TarMember } from './tar-reader.ts'
import type { LayerVisitor } from './visit.ts'

/** Above the largest packages (texlive has 200,000 files), and what a page can still hold. */
const mostEntries = 300_000
/** Of paths and link targets: what texlive has in a store that is padded to 256. */
const mostNameBytes = 96 * 1024 ** 2

/**
 * A member as it is shown. Its names are only ever shown and compared, never followed: they are as in the archive, without
 * slashes at their ends and `.` parts, and what would not be seen as it is replaced. A whiteout is of the kind `other`.
 */
export function layerFile(member: TarMember): LayerFile {
  const path = shownPath(member.name)
  const { size: bytes, mode } = member
  switch (member.kind) {
    case 'file':
      return { path, kind: whiteoutOf(path) ? 'other' : 'file', bytes, mode }
    case 'directory':
      return { path, kind: 'directory', bytes, mode }
    case 'symlink':
      return { path, kind: 'symlink', bytes, mode, target: plainName(member.link) }
    case 'hardlink':
      return { path, kind: 'hardlink', bytes, mode, target: shownPath(member.link) }
    case 'device':
    case 'fifo':
      return { path, kind: 'other', bytes, mode }
  }
}

/** A path as a person may type it, in the form in which paths are listed: `/usr//bin/` is `usr/bin`. */
export function normalPath(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')
}

function shownPath(name: Buffer): string {
  return normalPath(plainName(name))
}

/** Lists what is in a layer, in the archive's order; throws `size-exceeded` when that is more than anybody looks through. */
export class FileList implements LayerVisitor {
  readonly files: LayerFile[] = []
  readonly done = false
  private nameBytes = 0

  begin(member: TarMember): void {
    this.nameBytes += member.name.length + member.link.length
    if (this.files.length === mostEntries) throw tooMany(`${formatCount(mostEntries)} entries`)
    if (this.nameBytes > mostNameBytes) throw tooMany(`${formatBytes(mostNameBytes)} of names`)
    const file = layerFile(member)
    // The root, which some archives list as `./`.
    if (file.path !== '') this.files.push(file)
  }

  content(): void {}
  end(): void {}
}

function tooMany(what: string): StrataError {
  return new StrataError('size-exceeded', `it has more than ${what}: the rest is not listed`)
}

/** Takes a file's content, in pieces. */
export interface ContentTaker {
  update(piece: Buffer): void
  /** Waited for between pieces of the archive, where what is taken goes somewhere slow. */
  ready?(): Promise<void>
}

/**
 * Finds the first member at a path and hands its content on, if it is a file; has enough at that member's end. A folder
 * that is only there because something lies in it is found as well.
 */
export class FileSearch implements LayerVisitor {
  /** What was found; of a file, once its content has gone by. */
  found: LayerFile | undefined
  /** Where the package lies, if it is a Spack package and that far was read. */
  prefix: string | undefined
  private current: LayerFile | undefined
  private taker: ContentTaker | undefined
  private readonly path: string
  private readonly open: (file: LayerFile) => ContentTaker

  /** `path` as it is listed. `open` is called for a file: says who takes its content. */
  constructor(path: string, open: (file: LayerFile) => ContentTaker) {
    this.path = path
    this.open = open
  }

  get done(): boolean {
    return this.found !== undefined
  }

  begin(member: TarMember): void {
    if (this.done) return
    const file = layerFile(member)
    this.prefix ??= /^(.*?)\/\.spack(?:\/|$)/.exec(file.path)?.[1]
    if (file.path === this.path) {
      this.current = file
      if (file.kind === 'file') this.taker = this.open(file)
    } else if (file.path.startsWith(`${this.path}/`)) {
      this.found = { path: this.path, kind: 'directory', bytes: 0, mode: 0o755 }
    }
  }

  content(piece: Buffer): void {
    this.taker?.update(piece)
  }

  end(): void {
    this.taker = undefined
    this.found ??= this.current
  }

  async ready(): Promise<void> {
    await this.taker?.ready?.()
  }
}
