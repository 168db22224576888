import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, normalize } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { paddingAfter, tarEndLength, tarHeader } from '../layer/tar-header.ts'
import { assertNever } from '../support/assert.ts'
import { StrataError, toStrataError } from '../support/errors.ts'
import { type BlobDescriptor, digestOf, isDigest, shortDigest } from './digest.ts'
import { cancelled } from './failure.ts'
import { refName } from './layout-index.ts'
import { mediaTypes, ociMediaType, parseObject } from './media-types.ts'
import { imageName, parseReference, type Reference } from './reference.ts'

/** An image that is written to a file. */
export interface ArchivedImage {
  readonly manifest: { readonly bytes: Buffer; readonly mediaType: string }
  readonly config: Buffer
  /** As docker names it after loading: `tools:latest`, `ghcr.io/me/cache:tools`. */
  readonly name: string
}

/** Gives a layer's bytes, verified: what `Repository.readBlob` does. */
export type ReadBlob = (blob: BlobDescriptor) => Promise<Readable>

/** The annotation from which containerd, docker 25 and podman take the image's whole name; `refName` is its tag alone. */
const containerdName = 'io.containerd.image.name'

/** Bytes that are handed to the disk at once. */
const chunkSize = 512 * 1024

/**
 * Writes one image as an archive that `docker load`, `podman load`, and skopeo's `docker-archive:` and `oci-archive:` read:
 * an OCI image layout that has docker's `manifest.json` beside its `index.json`, as `docker save` writes since Docker 25.
 * Whole, or not at all: the file takes its place, and that of one that is there, once it is complete. The same image gives
 * the same bytes.
 *
 * The blobs go in as they are. Of an image of Docker's schema 2 the manifest alone is given OCI's media types, since no
 * reader of a layout looks for others by name; the image's id, which is its config's digest, stays.
 *
 * `readBlob` is asked for one layer after the other; `onProgress` hears of the bytes of layers so far (`archivedBytes` in
 * the end). Throws `manifest-invalid` for what is no image, `usage` where no file can be, `permission-denied`, `disk-full`, and
 * what `readBlob` throws.
 */
export async function writeImageArchive(
  file: string,
  image: ArchivedImage,
  readBlob: ReadBlob,
  options: { readonly signal?: AbortSignal; readonly onProgress?: (bytes: number) => void } = {},
): Promise<void> {
  const { signal, onProgress = () => undefined } = options
  const members = membersOf(image)
  const place = await placeOf(file)
  const temporary = join(dirname(place), `.${basename(place)}.${randomUUID()}.tmp`)
  try {
    const target = createWriteStream(temporary, { flags: 'wx', highWaterMark: chunkSize })
    await pipeline(tarOf(members, readBlob, onProgress), target, { signal })
    await rename(temporary, place)
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw signal?.aborted ? cancelled(signal) : unwritable(file, thrown)
  }
}

/** The bytes of the layers that go into an image's archive, each once. Throws `manifest-invalid`. */
export function archivedBytes(manifest: Buffer): number {
  return distinct(partsOf(manifest).layers).reduce((sum, { size }) => sum + size, 0)
}

/**
 * The file that `docker-archive:/file.tar` or `oci-archive:/file.tar` names; undefined for what is no archive's name. An
 * archive is both, so that the two words mean the same. Throws `reference-invalid`.
 */
export function archivePath(text: string): string | undefined {
  const [, word, path] = /^(docker-archive|oci-archive):(.*)$/s.exec(text) ?? []
  if (word === undefined || path === undefined) return undefined
  if (!path.startsWith('/')) throw invalidTarget(text, 'the file is not absolute', `Write ${word}:/path/to/file.tar.`)
  const file = normalize(path)
  if (file.endsWith('/')) throw invalidTarget(text, 'it names a folder', `Write ${word}:/path/to/file.tar.`)
  if (file.includes('\0')) throw invalidTarget(text, 'the file holds a NUL character')
  // Skopeo has the image's name there; a file with a colon in its name is one that skopeo and podman cannot read.
  if (basename(file).includes(':')) {
    throw invalidTarget(
      text,
      'a colon in the name of an archive',
      'Name the file alone: the image is called by its tag.',
    )
  }
  return file
}

/**
 * What an image is called once it is loaded from an archive: by its name in the registry, as if it had been pulled. What
 * comes from a folder belongs to no registry: `localhost/<folder>:<tag>`, which nobody pulls from Docker Hub by mistake.
 */
export function archivedName(reference: Reference): string {
  const tag = reference.tag ?? reference.digest?.slice('sha256:'.length).slice(0, 12) ?? 'latest'
  if (reference.kind === 'registry') return imageName({ ...reference, tag, digest: undefined })
  const folder = basename(reference.path)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  return `localhost/${folder || 'image'}:${tag}`
}

type Member =
  | { readonly kind: 'folder'; readonly name: string }
  | { readonly kind: 'file'; readonly name: string; readonly bytes: Buffer }
  | { readonly kind: 'layer'; readonly name: string; readonly blob: BlobDescriptor }

interface ImageParts {
  readonly document: Readonly<Record<string, unknown>>
  readonly config: BlobDescriptor
  readonly layers: readonly BlobDescriptor[]
}

/** What tells about the image comes first, so that whoever reads a pipe knows what follows. */
function membersOf({ manifest, config, name }: ArchivedImage): readonly Member[] {
  const parts = partsOf(manifest.bytes)
  if (digestOf(config) !== parts.config.digest) throw noImage('its config is not the one that its manifest names')
  const inOci = inOciForm(manifest, parts)
  const { length: size } = inOci
  const descriptor = { mediaType: mediaTypes.ociManifest, digest: digestOf(inOci), size }
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [{ ...descriptor, annotations: nameAnnotations(name) }],
  }
  const images = [{ Config: blobPath(parts.config), RepoTags: [name], Layers: parts.layers.map(blobPath) }]
  return [
    { kind: 'file', name: 'oci-layout', bytes: Buffer.from('{"imageLayoutVersion":"1.0.0"}') },
    { kind: 'file', name: 'index.json', bytes: Buffer.from(JSON.stringify(index)) },
    { kind: 'file', name: 'manifest.json', bytes: Buffer.from(JSON.stringify(images)) },
    { kind: 'folder', name: 'blobs' },
    { kind: 'folder', name: 'blobs/sha256' },
    { kind: 'file', name: blobPath(descriptor), bytes: inOci },
    { kind: 'file', name: blobPath(parts.config), bytes: config },
    ...distinct(parts.layers).map((blob): Member => ({ kind: 'layer', name: blobPath(blob), blob })),
  ]
}

function nameAnnotations(name: string): Record<string, string> {
  const reference = parseReference(name)
  const tag = reference.tag ?? 'latest'
  return { [containerdName]: imageName({ ...reference, tag }), [refName]: tag }
}

function inOciForm(manifest: ArchivedImage['manifest'], { document }: ImageParts): Buffer {
  if (manifest.mediaType !== mediaTypes.dockerManifest) return manifest.bytes
  const renamed = (part: unknown): unknown =>
    typeof part === 'object' && part !== null && 'mediaType' in part && typeof part.mediaType === 'string'
      ? { ...part, mediaType: ociMediaType(part.mediaType) }
      : part
  const layers: readonly unknown[] = Array.isArray(document.layers) ? document.layers : []
  const form = { mediaType: mediaTypes.ociManifest, config: renamed(document.config), layers: layers.map(renamed) }
  return Buffer.from(JSON.stringify({ ...document, ...form }))
}

function partsOf(bytes: Buffer): ImageParts {
  const document = parseObject(bytes)
  if (!document || !isBlob(document.config) || !Array.isArray(document.layers) || !document.layers.every(isBlob)) {
    throw noImage('an archive takes an image, and this manifest is none')
  }
  return { document, config: document.config, layers: document.layers }
}

function isBlob(value: unknown): value is BlobDescriptor {
  if (typeof value !== 'object' || value === null) return false
  const { digest, size } = value as Partial<BlobDescriptor>
  return isDigest(digest) && Number.isSafeInteger(size)
}

/** Each blob once: empty layers of one image often have the same bytes. */
function distinct(blobs: readonly BlobDescriptor[]): readonly BlobDescriptor[] {
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()]
}

function blobPath({ digest }: Pick<BlobDescriptor, 'digest'>): string {
  return `blobs/sha256/${digest.slice('sha256:'.length)}`
}

async function* tarOf(
  members: readonly Member[],
  readBlob: ReadBlob,
  onProgress: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let [offset, layerBytes] = [0, 0]
  for (const member of members) {
    const header = headerOf(member)
    yield header
    if (member.kind === 'file') yield member.bytes
    if (member.kind === 'layer') {
      for await (const chunk of exactly(member.blob, await readBlob(member.blob))) {
        layerBytes += chunk.length
        onProgress(layerBytes)
        yield chunk
      }
    }
    const size = sizeOf(member)
    yield Buffer.alloc(paddingAfter(size))
    offset += header.length + size + paddingAfter(size)
  }
  yield Buffer.alloc(tarEndLength(offset))
}

function headerOf(member: Member): Buffer {
  const folder = member.kind === 'folder'
  const name = Buffer.from(member.name)
  return tarHeader({ kind: folder ? 'directory' : 'file', name, mode: folder ? 0o755 : 0o644, size: sizeOf(member) })
}

function sizeOf(member: Member): number {
  switch (member.kind) {
    case 'folder':
      return 0
    case 'file':
      return member.bytes.length
    case 'layer':
      return member.blob.size
    default:
      return assertNever(member)
  }
}

/** A layer's bytes. Were they more or fewer than the header says, all that follows in the archive could not be read. */
async function* exactly({ digest, size }: BlobDescriptor, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let written = 0
  for await (const chunk of content) {
    written += chunk.length
    yield chunk
  }
  if (written === size) return
  throw new StrataError('digest-mismatch', `layer ${shortDigest(digest)} has ${written} bytes instead of ${size}`)
}

/** Where the file is to be, a link to it followed. The rename at the end would fail over a folder when all is written. */
async function placeOf(file: string): Promise<string> {
  const found = await stat(file).catch(() => undefined)
  if (found && !found.isFile()) {
    throw new StrataError('usage', `${file} is ${found.isDirectory() ? 'a folder' : 'no ordinary file'}`, {
      hint: 'Name the file that the archive is to be.',
    })
  }
  const folder = await stat(dirname(file)).catch(() => undefined)
  if (!folder?.isDirectory()) {
    throw new StrataError('io', `there is no folder ${dirname(file)}`, { hint: 'Make it first, or name another.' })
  }
  return found ? await realpath(file) : file
}

function unwritable(file: string, thrown: unknown): StrataError {
  const error = toStrataError(thrown, `writing ${file}`)
  if (error.code !== 'disk-full') return error
  return new StrataError('disk-full', error.message, {
    hint: 'Free some space where the archive goes, or name a file on another disk.',
    cause: thrown,
  })
}

function noImage(why: string): StrataError {
  return new StrataError('manifest-invalid', why)
}

function invalidTarget(text: string, why: string, hint?: string): StrataError {
  return new StrataError('reference-invalid', `"${text}" is no archive's name: ${why}`, { hint })
}
