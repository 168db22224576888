import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { parseConfig } from '../../../image/document.ts'
import { compressionLength, compressionOf } from '../../../layer/compression.ts'
import { writeGzip } from '../../../layer/gzip-file.ts'
import { type LayerDigests, readLayer } from '../../../layer/layer-stream.ts'
import { normalPath } from '../../../layer/listing.ts'
import { mostUnpacked } from '../../../layer/visit.ts'
import { imageName, parseReference } from '../../../registry/reference.ts'
import { maxManifestSize } from '../../../registry/repository.ts'
import { StrataError } from '../../../support/errors.ts'
import { readFileStart } from '../../../support/file-ends.ts'
import { listedNames } from '../../acts/names.ts'
import { type ArchiveFile, readCounted, shares } from './archive-file.ts'
import type { DockerImage, FoundArchive } from './inspect.ts'
import { blobFile, putOnlyImage, startLayout } from './layout.ts'
import { writeMembers } from './members.ts'

type DockerArchive = Extract<FoundArchive, { kind: 'docker' }>

/**
 * Makes an OCI layout of one image of a docker archive. Its config stays as it is; layers that are plain tars are
 * compressed as all our layers are, those that are compressed stay. Each is what the config says, or `digest-mismatch`.
 * Throws `archive-invalid` for an archive that lacks what its own list names, and where it holds several images and none
 * is named: which there are.
 */
export async function importDocker(
  archive: ArchiveFile,
  { images, links }: DockerArchive,
  name: string | undefined,
  folder: string,
): Promise<void> {
  const { path: file, signal } = archive
  const image = chooseDockerImage(file, images, name)
  await startLayout(folder)
  const parts = join(folder, '.parts')
  await mkdir(parts)
  const names = [image.Config, ...image.Layers].map((one) => followed(one, links))
  const places = new Map(names.map((one, i) => [one, join(parts, String(i))]))
  const placeOf = (one: string) => {
    const place = places.get(one)
    return place === undefined ? undefined : { file: place }
  }
  const written = await writeMembers(archive.read(shares.members), placeOf, (one) => lacks(file, one))
  for (const one of names) if (!written.has(one)) throw lacks(file, one)
  const [config = '', ...layers] = names.map((one) => places.get(one) ?? '')
  const configBytes = await readConfigFile(file, config)
  const { diff_ids: diffIds } = parseConfig(configBytes, `the config in ${file}`).rootfs
  if (diffIds.length !== layers.length) {
    throw new StrataError('archive-invalid', `${file}: its config and its list disagree on the number of layers`)
  }
  const sizes = await Promise.all([...new Set(layers)].map(async (layer) => (await stat(layer)).size))
  const onBytes = archive.part(
    shares.compress,
    sizes.reduce((sum, size) => sum + size, 0),
  )
  const taken = new Map<string, LayerDigests>()
  const digests: LayerDigests[] = []
  for (const [i, layer] of layers.entries()) {
    // Empty layers of one image are often one file.
    const one = taken.get(layer) ?? (await takeLayer(layer, folder, signal, onBytes))
    taken.set(layer, one)
    digests.push(one)
    if (one.diffId === diffIds[i]) continue
    throw new StrataError(
      'digest-mismatch',
      `${file}: layer ${i + 1} (${names[i + 1]}) is not the one that its config names`,
    )
  }
  await rm(parts, { recursive: true })
  await putOnlyImage(folder, configBytes, digests)
}

function chooseDockerImage(file: string, images: readonly DockerImage[], name: string | undefined): DockerImage {
  const [first] = images
  const named =
    name === undefined ? images : images.filter(({ RepoTags }) => RepoTags?.some((tag) => isSame(tag, name)))
  if (named.length === 1 && named[0]) return named[0]
  const all = images.flatMap(({ RepoTags }) => RepoTags ?? [])
  const there = all.length > 0 ? `There are: ${listedNames(all)}. ` : 'None of them has a name. '
  if (name !== undefined && first) {
    throw new StrataError('archive-invalid', `${file} holds no image ${name}`, { hint: there.trim() })
  }
  throw new StrataError('archive-invalid', `${file} holds ${images.length} images`, {
    hint: `${there}Name one of them after the file: ${file}:${all[0] ?? 'name:tag'}`,
  })
}

/** Whether two names mean one image: `ubuntu` is `docker.io/library/ubuntu:latest`. */
function isSame(one: string, other: string): boolean {
  return one === other || fullName(one) === fullName(other)
}

function fullName(text: string): string {
  try {
    const reference = parseReference(text)
    return imageName({ ...reference, tag: reference.tag ?? 'latest' })
  } catch {
    return text
  }
}

/** The member that holds the content of a name, links followed; a few, since two may lead to each other. */
function followed(name: string, links: ReadonlyMap<string, string>): string {
  let at = normalPath(name)
  for (let steps = 0; steps < 8; steps++) {
    const target = links.get(at)
    if (target === undefined) return at
    at = normalPath(posix.join(posix.dirname(at), target))
  }
  return at
}

async function readConfigFile(file: string, config: string): Promise<Buffer> {
  if ((await stat(config)).size > maxManifestSize) {
    throw new StrataError('size-exceeded', `${file}: its config has more than ${maxManifestSize} bytes`)
  }
  return readFile(config)
}

/** Moves a layer to where the layout has its blobs, compressed. */
async function takeLayer(
  part: string,
  folder: string,
  signal: AbortSignal | undefined,
  onBytes: (bytes: number) => void,
): Promise<LayerDigests> {
  if (compressionOf(await readFileStart(part, compressionLength)) !== undefined) {
    const { size } = await stat(part)
    const digests = await readLayer(part, mostUnpacked(size), () => signal?.throwIfAborted())
    await rename(part, blobFile(folder, digests.digest))
    onBytes(size)
    return digests
  }
  const packed = `${part}.gz`
  const digests = await writeGzip(readCounted(part, signal, onBytes), packed)
  await rename(packed, blobFile(folder, digests.digest))
  await rm(part)
  return digests
}

function lacks(file: string, name: string): StrataError {
  return new StrataError('archive-invalid', `${file}: its manifest.json names ${name}, which is not in it`)
}
