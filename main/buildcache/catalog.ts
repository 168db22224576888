import type { Repository } from '../registry/repository.ts'
import { asObject, asString } from '../spack/json.ts'
import type { SpecDocument } from '../spack/spec/document.ts'
import type { SpecGraph } from '../spack/spec/graph.ts'
import { checkSpecVersion, readNodes } from '../spack/spec/read-nodes.ts'
import type { BlobStore } from '../store/blob-store.ts'
import { mapConcurrently } from '../support/concurrency.ts'
import { StrataError } from '../support/errors.ts'
import { hashInTag, readDocument, readIndex } from './cache-index.ts'
import { INDEX_TAG, isPackageTag } from './package-tag.ts'
import { isDamage } from './remote-package.ts'

/** Tags whose configs are read at a time. */
const LOOKUPS = 16

/** What a build cache holds: the specs that it knows, and which of them it can give. */
export interface Catalog {
  /** Every spec that the index or a config names, dependencies that are not in the cache included. */
  readonly graph: SpecGraph
  /** DAG hash → tag, for every package that has a tag. */
  readonly tags: ReadonlyMap<string, string>
  /** Of the index: the version of its database; absent without one that can be read. */
  readonly indexVersion?: string
  /** Packages that the index speaks of and whose tags are gone. */
  readonly gone: readonly string[]
  /** Tags that the index does not know. */
  readonly unlisted: readonly string[]
  /** Tags that look like packages and are none, with the reason. */
  readonly passedOver: readonly { readonly tag: string; readonly why: string }[]
}

/**
 * Reads what a cache holds: from `index.spack` at once, and from the configs of the tags that the index does not know.
 * What a tag's config says is fetched once, ever. The tags have the last word on what is there: an index may be old.
 * Throws what the registry answers; an index that is damaged or newer than known counts as absent.
 */
export async function readCatalog(
  repository: Repository,
  store: BlobStore,
  options: {
    readonly signal?: AbortSignal
    /** Hears before and after each of the tags that have to be read how many have been, of how many. */
    readonly onRead?: (done: number, total: number) => void
  } = {},
): Promise<Catalog> {
  const { signal, onRead } = options
  const passedOver: { tag: string; why: string }[] = []
  const indexed = readIndex(repository, signal).catch((error: unknown) => {
    if (!(error instanceof StrataError) || error.code !== 'database-too-new') throw error
    passedOver.push({ tag: INDEX_TAG, why: error.message })
    return undefined
  })
  const [index, listed] = await Promise.all([indexed, repository.tags({ signal })])
  const nodes: StoredNodes = new Map()
  const inIndex = new Set<string>()
  const indexVersion = specVersionOfIndex(index?.database?.version)
  for (const [hash, record] of Object.entries(index?.database?.installs ?? {})) {
    nodes.set(hash, { node: record.spec, specVersion: indexVersion })
    if (record.in_buildcache) inIndex.add(hash)
  }
  const tags = new Map<string, string>()
  const unlisted: string[] = []
  for (const tag of listed.filter(isPackageTag)) {
    const hash = hashInTag(tag)
    if (hash !== undefined && inIndex.has(hash)) tags.set(hash, tag)
    else unlisted.push(tag)
  }
  /** The nodes of a tag's document join the others at once: thousands of documents at a time may be gigabytes. */
  const read = async (tag: string): Promise<ReadTag | undefined> => {
    try {
      const document = await readDocument(repository, store, tag, signal)
      checkSpecVersion(document.spec._meta.version, tag)
      return { tag, hash: addDocument(document, nodes) }
    } catch (error) {
      if (!isDamage(error)) throw error
      passedOver.push({ tag, why: error.message })
      return undefined
    }
  }
  let done = 0
  onRead?.(done, unlisted.length)
  const found = await mapConcurrently(unlisted, LOOKUPS, async (tag) => {
    const one = await read(tag)
    onRead?.(++done, unlisted.length)
    return one
  })
  const readable = found.filter((one) => one !== undefined)
  for (const { tag, hash } of readable) if (hash !== undefined) tags.set(hash, tag)
  // Of what a spliced package was built as, an index holds the hash alone; the package's own config has it whole.
  await mapConcurrently(lackingBuildSpec(nodes, tags), LOOKUPS, read)
  const gone = [...inIndex].filter((hash) => !tags.has(hash))
  const graph = graphOf(nodes, indexVersion, `${INDEX_TAG} of ${repository.reference.kind}`)
  return {
    graph,
    tags,
    indexVersion: index?.database?.version,
    gone,
    unlisted: readable.map(({ tag }) => tag),
    passedOver,
  }
}

interface ReadTag {
  readonly tag: string
  /** Of the package. */
  readonly hash: string | undefined
}

/** Nodes by DAG hash, each as it is stored and in which version of the spec format that is. */
type StoredNodes = Map<string, { readonly node: unknown; readonly specVersion: number }>

/** The nodes of a document join those known, and its root takes their place; its root's hash. */
function addDocument({ spec }: SpecDocument, nodes: StoredNodes): string | undefined {
  let root: string | undefined
  for (const node of spec.nodes) {
    const { hash } = node
    if (typeof hash !== 'string') continue
    // Of one hash there may be nodes of several spec versions: the package's own config has the last word, in whatever order.
    const isRoot = root === undefined
    root ??= hash
    if (isRoot || !nodes.has(hash)) nodes.set(hash, { node, specVersion: spec._meta.version })
  }
  return root
}

/** Tags of spliced packages of which it is not known what was built. */
function lackingBuildSpec(nodes: StoredNodes, tags: ReadonlyMap<string, string>): string[] {
  return [...nodes].flatMap(([hash, { node }]) => {
    const built = asString(asObject(asObject(node)?.build_spec)?.hash)
    return built === undefined || nodes.has(built) ? [] : (tags.get(hash) ?? [])
  })
}

function graphOf(stored: StoredNodes, indexVersion: number, where: string): SpecGraph {
  const versionOf = (hash: string): number => stored.get(hash)?.specVersion ?? indexVersion
  const entries = [...stored].map(([hash, { node }]) => [hash, node] as const)
  const { nodes } = readNodes(entries, where, versionOf)
  const specVersion = [...stored.values()].reduce((newest, one) => Math.max(newest, one.specVersion), indexVersion)
  return { nodes, roots: [], specVersion }
}

/** A database of version 7 holds specs of version 4, and so on (formats.md, "Versions each Spack writes"). */
export function specVersionOfIndex(version: string | undefined): number {
  const number = Number.parseInt(version ?? '', 10)
  return Number.isNaN(number) ? 4 : Math.max(2, number - 3)
}
