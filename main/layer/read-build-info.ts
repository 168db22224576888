import { posix } from 'node:path'
import { parse } from 'yaml'
import * as z from 'zod'
import { StrataError } from '../support/errors.ts'

/** `.spack/binary_distribution` as an install needs it: the paths that were true where the package was packed. */
export interface StoredBuildInfo {
  /** The package's own prefix there. */
  readonly prefix: string
  /** `buildpath`: the store's root there, with its padding. */
  readonly storeRoot: string
  /** `sbang_install_path`: absent in the oldest. */
  readonly sbangPath?: string
  /** `spackprefix`: the Spack installation there. */
  readonly spackRoot?: string
  /** DAG hash → prefix there, of the package and what it links and runs. Empty in the oldest. */
  readonly hashToPrefix: ReadonlyMap<string, string>
  /** Packed with the long gone `--rel`: its binaries find each other by relative paths. */
  readonly relativeRpaths: boolean
  readonly textFiles: readonly string[]
  readonly binaries: readonly string[]
  readonly links: readonly string[]
}

const paths = z
  .array(z.string())
  .optional()
  .transform((list) => list ?? [])
const strings = z.record(z.string(), z.string()).optional()

/** Everything is text: YAML must not take a hash such as `4e5` for a number. */
const Document = z.object({
  buildpath: z.string().min(1),
  relative_prefix: z.string().optional(),
  sbang_install_path: z.string().optional(),
  spackprefix: z.string().optional(),
  relocate_textfiles: paths,
  relocate_binaries: paths,
  relocate_links: paths,
  relative_rpaths: z.string().optional(),
  hash_to_prefix: strings,
  prefix_to_hash: strings,
})

/**
 * Reads the file that every Spack since 0.12 puts into a package (`get_buildinfo_dict`, `relocate_package`): YAML in
 * block or flow style. Before 0.20 it held `prefix_to_hash`, where several prefixes could have one hash: the last wins,
 * as in Spack. Throws `layer-invalid`.
 */
export function readBuildInfo(bytes: Buffer): StoredBuildInfo {
  const document = Document.safeParse(parseYaml(bytes))
  if (!document.success) {
    throw invalid(`is not what Spack writes: ${document.error.issues[0]?.path.join('.') ?? ''} is missing or wrong`)
  }
  const { data } = document
  const inverted = Object.entries(data.prefix_to_hash ?? {}).map(([prefix, hash]) => [hash, prefix] as const)
  return {
    prefix: posix.join(data.buildpath, data.relative_prefix ?? ''),
    storeRoot: data.buildpath,
    sbangPath: data.sbang_install_path,
    spackRoot: data.spackprefix,
    hashToPrefix: new Map(data.hash_to_prefix ? Object.entries(data.hash_to_prefix) : inverted),
    relativeRpaths: data.relative_rpaths === 'true',
    textFiles: data.relocate_textfiles,
    binaries: data.relocate_binaries,
    links: data.relocate_links,
  }
}

function parseYaml(bytes: Buffer): unknown {
  try {
    return parse(bytes.toString('utf8'), { schema: 'failsafe' })
  } catch (cause) {
    throw invalid(`is not YAML: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}

function invalid(why: string): StrataError {
  return new StrataError('layer-invalid', `its .spack/binary_distribution ${why}`)
}
