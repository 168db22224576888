import type { TagKind } from '../../api/catalog.ts'
import { hashInTag } from '../cache-index.ts'
import { INDEX_TAG, isPackageTag } from '../package-tag.ts'
import type { ImageFacts } from './facts.ts'

/** Packages of a repository, as far as one knows of them: what tells an image made of them from any other. */
export interface CachePackages {
  /** Layer digest → DAG hash, of the packages that were read. */
  readonly layers: ReadonlyMap<string, string>
  /** DAG hashes of all. */
  readonly hashes: ReadonlySet<string>
}

/**
 * What a tag holds, and what is wrong with it: the image's own kind, seen with its tag (a `.spack` tag promises a
 * package, cosign names its tags after what they sign) and with the packages of its repository.
 */
export function kindOfTag(
  tag: string | undefined,
  facts: ImageFacts,
  packages: CachePackages,
): { readonly kind: TagKind; readonly problem?: string } {
  const { kind, problem } = facts
  if (tag === INDEX_TAG) return { kind: 'index', problem: facts.layers.length === 0 ? 'it has no layers' : undefined }
  if (tag !== undefined && isPackageTag(tag)) return underPackageTag(tag, facts)
  const cosign = /^sha256-[0-9a-f]{64}(?:\.(sig|att|sbom))?$/.exec(tag ?? '')
  if (cosign && kind !== 'damaged') return { kind: cosignKinds[cosign[1] ?? ''] ?? kind }
  if (kind === 'image' && isMadeOf(facts, packages)) return { kind: 'environment', problem }
  return { kind, problem }
}

/** Without a suffix it is the list of referrers (OCI distribution specification, "Referrers Tag Schema"). */
const cosignKinds: Readonly<Record<string, TagKind>> = {
  '': 'artifact',
  sig: 'signature',
  att: 'attestation',
  sbom: 'artifact',
}

/** Spack's `update-index` stops at anything else than a package here. */
function underPackageTag(tag: string, facts: ImageFacts): { readonly kind: TagKind; readonly problem?: string } {
  switch (facts.kind) {
    case 'package': {
      const hash = hashInTag(tag)
      if (hash === undefined || hash === facts.package?.hash) return { kind: 'package', problem: facts.problem }
      const { name, version } = facts.package ?? { name: '', version: '' }
      return { kind: 'damaged', problem: `it holds another package, ${name}@${version}/${facts.package?.hash ?? ''}` }
    }
    case 'platforms':
      return { kind: 'damaged', problem: 'it holds an image index; a package is one image' }
    case 'image':
      return { kind: 'damaged', problem: 'its config holds no spec' }
    default:
      return { kind: 'damaged', problem: facts.problem ?? `it is no package but ${facts.words ?? facts.kind}` }
  }
}

/**
 * Whether an image is made of packages of this repository: from the first package's layer on nothing but packages' layers, merged ones
 * among them.
 * Where those packages have not been read (the index does not name layers), its variables naming their prefixes will do.
 */
function isMadeOf({ layers, named }: ImageFacts, packages: CachePackages): boolean {
  const isOurs = ({ digest, packages: merged = [] }: ImageFacts['layers'][number]): boolean =>
    packages.layers.has(digest) || merged.some((hash) => packages.hashes.has(hash))
  const first = layers.findIndex(isOurs)
  if (first >= 0 && layers.slice(first).every(isOurs)) return true
  const read = new Set(packages.layers.values())
  return named.some((hash) => packages.hashes.has(hash) && !read.has(hash))
}
