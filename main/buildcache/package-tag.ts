import { isLegalTag } from '../registry/tag.ts'
import type { SpecNode } from '../spack/spec/graph.ts'
import { StrataError } from '../support/errors.ts'

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

/** Throws `tag-invalid` for what no registry takes as a tag, and for a tag that Spack would take for a package's. */
export function checkImageTag(tag: string): void {
  if (!isLegalTag(tag)) {
    throw new StrataError('tag-invalid', `"${tag}" is not a tag`, {
      hint: 'A tag is 1 to 128 of A-Z a-z 0-9 _ . - and begins with a letter, a digit or _.',
    })
  }
  if (tag.endsWith('.spack')) {
    throw new StrataError('tag-invalid', `the tag "${tag}" ends in .spack, which is for packages alone`, {
      hint: 'Spack reads every tag that ends in .spack as a package and stops at an image. Choose another tag.',
    })
  }
}
