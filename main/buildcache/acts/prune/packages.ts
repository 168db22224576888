import { parseManifest } from '../../../image/document.ts'
import type { ImageTree } from '../../../registry/copy.ts'
import type { Repository } from '../../../registry/repository.ts'
import type { SpecNode } from '../../../spack/spec/graph.ts'
import { nodesOfDocument } from '../../../spack/spec/read-nodes.ts'
import type { BlobStore } from '../../../store/blob-store.ts'
import { mapConcurrently } from '../../../support/concurrency.ts'
import { StrataError } from '../../../support/errors.ts'
import { hashInTag, type PassedOver } from '../../cache-index.ts'
import { parseDocument } from '../../index-database.ts'
import { packedAt } from '../../made-at.ts'
import { isPackageTag } from '../../package-tag.ts'
import { isDamage, readConfig, readManifest } from '../../remote-package.ts'
import type { CachedPackage } from './decide.ts'

/** Configs that are read at a time. */
const LOOKUPS = 16

export interface CachedPackages {
  readonly packages: readonly CachedPackage[]
  /** Every spec that their configs describe. */
  readonly nodes: ReadonlyMap<string, SpecNode>
  /** DAG hash by the digest of the package's own layer. */
  readonly layers: ReadonlyMap<string, string>
  /** Tags that look like packages and are none. */
  readonly passedOver: readonly PassedOver[]
}

/**
 * The packages of a cache by their own configs, each read once ever. The index is not asked: what it forgot to say of an
 * edge would be deleted. Where configs disagree about a spec, the one of its own package is believed.
 */
export async function readPackages(
  repository: Repository,
  store: BlobStore,
  trees: ReadonlyMap<string, ImageTree>,
  signal: AbortSignal,
): Promise<CachedPackages> {
  const passedOver: PassedOver[] = []
  const layers = new Map<string, string>()
  const own = new Map<string, SpecNode>()
  const others = new Map<string, SpecNode>()
  const tagged = [...trees].filter(([tag]) => isPackageTag(tag))
  const packages = await mapConcurrently(tagged, LOOKUPS, async ([tag, { root }]): Promise<CachedPackage[]> => {
    try {
      const found = await readManifest(repository, store, root.digest, { signal })
      const document = found && parseManifest(found.bytes, `the manifest of ${tag}`)
      if (document?.kind !== 'manifest') throw new StrataError('manifest-invalid', `${tag} holds no image`)
      const { manifest } = document
      const config = await readConfig(repository, store, manifest, tag, signal)
      const { spec } = parseDocument(config.spec, tag)
      const nodes = nodesOfDocument({ spec }, tag)
      const node = nodes.get(String(spec.nodes[0]?.hash))
      if (!node || (hashInTag(tag) ?? node.hash) !== node.hash) {
        throw new StrataError('spec-invalid', `${tag} holds the spec of another package`)
      }
      own.set(node.hash, node)
      for (const one of nodes.values()) if (!others.has(one.hash)) others.set(one.hash, one)
      const layer = manifest.layers.at(-1)
      if (layer) layers.set(layer.digest, node.hash)
      const { hash, name, version } = node
      return [{ tag, digest: root.digest, hash, name, version, madeAt: packedAt(config, manifest.annotations) }]
    } catch (error) {
      if (!isDamage(error)) throw error
      passedOver.push({ tag, why: error.message })
      return []
    }
  })
  return { packages: packages.flat(), nodes: new Map([...others, ...own]), layers, passedOver }
}
