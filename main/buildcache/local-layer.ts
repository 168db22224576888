import { createHash } from 'node:crypto'
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ImageLayer } from '../image/assemble.ts'
import { type BuildInfo, type PackedLayer, type PackInput, packFormatVersion } from '../layer/pack.ts'
import { closure, layerOrder, type SpecGraph, type SpecNode } from '../spack/spec/graph.ts'
import type { BlobStore } from '../store/blob-store.ts'
import { StrataError } from '../support/errors.ts'
import type { Source } from './source.ts'

/** What the packer needs to know of an installed package. Throws `not-installed`. */
export function packInput(source: Source, node: SpecNode, spoolFolder: string): PackInput {
  const { instance } = source
  const prefix = prefixOf(source, node.hash)
  if (!instance || prefix === undefined) {
    throw new StrataError('not-installed', `${node.name}@${node.version} is not installed`)
  }
  const name = `${node.name}@${node.version}/${node.hash.slice(0, 7)}`
  return { name, prefix, sysroot: instance.sysroot, buildInfo: buildInfo(source, node), spoolFolder }
}

/** The layer that was packed from this very installation before, when the blob store still has it. */
export async function storedLayer(source: Source, store: BlobStore, node: SpecNode): Promise<ImageLayer | undefined> {
  const key = await layerKey(source, node)
  const record = key === undefined ? undefined : await store.layer(key)
  return (
    record && { digest: record.digest, size: record.size, diffId: record.diffId, title: `${node.name}@${node.version}` }
  )
}

export async function rememberLayer(
  source: Source,
  store: BlobStore,
  node: SpecNode,
  packed: PackedLayer,
): Promise<void> {
  const key = await layerKey(source, node)
  const { digest, size, diffId, uncompressedSize } = packed
  if (key !== undefined) await store.rememberLayer(key, { digest, size, diffId, uncompressedSize })
}

/**
 * What makes a layer's bytes what they are: the DAG hash, and which installation of it this is. A package that was
 * installed again, elsewhere or by another packer gets another key. Undefined when it is not installed.
 */
async function layerKey(source: Source, node: SpecNode): Promise<string | undefined> {
  const prefix = prefixOf(source, node.hash)
  if (prefix === undefined) return undefined
  const folder = join(source.instance?.sysroot ?? '/', prefix)
  const stats = await Promise.all(
    [folder, join(folder, '.spack'), join(folder, '.spack', 'spec.json')].map((path) =>
      lstat(path).catch(() => undefined),
    ),
  )
  if (!stats[0]) return undefined
  const identity = stats.map((one) => one && [one.dev, one.ino, one.mtimeMs, one.ctimeMs])
  const { sbangPath, storeRoot, spackRoot } = placeInfo(source)
  const runs = runDependencies(node).map((hash) => prefixOf(source, hash))
  const named = [linkIdentity(source, node.hash), runs, sbangPath, storeRoot, spackRoot]
  return JSON.stringify([packFormatVersion, node.hash, prefix, named, identity])
}

const linkIdentities = new WeakMap<SpecGraph, ReadonlyMap<string, string>>()

/**
 * A digest of a package's prefix and of those of its link closure, all of which its layer names. Each is made from its
 * dependencies' digests, so that a graph of thousands is walked once and not once a package.
 */
function linkIdentity(source: Source, hash: string): string | undefined {
  const { graph } = source
  let identities = linkIdentities.get(graph)
  if (!identities) {
    const made = new Map<string, string>()
    for (const one of layerOrder(graph, [...graph.nodes.keys()])) {
      const edges = graph.nodes.get(one)?.edges.filter((edge) => edge.types.includes('link')) ?? []
      const parts = [one, prefixOf(source, one), ...edges.map((edge) => made.get(edge.hash))]
      made.set(one, createHash('sha256').update(JSON.stringify(parts)).digest('base64url'))
    }
    identities = made
    linkIdentities.set(graph, made)
  }
  return identities.get(hash)
}

function buildInfo(source: Source, node: SpecNode): BuildInfo {
  const { graph } = source
  // Spack's `hashes_to_prefixes`: the package, its link closure, and what it runs itself.
  const hashes = new Set([...closure(graph, [node.hash], ['link']), ...runDependencies(node)])
  const prefixes = [...hashes].flatMap((hash) => {
    const prefix = graph.nodes.get(hash)?.external ? undefined : prefixOf(source, hash)
    return prefix === undefined ? [] : [[hash, prefix] as const]
  })
  return { ...placeInfo(source), hashToPrefix: Object.fromEntries(prefixes) }
}

/** Where the Spack and its store are: what every layer of it says. */
function placeInfo({ store, instance }: Source): Pick<BuildInfo, 'sbangPath' | 'storeRoot' | 'spackRoot'> {
  return {
    sbangPath: store?.sbangPath ?? '',
    storeRoot: store?.paddedRoot ?? '',
    spackRoot: instance?.root ?? '',
  }
}

function runDependencies(node: SpecNode): readonly string[] {
  return node.edges.filter((edge) => edge.types.includes('run')).map((edge) => edge.hash)
}

function prefixOf(source: Source, hash: string): string | undefined {
  const record = source.database?.records.get(hash)
  return record?.installed ? record.path : undefined
}
