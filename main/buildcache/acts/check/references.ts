import type { Finding } from '../../../api/models.ts'
import type { BlobDescriptor, Digest } from '../../../registry/digest.ts'
import { listedNames } from '../names.ts'

export type ReferenceKind = 'manifest' | 'config' | 'layer'

/** A manifest or blob that tags lead to, and what was found of it. */
export interface Reference extends BlobDescriptor {
  readonly kind: ReferenceKind
  /** Everyone that refers to it. */
  readonly tags: string[]
  /** Digests that configs say its content has after unpacking, each with a tag that says so. */
  readonly diffIds: Map<string, string>
  /** What is wrong with it, in words that follow its name. */
  problem: string | undefined
  /** What it has after unpacking; known when it was read. */
  unpacked: Digest | undefined
}

/** What tags refer to, each digest once. */
export class References {
  private readonly known = new Map<Digest, Reference>()
  private readonly disputes: Finding[] = []

  /** Takes note of a reference; answers with it when it is new, and then the caller's to verify. */
  add(kind: ReferenceKind, { digest, size }: BlobDescriptor, tag: string): Reference | undefined {
    const known = this.known.get(digest)
    if (!known) {
      const reference = { kind, digest, size, tags: [tag], diffIds: new Map(), problem: undefined, unpacked: undefined }
      this.known.set(digest, reference)
      return reference
    }
    if (known.tags.at(-1) !== tag) known.tags.push(tag)
    // One of the two is wrong, whatever the blob has.
    if (known.size !== size) {
      this.disputes.push(
        problem(`${tag} gives ${kind} ${digest} ${size} bytes, and ${known.tags[0]} gives it ${known.size}`, tag),
      )
    }
    return undefined
  }

  /** Notes what a config says of a layer. */
  expect(layer: Digest, diffId: string, tag: string): void {
    const reference = this.known.get(layer)
    if (reference && !reference.diffIds.has(diffId)) reference.diffIds.set(diffId, tag)
  }

  get count(): number {
    return this.known.size
  }

  /** Of all that was referred to. */
  get bytes(): number {
    return [...this.known.values()].reduce((sum, one) => sum + one.size, 0)
  }

  /** What is wrong with what was referred to. */
  findings(): Finding[] {
    const found = [...this.known.values()].flatMap((one): Finding[] => {
      if (one.problem !== undefined) return [blobFinding(one, one.problem)]
      const { unpacked } = one
      if (unpacked === undefined) return []
      const wrong = [...one.diffIds].filter(([diffId]) => diffId !== unpacked)
      return wrong.map(([diffId, tag]) =>
        problem(`${tag}: layer ${one.digest} unpacks to ${unpacked}, and its config says ${diffId}`, tag),
      )
    })
    return [...found, ...this.disputes]
  }
}

function blobFinding({ kind, digest, tags }: Reference, what: string): Finding {
  return problem(`${kind} ${digest} ${what}; needed by ${listedNames(tags)}`, tags[0] ?? '')
}

/** What is wrong with a tag's image, and how it is mended. */
export function problem(message: string, tag: string): Finding {
  const mend = tag.endsWith('.spack')
    ? 'Push the package again with --force, or delete the tag and bring the index up to date.'
    : 'Write the image again, or delete the tag.'
  return { severity: 'problem', message, hint: mend }
}
