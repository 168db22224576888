import { yamlScalar } from '../support/yaml-scalar.ts'

/** What Spack has to know about a package to relocate it: the fixed part of `.spack/binary_distribution`. */
export interface BuildInfo {
  /** `<unpadded store root>/bin/sbang`. */
  readonly sbangPath: string
  /** The store's root with its padding: `buildpath`. */
  readonly storeRoot: string
  /** The Spack installation: `spackprefix`. */
  readonly spackRoot: string
  /** DAG hash → prefix of the package, its link closure and direct run dependencies, externals left out. */
  readonly hashToPrefix: Readonly<Record<string, string>>
}

/** The files that relocation has to touch, as paths relative to the prefix, in the order of the tar. */
export interface RelocationLists {
  readonly textFiles: readonly string[]
  readonly binaries: readonly string[]
  readonly links: readonly string[]
}

/** Every path whose appearance makes a text file or an absolute link one to relocate (Spack's `prefixes_to_relocate`). */
export function relocatablePrefixes(info: BuildInfo): string[] {
  return [...new Set([...Object.values(info.hashToPrefix), info.sbangPath, info.storeRoot])]
}

/**
 * The content of `.spack/binary_distribution`: YAML with the keys, the order and the look of Spack's `get_buildinfo_dict`
 * (0.22), read by every Spack since. `prefix` is the package's logical prefix.
 */
export function binaryDistribution(info: BuildInfo, prefix: string, lists: RelocationLists): string {
  const hashes = Object.entries(info.hashToPrefix)
  return [
    `sbang_install_path: ${yamlScalar(info.sbangPath)}`,
    `buildpath: ${yamlScalar(info.storeRoot)}`,
    `spackprefix: ${yamlScalar(info.spackRoot)}`,
    `relative_prefix: ${yamlScalar(relativePrefix(info.storeRoot, prefix))}`,
    yamlList('relocate_textfiles', lists.textFiles),
    yamlList('relocate_binaries', lists.binaries),
    yamlList('relocate_links', lists.links),
    'hardlinks_deduped: true',
    hashes.length === 0 ? 'hash_to_prefix: {}' : 'hash_to_prefix:',
    ...hashes.map(([hash, path]) => `  ${yamlScalar(hash)}: ${yamlScalar(path)}`),
    '',
  ].join('\n')
}

/** `os.path.relpath` for absolute paths: a prefix of an upstream store lies outside this root. */
function relativePrefix(root: string, prefix: string): string {
  const from = root.split('/').filter((part) => part !== '')
  const to = prefix.split('/').filter((part) => part !== '')
  let shared = 0
  while (shared < from.length && shared < to.length && from[shared] === to[shared]) shared++
  return [...from.slice(shared).map(() => '..'), ...to.slice(shared)].join('/') || '.'
}

function yamlList(key: string, items: readonly string[]): string {
  return items.length === 0 ? `${key}: []` : [`${key}:`, ...items.map((item) => `- ${yamlScalar(item)}`)].join('\n')
}
