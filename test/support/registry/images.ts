import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { type BlobDescriptor, digestOf } from '../../../main/registry/digest.ts'
import { mediaTypes } from '../../../main/registry/media-types.ts'
import type { Repository } from '../../../main/registry/repository.ts'

export interface TestBlob extends BlobDescriptor {
  readonly bytes: Buffer
}

/** A blob of random bytes, or of the given ones. */
export function blob(content: number | Buffer): TestBlob {
  const bytes = typeof content === 'number' ? randomBytes(content) : content
  return { bytes, digest: digestOf(bytes), size: bytes.length }
}

/** Opens a blob in chunks, as a file would come. */
export function opener({ bytes }: TestBlob, chunk = 64 * 1024): () => Readable {
  return () => {
    const chunks: Buffer[] = []
    for (let at = 0; at < bytes.length; at += chunk) chunks.push(bytes.subarray(at, at + chunk))
    return Readable.from(chunks, { objectMode: false })
  }
}

export interface TestImage {
  readonly config: TestBlob
  readonly layers: readonly TestBlob[]
  readonly manifest: Buffer
  readonly mediaType: string
}

/** An image that tools accept: one gzip-compressed empty tar as its layer, whose last bytes carry `seed`. */
export function image(form: 'oci' | 'docker' = 'oci', seed = 'seed'): TestImage {
  const docker = form === 'docker'
  const tar = Buffer.concat([Buffer.alloc(1024), Buffer.alloc(512), Buffer.from(seed)])
  const layer = blob(gzipSync(tar))
  const diffId = `sha256:${createHash('sha256').update(tar).digest('hex')}`
  const config = blob(
    Buffer.from(
      JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        config: {},
        rootfs: { type: 'layers', diff_ids: [diffId] },
      }),
    ),
  )
  const descriptor = (one: TestBlob, mediaType: string) => ({ mediaType, digest: one.digest, size: one.size })
  const mediaType = docker ? mediaTypes.dockerManifest : mediaTypes.ociManifest
  const configType = docker
    ? 'application/vnd.docker.container.image.v1+json'
    : 'application/vnd.oci.image.config.v1+json'
  const layerType = docker
    ? 'application/vnd.docker.image.rootfs.diff.tar.gzip'
    : 'application/vnd.oci.image.layer.v1.tar+gzip'
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: descriptor(config, configType),
      layers: [descriptor(layer, layerType)],
    }),
  )
  return { config, layers: [layer], manifest, mediaType }
}

/** Writes an image's blobs and its manifest. */
export async function pushImage(repository: Repository, one: TestImage, tag: string): Promise<void> {
  for (const part of [one.config, ...one.layers]) await repository.putBlob(part, opener(part))
  await repository.putManifest(tag, one.manifest, one.mediaType)
}

export async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
