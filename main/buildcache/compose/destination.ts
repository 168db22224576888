import { Readable } from 'node:stream'
import type { Publication } from '../../api/compose.ts'
import type { ActResult } from '../../api/models.ts'
import type { AssembledImage } from '../../image/assemble.ts'
import { type Copier, createCopier } from '../../registry/copy.ts'
import type { BlobDescriptor, Digest } from '../../registry/digest.ts'
import { archivedName, archivePath, writeImageArchive } from '../../registry/image-archive.ts'
import { formatReference, imageName, type Reference } from '../../registry/reference.ts'
import type { PutResult, Repository } from '../../registry/repository.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { mapConcurrently } from '../../support/concurrency.ts'
import type { Connection } from '../connection.ts'
import { archiveUsage, containerUsage, layoutUsage } from '../usage.ts'

/** Questions at a time; a host's own slots bound them once more. */
const LOOKUPS = 16

/** A layer of an image, and where its bytes are to be had. */
export interface ImagePart {
  readonly blob: BlobDescriptor
  /** `cowsay@3.03`, `layer 1 of debian:12`. */
  readonly name: string
  /** The repository that has it; a merged layer lies in the blob store. */
  readonly from: Repository | BlobStore
}

/** present: there · mount: appears without being sent · copy: sent · lost: it should be there, and nobody else has it. */
export type PartState = 'present' | 'mount' | 'copy' | 'lost'

export interface PublishOptions {
  readonly signal: AbortSignal
  /** Waits for as long as the work is to rest. */
  readonly gate: () => Promise<void>
  /** Bytes of one part's running attempt. */
  readonly onProgress: (blob: BlobDescriptor, bytes: number) => void
  readonly onDone: (blob: BlobDescriptor, how: PutResult) => void
}

/** Where a composed image goes: a repository of a registry, an OCI folder, or an archive. */
export interface Destination {
  /** Written out in full, with the tag. */
  readonly name: string
  readonly reference: Reference
  /** The repository, where it is one: documents can be attached there. */
  readonly repository: Repository | undefined
  /** What the tag names now. */
  held(signal?: AbortSignal): Promise<Digest | undefined>
  /** What has to be done for each part. Asks, and changes nothing. */
  examine(parts: readonly ImagePart[], signal: AbortSignal): Promise<ReadonlyMap<Digest, PartState>>
  /** Brings the parts that are not there, then writes config and manifest, and the tag last of all. */
  publish(image: AssembledImage, parts: readonly ImagePart[], options: PublishOptions): Promise<void>
  /** How to use what was published, a line a tool. */
  usage(runnable: boolean): NonNullable<ActResult['image']>['usage']
}

/** Opens what `to` names; the cache's own repository when nothing is named. Throws what a reference's parser throws. */
export async function openDestination(
  { to, toCredentials, tag }: Publication,
  connection: Connection,
  store: BlobStore,
): Promise<Destination> {
  const { target } = connection
  const file = to === undefined ? undefined : archivePath(to)
  if (file !== undefined) return archiveDestination(`${to}`, file, archivedName({ ...target.reference, tag }), store)
  const repository = to === undefined ? target : await connection.openNamed({ to, credentials: toCredentials })
  return repositoryDestination(repository, tag, store)
}

function repositoryDestination(repository: Repository, tag: string, store: BlobStore): Destination {
  const reference: Reference = { ...repository.reference, tag }
  return {
    name: formatReference(reference),
    reference,
    repository,
    held: async (signal) => (await repository.headManifest(tag, { signal }))?.digest,
    examine: async (parts, signal) => {
      const states = await mapConcurrently(parts, LOOKUPS, async ({ blob, from }) => {
        const found = await repository.hasBlob(blob.digest, { signal })
        // Of another size it is damaged, and is going to be written again.
        const state = found?.size === blob.size ? 'present' : stateOfMissing(from, repository)
        return [blob.digest, state] as const
      })
      return new Map(states)
    },
    publish: async (image, parts, options) => {
      await bringParts(repository, parts, store, options)
      const { signal, gate } = options
      const { config, manifest } = image
      await repository.putBlob(config, () => Readable.from([config.bytes]), { signal })
      await gate()
      await repository.putManifest(tag, manifest.bytes, manifest.mediaType, { signal })
    },
    usage: (runnable) => {
      if (reference.kind === 'layout') return layoutUsage(reference, runnable)
      return runnable ? containerUsage(imageName(reference), reference) : []
    },
  }
}

function stateOfMissing(from: ImagePart['from'], to: Repository): PartState {
  if (!isRepository(from)) return 'copy'
  const [here, there] = [from.reference, to.reference]
  if (placeOf(here) === placeOf(there)) return 'lost'
  return here.kind === 'registry' && there.kind === 'registry' && here.registry === there.registry ? 'mount' : 'copy'
}

function placeOf(reference: Reference): string {
  return reference.kind === 'layout' ? reference.path : `${reference.registry}/${reference.repository}`
}

function isRepository(from: ImagePart['from']): from is Repository {
  return 'reference' in from
}

/** Brings blobs into a repository, the largest first: mounted where both are in one registry, else sent. */
async function bringParts(
  to: Repository,
  parts: readonly ImagePart[],
  store: BlobStore,
  { signal, gate, onProgress, onDone }: PublishOptions,
): Promise<void> {
  const copiers = new Map<Repository, Copier>()
  const copierFrom = (from: Repository): Copier => {
    const copier = copiers.get(from) ?? createCopier(from, to, { signal, gate, onProgress })
    copiers.set(from, copier)
    return copier
  }
  const bring = async ({ blob, from }: ImagePart): Promise<void> => {
    const options = { signal, onProgress: (bytes: number) => onProgress(blob, bytes) }
    const done = isRepository(from)
      ? await copierFrom(from).blob(blob)
      : await to.putBlob(blob, () => store.open(blob.digest, { signal }), options)
    onDone(blob, done)
  }
  // Nothing goes on behind the back of whoever hears of a failure.
  const begun = [...parts].sort((a, b) => b.blob.size - a.blob.size).map(bring)
  await Promise.allSettled(begun)
  await Promise.all(begun)
}

function archiveDestination(to: string, file: string, name: string, store: BlobStore): Destination {
  return {
    name: to,
    reference: { kind: 'layout', scheme: 'layout', path: file },
    repository: undefined,
    held: async () => undefined,
    examine: async (parts) => new Map(parts.map(({ blob }) => [blob.digest, 'copy'])),
    publish: async ({ manifest, config }, parts, { signal, onProgress, onDone }) => {
      const byDigest = new Map(parts.map((part) => [part.blob.digest, part]))
      await writeImageArchive(
        file,
        { manifest, config: config.bytes, name },
        async (blob) => {
          const from = byDigest.get(blob.digest)?.from ?? store
          const content = isRepository(from)
            ? await from.readBlob(blob, { signal })
            : store.open(blob.digest, { signal })
          let bytes = 0
          content.on('data', (chunk: Buffer) => {
            bytes += chunk.length
            onProgress(blob, bytes)
          })
          content.on('end', () => onDone(blob, 'uploaded'))
          return content
        },
        { signal },
      )
    },
    usage: (runnable) => archiveUsage(file, runnable ? name : undefined),
  }
}
