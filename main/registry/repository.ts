import type { Readable } from 'node:stream'
import type { BlobDescriptor, Digest } from './digest.ts'
import type { Reference } from './reference.ts'

/** Every operation can be cancelled, also while it waits: it then rejects with StrataError `cancelled`. */
export interface OperationOptions {
  readonly signal?: AbortSignal
}

export interface GetManifestOptions extends OperationOptions {
  /** Media types to ask for; all that we know unless given. */
  readonly accept?: readonly string[]
}

export interface ReadBytesOptions extends OperationOptions {
  /** The most bytes to take into memory. */
  readonly limit: number
}

export interface PutBlobOptions extends OperationOptions {
  /** Bytes of the running attempt that were handed to the network; starts again at 0 when an attempt is repeated. */
  readonly onProgress?: (bytesSent: number) => void
  /** Leaves out the question whether the blob is there already: the caller has just asked. */
  readonly knownMissing?: boolean
  /** A repository of the same registry that may hold the blob: then it need not be sent. */
  readonly mountFrom?: Reference
}

/** How a blob came to be where it was put. */
export type PutResult = 'present' | 'mounted' | 'uploaded'

export interface ReferrersOptions extends OperationOptions {
  /** Only those of this type. */
  readonly artifactType?: string
}

export interface Manifest {
  readonly bytes: Buffer
  readonly mediaType: string
  readonly digest: Digest
  readonly size: number
}

/** A manifest that names another one as its subject: a signature, a bill of materials, whatever `artifactType` says. */
export interface Referrer {
  readonly mediaType: string
  readonly digest: Digest
  readonly size: number
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
}

/** Opens a blob's content from its first byte; called again when bytes have to be sent again. */
export type OpenContent = () => Readable | Promise<Readable>

/**
 * One repository of images, whatever holds it: a registry (OCI distribution specification) or an OCI image layout
 * folder. All digests and sizes are verified on the way, in both directions; every failure is a StrataError that
 * names the repository, the operation and the digest or tag.
 */
export interface Repository {
  readonly reference: Reference
  /** A manifest of at most 8 MB, its digest verified; undefined when there is none of that tag or digest. */
  getManifest(tagOrDigest: string, options?: GetManifestOptions): Promise<Manifest | undefined>
  /** What a tag points at, without its bytes: free of charge where pulls are counted (Docker Hub). */
  headManifest(tagOrDigest: string, options?: OperationOptions): Promise<Omit<Manifest, 'bytes'> | undefined>
  /**
   * Writes a manifest whose blobs are all there; else the error answers to `isMissingBlob`. One with a `subject` is among
   * the subject's referrers afterwards.
   */
  putManifest(tagOrDigest: string, bytes: Buffer, mediaType: string, options?: OperationOptions): Promise<Digest>
  /**
   * Deletes a manifest with every tag on it, and leaves its blobs; answers whether it was there. A folder keeps the bytes
   * while an image index in it names them. `registry-unsupported` where deletes are off.
   */
  deleteManifest(digest: Digest, options?: OperationOptions): Promise<boolean>
  /** Takes a tag away and leaves what it points at; `registry-unsupported` where a registry cannot (Distribution 2). */
  deleteTag(tag: string, options?: OperationOptions): Promise<boolean>
  /**
   * Deletes a blob; answers whether it was there. That no manifest needs it any more is the caller's to know: a registry
   * does not look, a folder does and refuses with `blob-in-use`.
   */
  deleteBlob(digest: Digest, options?: OperationOptions): Promise<boolean>
  /** The manifests whose `subject` is this digest, by the referrers API or by the tag that stands in for it. */
  referrers(subject: Digest, options?: ReferrersOptions): Promise<readonly Referrer[]>
  hasBlob(digest: Digest, options?: OperationOptions): Promise<{ readonly size: number } | undefined>
  /**
   * A blob's bytes. The stream fails with `digest-mismatch` or `size-exceeded` at its end at the latest, so nothing of it
   * may be used before it has ended. A cut is resumed with Range without the reader noticing.
   */
  readBlob(blob: BlobDescriptor, options?: OperationOptions): Promise<Readable>
  readBlobBytes(blob: BlobDescriptor, options: ReadBytesOptions): Promise<Buffer>
  /** The first `length` bytes of a blob, or all when it has fewer. Nothing verifies them: good for a look, not for more. */
  readBlobStart(blob: BlobDescriptor, length: number, options?: OperationOptions): Promise<Buffer>
  /** The last `length` bytes of a blob, unverified; undefined where a registry gives nothing but the whole. */
  readBlobEnd(blob: BlobDescriptor, length: number, options?: OperationOptions): Promise<Buffer | undefined>
  /** Makes a blob of another repository of the same registry appear here; false when that could not be had. */
  mountBlob(digest: Digest, from: Reference, options?: OperationOptions): Promise<boolean>
  /**
   * Writes a blob unless it is there. Puts of one digest at the same time do the work once. A cut goes on where the
   * registry is, also after a restart of this program where the repository was opened with an `UploadMemory`.
   */
  putBlob(blob: BlobDescriptor, open: OpenContent, options?: PutBlobOptions): Promise<PutResult>
  /** Every tag; none when the repository does not exist yet. */
  tags(options?: OperationOptions): Promise<readonly string[]>
  /** Gives back connections. No operation may be running. */
  close(): Promise<void>
}

/** The most bytes of a manifest that are read: twice what registries commonly accept. */
export const maxManifestSize = 8 * 1024 * 1024
