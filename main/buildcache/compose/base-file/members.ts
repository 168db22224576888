import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { normalPath } from '../../../layer/listing.ts'
import type { TarMember } from '../../../layer/tar-reader.ts'
import { type LayerVisitor, visitLayerFiles } from '../../../layer/visit.ts'
import type { Digest } from '../../../registry/digest.ts'

/** Where the content of a member goes. */
export interface MemberPlace {
  readonly file: string
  /** What its content has to be. */
  readonly digest?: Digest
}

/**
 * Writes files of an archive to the places that `placeOf` names for them, by their names without `.` parts and slashes at
 * the ends; the others are passed over. No name of the archive becomes a path of this machine. Returns the names that were
 * there. A name that comes twice is what it is the last time, as for tar. `wrong` makes the error for content with another
 * digest. Throws what `visitLayerFiles` throws and what the file system says.
 */
export async function writeMembers(
  archive: AsyncIterable<Buffer>,
  placeOf: (name: string) => MemberPlace | undefined,
  wrong: (name: string) => Error,
): Promise<ReadonlySet<string>> {
  const writer = new MemberWriter(placeOf, wrong)
  try {
    const { stopped } = await visitLayerFiles(archive, writer)
    if (stopped) throw stopped
    await writer.ready()
    return writer.written
  } finally {
    await writer.close()
  }
}

/** What was heard of the archive's members and is not done yet. */
type Step =
  | { readonly kind: 'begin'; readonly name: string; readonly place: MemberPlace }
  | { readonly kind: 'content'; readonly piece: Buffer }
  | { readonly kind: 'end' }

interface OpenMember {
  readonly name: string
  readonly place: MemberPlace
  readonly handle: FileHandle
  readonly hash: Hash
}

class MemberWriter implements LayerVisitor {
  readonly done = false
  readonly written = new Set<string>()
  private readonly placeOf: (name: string) => MemberPlace | undefined
  private readonly wrong: (name: string) => Error
  private steps: Step[] = []
  private wanted = false
  private current: OpenMember | undefined

  constructor(placeOf: (name: string) => MemberPlace | undefined, wrong: (name: string) => Error) {
    this.placeOf = placeOf
    this.wrong = wrong
  }

  begin(member: TarMember): void {
    const name = normalPath(member.name.toString('utf8'))
    const place = member.kind === 'file' ? this.placeOf(name) : undefined
    this.wanted = place !== undefined
    if (place) this.steps.push({ kind: 'begin', name, place })
  }

  content(piece: Buffer): void {
    if (this.wanted) this.steps.push({ kind: 'content', piece })
  }

  end(): void {
    if (this.wanted) this.steps.push({ kind: 'end' })
  }

  /** The archive waits while the disk takes what came of it. */
  async ready(): Promise<void> {
    const steps = this.steps
    this.steps = []
    for (const step of steps) await this.take(step)
  }

  async close(): Promise<void> {
    await this.current?.handle.close()
    this.current = undefined
  }

  private async take(step: Step): Promise<void> {
    if (step.kind === 'begin') {
      const { name, place } = step
      this.current = { name, place, handle: await open(place.file, 'w'), hash: createHash('sha256') }
      return
    }
    const { current } = this
    if (!current) return
    if (step.kind === 'content') {
      current.hash.update(step.piece)
      await current.handle.writeFile(step.piece)
      return
    }
    await this.close()
    const { name, place, hash } = current
    if (place.digest !== undefined && `sha256:${hash.digest('hex')}` !== place.digest) throw this.wrong(name)
    this.written.add(name)
  }
}
