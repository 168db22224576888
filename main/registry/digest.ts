import { createHash } from 'node:crypto'

/** A content digest, `sha256:` and 64 lower-case hex digits: the one algorithm that every registry and Spack use. */
export type Digest = `sha256:${string}`

/** What names a blob: the digest and the size in bytes of its content. */
export interface BlobDescriptor {
  readonly digest: Digest
  readonly size: number
}

const pattern = /^sha256:[0-9a-f]{64}$/

/** Whether a text from outside is a digest that we can verify. */
export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && pattern.test(text)
}

/** The digest of bytes that are in memory. */
export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** A digest as it is shown in a sentence: enough of it to find it again. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12)
}
