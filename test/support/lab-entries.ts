import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { BuildInfo } from '../../main/layer/pack.ts'
import type { ListedEntry } from './tar-listing.ts'

/** The keys of Spack's `.spack/binary_distribution`. */
export interface BinaryDistribution {
  readonly sbang_install_path: string
  readonly buildpath: string
  readonly spackprefix: string
  readonly relative_prefix: string
  readonly relocate_textfiles: readonly string[]
  readonly relocate_binaries: readonly string[]
  readonly relocate_links: readonly string[]
  readonly hardlinks_deduped: boolean
  readonly hash_to_prefix: Readonly<Record<string, string>>
}

/** One package of the lab as Spack 0.22.5 packed it. */
export interface LabPackage {
  readonly name: string
  readonly prefix: string
  readonly binaryDistribution: BinaryDistribution
  /** All of the tar but its last member, `binary_distribution`. */
  readonly entries: readonly ListedEntry[]
}

/** First line of a listing, then one `ListedRow` a line. */
export type ListedHead = Pick<LabPackage, 'name' | 'prefix' | 'binaryDistribution'>
export type ListedRow = readonly [ListedEntry['type'], string, number, number, string | null, string | null]

export const labEntriesFolder = join(import.meta.dirname, '../fixtures/lab/entries')

/** The fifteen packages, by name. `make-lab-entries.ts` wrote the listings from the layers that Spack pushed. */
export function readLabPackages(): LabPackage[] {
  return readdirSync(labEntriesFolder)
    .sort()
    .map((file) => {
      const [head = '', ...rows] = gunzipSync(readFileSync(join(labEntriesFolder, file)))
        .toString('utf8')
        .trim()
        .split('\n')
      const entries = rows.map((row): ListedEntry => {
        const [type, name, mode, size, link, content] = JSON.parse(row) as ListedRow
        return {
          type,
          name,
          mode,
          size,
          link: link ?? undefined,
          content: content ?? undefined,
          owner: '0:0::',
          modified: 0,
        }
      })
      return { ...(JSON.parse(head) as ListedHead), entries }
    })
}

/** What our packer is told to pack the same. */
export function buildInfoOf({ binaryDistribution }: LabPackage): BuildInfo {
  return {
    sbangPath: binaryDistribution.sbang_install_path,
    storeRoot: binaryDistribution.buildpath,
    spackRoot: binaryDistribution.spackprefix,
    hashToPrefix: binaryDistribution.hash_to_prefix,
  }
}
