import { Readable } from 'node:stream'
import { digestOf } from '../../main/registry/digest.ts'
import type { Repository } from '../../main/registry/repository.ts'
import { readImage } from './push/read.ts'

/** Publishes an image once more as one of another architecture (Go's name): the same layers, a config that says so. */
export async function putForArchitecture(
  repository: Repository,
  { from, tag, architecture }: { readonly from: string; readonly tag: string; readonly architecture: string },
): Promise<void> {
  const { manifest, mediaType, config } = await readImage(repository, from)
  const bytes = Buffer.from(JSON.stringify({ ...config, architecture }))
  const described = { ...manifest.config, digest: digestOf(bytes), size: bytes.length }
  await repository.putBlob(described, () => Readable.from([bytes]))
  await repository.putManifest(tag, Buffer.from(JSON.stringify({ ...manifest, config: described })), mediaType)
}
