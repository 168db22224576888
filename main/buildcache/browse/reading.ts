import { mapConcurrently } from '../../support/concurrency.ts'
import { StrataError } from '../../support/errors.ts'
import { isPackageTag } from '../package-tag.ts'
import { isDamage, readConfigBytes, readManifest } from '../remote-package.ts'
import type { Browsed } from './browsed.ts'
import { factsOf, type ImageFacts } from './facts.ts'

/** Tags that are read at a time. */
const LOOKUPS = 16

/**
 * How long a package's tag is believed to point where it pointed, in milliseconds. Its name holds the package's DAG hash,
 * so that what it says of the package cannot change; a forced push can change its manifest, and rarely does. All other tags
 * are there to be moved, and are asked for every time.
 */
const BELIEVED = 24 * 60 * 60 * 1000

/** What was found under one tag. */
export type TagReading =
  | { readonly kind: 'read'; readonly tag: string; readonly facts: ImageFacts }
  /** Not even its manifest could be had: damaged, or refused by the registry. */
  | { readonly kind: 'damaged' | 'refused'; readonly tag: string; readonly problem: string }
  /** It was deleted after the tags were listed. */
  | { readonly kind: 'gone'; readonly tag: string }

/** What is known of a tag without asking for it. */
export function believed({ memory, repository, now }: Browsed, tag: string): ImageFacts | undefined {
  // A folder answers for nothing.
  if (repository.reference.kind === 'layout' || !isPackageTag(tag)) return undefined
  const known = memory.tag(tag)
  const facts = memory.facts(known?.digest)
  return known && facts?.kind === 'package' && now() - known.askedAt < BELIEVED ? facts : undefined
}

/**
 * Reads what these tags hold, each manifest and each config once ever, and remembers it. `onRead` hears of each as it
 * comes. Throws what the registry answers, but for what is wrong with a single tag.
 */
export async function readTags(
  browsed: Browsed,
  tags: readonly string[],
  onRead: (reading: TagReading) => void = () => undefined,
): Promise<readonly TagReading[]> {
  return await mapConcurrently(tags, LOOKUPS, async (tag) => {
    const reading = await readTag(browsed, tag)
    onRead(reading)
    return reading
  })
}

async function readTag(browsed: Browsed, tag: string): Promise<TagReading> {
  const { memory, now } = browsed
  try {
    const facts = await readFacts(browsed, tag)
    if (facts) {
      memory.learnTag(tag, facts, now())
      return { kind: 'read', tag, facts }
    }
    memory.forgetTag(tag)
    return { kind: 'gone', tag }
  } catch (error) {
    if (isDamage(error)) return { kind: 'damaged', tag, problem: error.message }
    if (error instanceof StrataError && refusals.has(error.code))
      return { kind: 'refused', tag, problem: error.message }
    throw error
  }
}

/** What a registry answers to one manifest that its policy keeps back (Harbor: 412 for a vulnerable image). */
const refusals: ReadonlySet<string> = new Set(['registry-denied', 'registry-protocol', 'registry-unsupported'])

/** What a tag or digest holds; undefined when there is none of that name. */
export async function readFacts(
  { repository, store, memory, signal }: Browsed,
  tagOrDigest: string,
): Promise<ImageFacts | undefined> {
  const before = memory.facts(tagOrDigest)
  if (before) return before
  const seen = memory.tag(tagOrDigest) !== undefined
  const digest = seen ? (await repository.headManifest(tagOrDigest, { signal }))?.digest : undefined
  if (seen && digest === undefined) return undefined
  const known = memory.facts(digest)
  if (known) return known
  const found = await readManifest(repository, store, digest ?? tagOrDigest, { signal, unseen: digest === undefined })
  if (!found) return undefined
  try {
    return await factsOf(found, (config) => readConfigBytes(repository, store, config, signal))
  } catch (error) {
    // The manifest is fine and its config is not: its digest at least is known.
    if (!isDamage(error)) throw error
    const { digest, mediaType } = found
    return { digest, mediaType, kind: 'damaged', problem: error.message, layers: [], images: [], named: [] }
  }
}

/** The images that an image index lists, those of them that can be read. */
export async function readImages(browsed: Browsed, index: ImageFacts): Promise<readonly ImageFacts[]> {
  const found = await mapConcurrently(index.images, LOOKUPS, async (digest) => {
    try {
      const facts = await readFacts(browsed, digest)
      if (facts) browsed.memory.learn(facts)
      return facts
    } catch (error) {
      if (isDamage(error)) return undefined
      throw error
    }
  })
  return found.filter((facts) => facts !== undefined)
}
