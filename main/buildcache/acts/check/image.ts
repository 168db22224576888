import type { Finding } from '../../../api/models.ts'
import { imageMediaTypes } from '../../../image/assemble.ts'
import { type ImageManifest, parseManifest } from '../../../image/document.ts'
import type { BlobDescriptor } from '../../../registry/digest.ts'
import type { Manifest, Repository } from '../../../registry/repository.ts'
import { closure, runTimeTypes, type SpecGraph, type SpecNode } from '../../../spack/spec/graph.ts'
import { nodesOfDocument } from '../../../spack/spec/read-nodes.ts'
import type { BlobStore } from '../../../store/blob-store.ts'
import { StrataError } from '../../../support/errors.ts'
import { hashInTag } from '../../cache-index.ts'
import { parseDocument } from '../../index-database.ts'
import { checkChecksum } from '../../install/remote-layer.ts'
import { INDEX_TAG, isPackageTag } from '../../package-tag.ts'
import { isDamage, readConfig, readManifest } from '../../remote-package.ts'
import { problem, type Reference, type ReferenceKind, type References } from './references.ts'

/** Image indexes inside image indexes: nobody nests deeper than two. */
const MAX_DEPTH = 4

export interface CheckSetting {
  readonly repository: Repository
  readonly store: BlobStore
  /** Read manifests from the registry, even those that are known. */
  readonly deep: boolean
  readonly signal: AbortSignal
}

/** What one tag's manifests and configs say. */
export interface CheckedTag {
  /** What this tag is the first to refer to. */
  readonly mine: readonly Reference[]
  readonly findings: readonly Finding[]
  /** Packages that this one needs at run time; nothing for what is no package. */
  readonly needs: readonly SpecNode[]
}

/** Reads what is behind a tag and takes note of all that it refers to. Throws when the registry cannot be asked. */
export async function checkTag(tag: string, references: References, setting: CheckSetting): Promise<CheckedTag> {
  const { repository, store, deep, signal } = setting
  const mine: Reference[] = []
  const findings: Finding[] = []
  const needs: SpecNode[] = []
  const refer = (kind: ReferenceKind, descriptor: BlobDescriptor): boolean => {
    const reference = references.add(kind, descriptor, tag)
    if (reference) mine.push(reference)
    return reference !== undefined
  }
  const read = (name: string): Promise<Manifest | undefined> =>
    deep ? repository.getManifest(name, { signal }) : readManifest(repository, store, name, { signal })

  const look = async (manifest: Manifest, depth: number): Promise<void> => {
    const document = parseManifest(manifest.bytes, `the manifest of ${tag}`)
    if (document.kind === 'manifest') {
      refer('config', document.manifest.config)
      for (const layer of document.manifest.layers) {
        // Layers with `urls` live elsewhere (Windows' base layers).
        if (!('urls' in layer)) refer('layer', layer)
      }
      needs.push(...(await checkConfig(document.manifest, tag, references, setting)))
      return
    }
    for (const child of document.index.manifests) {
      if (!refer('manifest', child)) continue
      const found = depth < MAX_DEPTH && (await read(child.digest))
      if (found) await look(found, depth + 1)
    }
  }
  try {
    const manifest = await read(tag)
    if (manifest) await look(manifest, 0)
    else findings.push(problem(`${tag} is listed, but there is no manifest behind it`, tag))
  } catch (error) {
    if (!isDamage(error)) throw error
    findings.push(problem(error.message.includes(tag) ? error.message : `${tag}: ${error.message}`, tag))
  }
  return { mine, findings, needs }
}

const configTypes: readonly string[] = [imageMediaTypes.oci.config, imageMediaTypes.docker.config]

/**
 * Whether a config fits its manifest, and of a package its spec fits the tag and its checksum the layer. Answers with what
 * the package needs. Throws what `isDamage` recognises.
 */
async function checkConfig(
  manifest: ImageManifest,
  tag: string,
  references: References,
  { repository, store, signal }: CheckSetting,
): Promise<readonly SpecNode[]> {
  // What is no image may have any config; the index's is `{}`.
  if (tag === INDEX_TAG || !configTypes.includes(manifest.config.mediaType)) return []
  const { layers } = manifest
  const config = await readConfig(repository, store, manifest, tag, signal).catch((error: unknown) => {
    // Said of the blob already.
    if (error instanceof StrataError && error.code === 'registry-not-found') return undefined
    throw error
  })
  if (!config) return []
  const { diff_ids } = config.rootfs
  if (diff_ids.length !== layers.length) {
    throw new StrataError(
      'manifest-invalid',
      `${tag} has ${layers.length} layers, and its config speaks of ${diff_ids.length}`,
    )
  }
  for (const [at, layer] of layers.entries()) references.expect(layer.digest, diff_ids[at] ?? '', tag)
  if (!isPackageTag(tag)) return []
  const { spec } = parseDocument(config.spec, tag)
  const nodes = nodesOfDocument({ spec }, tag)
  const root = String(spec.nodes[0]?.hash)
  const named = hashInTag(tag)
  if (named !== undefined && named !== root) throw new StrataError('manifest-invalid', `${tag} holds the spec /${root}`)
  const last = layers.at(-1)
  if (!last) throw new StrataError('manifest-invalid', `${tag} has no layer`)
  checkChecksum(tag, config.binary_cache_checksum, last.digest)
  return needsOf({ nodes, roots: [root], specVersion: spec._meta.version })
}

function needsOf(graph: SpecGraph): readonly SpecNode[] {
  const [root] = graph.roots
  const needed = [...closure(graph, graph.roots, runTimeTypes)].flatMap((hash) => graph.nodes.get(hash) ?? [])
  return needed.filter((node) => node.hash !== root && node.external === undefined)
}
