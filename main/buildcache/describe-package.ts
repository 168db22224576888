import type { CatalogPackage } from '../api/catalog.ts'
import { formatVariants } from '../spack/spec/format.ts'
import type { SpecNode } from '../spack/spec/graph.ts'

/** What a spec says of a package, in the contract's words: the same of an environment, an index and a config. */
export function describePackage(node: SpecNode): CatalogPackage {
  return {
    hash: node.hash,
    name: node.name,
    version: node.version,
    namespace: node.namespace,
    compiler: node.compiler && `${node.compiler.name}@${node.compiler.version}`,
    target: node.target,
    os: node.os,
    platform: node.platform,
    variants: formatVariants(node),
    external: node.external !== undefined,
    dependencies: node.edges.map(({ hash, types, virtuals }) => ({ hash, types: [...types], virtuals: [...virtuals] })),
  }
}
