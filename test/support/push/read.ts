import { type ImageConfig, type ImageManifest, parseConfig, parseManifest } from '../../../main/image/document.ts'
import { type OpenOptions, openRepository } from '../../../main/registry/open.ts'
import { parseReference } from '../../../main/registry/reference.ts'
import type { Repository } from '../../../main/registry/repository.ts'

export interface ReadImage {
  readonly digest: string
  readonly mediaType: string
  readonly manifest: ImageManifest
  readonly config: ImageConfig
  readonly configBytes: Buffer
}

/** Looks at a repository with an anonymous client of its own. */
export async function lookInto<T>(
  reference: string,
  look: (repository: Repository) => Promise<T>,
  options: OpenOptions = {},
): Promise<T> {
  const repository = await openRepository(parseReference(reference), options)
  try {
    return await look(repository)
  } finally {
    await repository.close()
  }
}

/** The tags of a repository, sorted. */
export function tagsOf(reference: string): Promise<string[]> {
  return lookInto(reference, async (repository) => [...(await repository.tags())].sort())
}

/** The image behind a tag. Throws when there is none. */
export async function readImage(repository: Repository, tag: string): Promise<ReadImage> {
  const found = await repository.getManifest(tag)
  if (!found) throw new Error(`there is no ${tag}`)
  const document = parseManifest(found.bytes, tag)
  if (document.kind === 'index') throw new Error(`${tag} is an index`)
  const { manifest } = document
  const configBytes = await repository.readBlobBytes(manifest.config, { limit: 1 << 26 })
  const config = tag === 'index.spack' ? noConfig : parseConfig(configBytes, tag)
  return { digest: found.digest, mediaType: found.mediaType, manifest, config, configBytes }
}

const noConfig: ImageConfig = { architecture: '', os: '', rootfs: { type: '', diff_ids: [] } }

/** The images behind all tags. */
export function readImages(reference: string): Promise<Map<string, ReadImage>> {
  return lookInto(reference, async (repository) => {
    const images = new Map<string, ReadImage>()
    for (const tag of await repository.tags()) images.set(tag, await readImage(repository, tag))
    return images
  })
}

/** The bytes of `index.spack` as they lie in the registry; undefined when there is none. */
export function readIndexBytes(reference: string): Promise<Buffer | undefined> {
  return lookInto(reference, async (repository) => {
    if (!(await repository.headManifest('index.spack'))) return undefined
    const [layer] = (await readImage(repository, 'index.spack')).manifest.layers
    return layer && repository.readBlobBytes(layer, { limit: 1 << 26 })
  })
}
