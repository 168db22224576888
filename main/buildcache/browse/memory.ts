import * as z from 'zod'
import type { CatalogPackage } from '../../api/catalog.ts'
import { type Digest, isDigest } from '../../registry/digest.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import { type ImageFacts, isFacts } from './facts.ts'

/** What `index.spack` of one digest says. */
export interface IndexFacts {
  readonly digest: string
  /** Of the database in it; absent with `problem`. */
  readonly version?: string
  readonly problem?: string
  /** The packages that the cache has, by the index. */
  readonly packages: readonly CatalogPackage[]
}

interface RememberedTag {
  readonly digest: Digest
  /** When the registry last said so, in milliseconds since 1970. */
  readonly askedAt: number
}

/** The form of the file; another one is another version's and counts as nothing. */
const FORMAT = 2

const Remembered = z.object({
  format: z.literal(FORMAT),
  tags: z.array(z.tuple([z.string(), z.custom<Digest>(isDigest), z.number()])),
  images: z.array(z.custom<ImageFacts>(isFacts)),
  index: z.custom<IndexFacts>().optional(),
  unpacked: z.array(z.tuple([z.string(), z.number().nullable()])),
})

/**
 * What was learned of one repository: what its manifests say, which follows from their digests and holds for ever, and
 * where its tags pointed when they were last asked. One file of the blob store, so that two thousand packages are there
 * again in one read; what the file cannot say is asked for anew.
 */
export class RepositoryMemory {
  private readonly store: BlobStore
  private readonly repository: string
  private readonly tags: Map<string, RememberedTag>
  private readonly images: Map<string, ImageFacts>
  private readonly unpacked: Map<string, number | null>
  private index: IndexFacts | undefined
  private changed = false

  constructor(store: BlobStore, repository: string, found: z.infer<typeof Remembered> | undefined) {
    this.store = store
    this.repository = repository
    this.tags = new Map(found?.tags.map(([tag, digest, askedAt]) => [tag, { digest, askedAt }]))
    this.images = new Map(found?.images.map((one) => [one.digest, one]))
    this.unpacked = new Map(found?.unpacked)
    this.index = found?.index
  }

  tag(tag: string): RememberedTag | undefined {
    return this.tags.get(tag)
  }

  facts(digest: string | undefined): ImageFacts | undefined {
    return digest === undefined ? undefined : this.images.get(digest)
  }

  /** What every tag held when it was last asked. */
  entries(): readonly (readonly [tag: string, facts: ImageFacts])[] {
    return [...this.tags].flatMap(([tag, { digest }]) => {
      const facts = this.images.get(digest)
      return facts ? [[tag, facts] as const] : []
    })
  }

  /** What `index.spack` says, when it has this digest; without one what it said last. */
  indexOf(digest?: string): IndexFacts | undefined {
    return digest === undefined || this.index?.digest === digest ? this.index : undefined
  }

  /** Unpacked bytes of a layer; null: nobody can tell. */
  unpackedBytes(layer: string): number | null | undefined {
    return this.unpacked.get(layer)
  }

  learnTag(tag: string, facts: ImageFacts, askedAt: number): void {
    this.tags.set(tag, { digest: facts.digest, askedAt })
    this.learn(facts)
  }

  /** Damage is not remembered: a blob that is missing may come back. */
  learn(facts: ImageFacts): void {
    if (facts.kind === 'damaged') return
    this.images.set(facts.digest, facts)
    this.changed = true
  }

  learnIndex(index: IndexFacts | undefined): void {
    this.changed ||= this.index !== index
    this.index = index
  }

  learnUnpacked(layer: string, bytes: number | null): void {
    this.unpacked.set(layer, bytes)
    this.changed = true
  }

  forgetTag(tag: string): void {
    this.changed = this.tags.delete(tag) || this.changed
  }

  /** Forgets the tags that are not among these. */
  retain(tags: ReadonlySet<string>): void {
    for (const tag of this.tags.keys()) if (!tags.has(tag)) this.forgetTag(tag)
  }

  /** Writes it down if anything is new. It only saves asking again: a full disk is no error. */
  async save(): Promise<void> {
    if (!this.changed) return
    this.changed = false
    const bytes = Buffer.from(JSON.stringify(this.document()))
    await this.store.rememberKnown('catalog', this.repository, bytes).catch(() => undefined)
  }

  /** Only what a tag still leads to is worth keeping. */
  private document(): z.input<typeof Remembered> {
    const kept = new Set<string>([...this.tags.values()].map((one) => one.digest))
    for (const digest of [...kept]) for (const image of this.images.get(digest)?.images ?? []) kept.add(image)
    const images = [...this.images.values()].filter((one) => kept.has(one.digest))
    const layers = new Set<string>(images.flatMap((one) => one.layers.map((layer) => layer.digest)))
    return {
      format: FORMAT,
      tags: [...this.tags].map(([tag, { digest, askedAt }]) => [tag, digest, askedAt]),
      images,
      unpacked: [...this.unpacked].filter(([digest]) => layers.has(digest)),
      index: this.index,
    }
  }
}

/** Repositories whose memory is kept at hand: a screen looks at one or two. */
const AT_HAND = 4

/** The memories of repositories by name; one that is not at hand is read from its file, and empty when there is none. */
export function createMemories(store: BlobStore): (repository: string) => Promise<RepositoryMemory> {
  const atHand = new Map<string, Promise<RepositoryMemory>>()
  return (repository) => {
    const memory =
      atHand.get(repository) ??
      store.known('catalog', repository).then((bytes) => new RepositoryMemory(store, repository, parse(bytes)))
    atHand.delete(repository)
    atHand.set(repository, memory)
    for (const name of [...atHand.keys()].slice(0, -AT_HAND)) atHand.delete(name)
    return memory
  }
}

function parse(bytes: Buffer | undefined): z.infer<typeof Remembered> | undefined {
  if (!bytes) return undefined
  try {
    return Remembered.parse(JSON.parse(bytes.toString('utf8')))
  } catch {
    return undefined
  }
}
