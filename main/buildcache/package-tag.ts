import type { SpecNode } from '../spack/spec/graph.ts'

/** The index's own tag. */
export const INDEX_TAG = 'index.spack'

/** Registries take tags of at most this many characters. */
const MAX_TAG = 128

/**
 * The tag of a package in an OCI build cache: `name-version-hash.spack`, what a tag may not hold replaced by `_`, what
 * is too long kept at both ends (`_oci_default_tag` and `ensure_valid_tag` in Spack).
 */
export function packageTag(node: Pick<SpecNode, 'name' | 'version' | 'hash'>): string {
  const tag = `${node.name}-${node.version}-${node.hash}.spack`.replace(/[^A-Za-z0-9_.-]/g, '_')
  return tag.length > MAX_TAG ? tag.slice(0, MAX_TAG / 2) + tag.slice(-MAX_TAG / 2) : tag
}

/** Whether a tag is a package's: what Spack's `update-index` reads. */
export function isPackageTag(tag: string): boolean {
  return tag.endsWith('.spack') && tag !== INDEX_TAG
}
