import * as z from 'zod'
import { normalPath } from '../../../layer/listing.ts'
import type { TarMember } from '../../../layer/tar-reader.ts'
import { type LayerVisitor, visitLayerFiles } from '../../../layer/visit.ts'
import { maxManifestSize } from '../../../registry/repository.ts'
import { StrataError, toStrataError } from '../../../support/errors.ts'
import { shellQuote } from '../../push/command.ts'
import { type ArchiveFile, shares } from './archive-file.ts'
import { headerLength, ProgramCount } from './programs.ts'

/** An image as a docker archive's `manifest.json` names it (Docker image specification 1.2, "Combined Image JSON"). */
const DockerImage = z.looseObject({
  Config: z.string(),
  RepoTags: z.array(z.string()).nullish(),
  Layers: z.array(z.string()),
})
export type DockerImage = z.infer<typeof DockerImage>

/** What a file turned out to be. */
export type FoundArchive =
  | {
      readonly kind: 'docker'
      readonly images: readonly DockerImage[]
      /** Name → target: before Docker 25, a layer that two images share is a link to the first one's. */
      readonly links: ReadonlyMap<string, string>
    }
  | { readonly kind: 'oci' }
  | { readonly kind: 'system'; readonly architecture: string; readonly unpackedBytes: number }

/** What can be given as a file, in a sentence. */
export const whatCanBeGiven =
  'It can be an OCI layout folder, an OCI archive, an archive of docker save or podman save, or a tar of a root file system (podman export, debootstrap); plain or compressed with gzip.'

/**
 * Reads a file once to tell by its content what it is: a docker archive, an OCI archive (an archive may be both: docker's
 * list wins, since it names the images as people do), or a root file system, which is a tar with programs in it. Memory is
 * bounded; nothing is unpacked. Throws `archive-invalid`, saying what it is or what is wrong with it, and `size-exceeded`
 * for what unpacks to more than is believable.
 */
export async function inspectArchive(archive: ArchiveFile): Promise<FoundArchive> {
  const { path: file } = archive
  const members = new Members()
  const { unpackedBytes, stopped } = await visitLayerFiles(archive.read(shares.inspect), members).catch(
    (thrown: unknown) => {
      throw unreadable(file, thrown)
    },
  )
  if (stopped) throw new StrataError(archiveCode(stopped), `${file}: ${stopped.message}`, { cause: stopped })
  const images = members.dockerImages()
  if (images) return { kind: 'docker', images, links: members.links }
  if (members.kept.has('index.json') && members.kept.has('oci-layout')) return { kind: 'oci' }
  const architecture = members.programs.architecture()
  if (architecture !== undefined) return { kind: 'system', architecture, unpackedBytes }
  if (members.kept.has('manifest.json')) throw invalid(file, 'its manifest.json is not what docker save writes')
  throw invalid(file, 'it is a tar, but neither an archive of images nor one of a system with programs')
}

/** What has to be known of an archive's members. */
class Members implements LayerVisitor {
  readonly done = false
  readonly links = new Map<string, string>()
  readonly programs = new ProgramCount()
  /** Files that tell what the archive is. */
  readonly kept = new Map<string, Buffer>()
  private current: { readonly name: string; readonly wanted: number; readonly pieces: Buffer[]; length: number } = none

  begin(member: TarMember): void {
    const name = normalPath(member.name.toString('utf8'))
    this.current = none
    if (member.kind === 'symlink' && name.endsWith('layer.tar')) this.links.set(name, member.link.toString('utf8'))
    if (member.kind !== 'file') return
    const tells = telling.has(name) && member.size <= maxManifestSize
    this.current = { name, wanted: tells ? member.size : headerLength, pieces: [], length: 0 }
  }

  content(piece: Buffer): void {
    const { current } = this
    if (current.length >= current.wanted) return
    const part = Buffer.from(piece.subarray(0, current.wanted - current.length))
    current.pieces.push(part)
    current.length += part.length
  }

  end(): void {
    const { name, pieces, length } = this.current
    if (length === 0) return
    const bytes = Buffer.concat(pieces)
    if (telling.has(name)) this.kept.set(name, bytes)
    else this.programs.add(name, bytes)
  }

  dockerImages(): readonly DockerImage[] | undefined {
    const bytes = this.kept.get('manifest.json')
    if (!bytes) return undefined
    try {
      return z
        .array(DockerImage)
        .min(1)
        .parse(JSON.parse(bytes.toString('utf8')))
    } catch {
      return undefined
    }
  }
}

const telling: ReadonlySet<string> = new Set(['manifest.json', 'index.json', 'oci-layout'])
const none = { name: '', wanted: 0, pieces: [], length: 0 }

/** Nothing could be made of its first bytes. */
function unreadable(file: string, thrown: unknown): StrataError {
  const error = toStrataError(thrown, file)
  if (error.code !== 'layer-invalid') return error
  const program = error.details?.compression
  if (program === undefined) return invalid(file, 'it is no archive', error)
  return new StrataError('archive-invalid', `${file}: it is compressed with ${program}, which Strata does not read`, {
    hint: `Unpack it first: ${program} -dk ${shellQuote(file)}`,
    cause: error,
  })
}

function archiveCode({ code }: StrataError): StrataError['code'] {
  return code === 'layer-invalid' ? 'archive-invalid' : code
}

function invalid(file: string, why: string, cause?: StrataError): StrataError {
  return new StrataError('archive-invalid', `${file} is no base image: ${why}`, { hint: whatCanBeGiven, cause })
}
